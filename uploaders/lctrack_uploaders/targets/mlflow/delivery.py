"""The delivery of one session to its run, step by step. Each step may be done again, whole, at any time."""

from collections.abc import Callable, Mapping
from typing import Any

from lctrack_uploaders.contract import Delivery, Step
from lctrack_uploaders.targets.mlflow import artifacts, feedback, models, plan, runs, tables, traces
from lctrack_uploaders.targets.mlflow.connection import Connection
from lctrack_uploaders.units import Unit


class MlflowDelivery(Delivery):
    """The delivery of one session to its run."""

    def __init__(self, connection: Connection, experiment: str, run: Any, unit: Unit, *, is_new: bool) -> None:
        self._connection = connection
        self._experiment = experiment
        self._run = run
        self._unit = unit
        # A new run gets all that its first two steps write in one request.
        self._is_new, self._has_metrics = is_new, False
        self._files = connection.files(run)
        self._ways = self._make_ways()

    @property
    def remote_id(self) -> str:
        """The run's id."""
        return str(self._run.info.run_id)

    def do(self, step: Step) -> None:
        """Do a step; each replaces what it wrote before, or adds only what is missing."""
        with self._connection.explained():
            self._ways[step.name.partition("/")[0]](step.content)

    def verify(self) -> None:
        """Read the run back; that the traces are there was part of their last step."""
        client = self._connection.runs
        with self._connection.explained():
            runs.verify(client, self._experiment, self.remote_id, self._unit)
            self._files.verify(artifacts.names(self._unit))

    def _make_ways(self) -> Mapping[str, Callable[[Any], object]]:
        """Give what each step does with its content."""
        connection, client, files = self._connection, self._connection.runs, self._files
        run, run_id, unit = self._run, self.remote_id, self._unit
        place = (connection, self._experiment, run_id)
        return {
            plan.RUN: lambda _: self._write_run(),
            plan.METRICS: lambda _: None if self._has_metrics else runs.write_metrics(client, run, unit),
            plan.TABLES: lambda name: tables.write(files, run_id, name, unit),
            plan.INDEX: lambda _: tables.write_index(client, files, run, unit),
            plan.PAGE: lambda _: tables.write_page(files, run_id, unit),
            plan.PICTURES: lambda drawn: artifacts.write_pictures(files, run_id, drawn),
            plan.MODEL: lambda text: artifacts.write_model(files, run_id, text),
            plan.LOGGED_MODEL: lambda recipe: models.write(client, self._experiment, run_id, recipe, unit),
            plan.SEGMENTS: lambda file: artifacts.write_segment(files, run_id, file),
            plan.TRACES: lambda part: traces.send(*place, unit, part),
            plan.STATES: lambda _: traces.settle(*place, unit),
            plan.FEEDBACK: lambda _: feedback.write(connection, traces.stored(*place), unit),
            plan.END: lambda _: runs.finish(client, run_id, unit),
        }

    def _write_run(self) -> None:
        runs.write(self._connection.runs, self._run, self._unit, with_metrics=self._is_new)
        self._has_metrics = self._is_new
