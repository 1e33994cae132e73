"""Reading back from MLflow, with MLflow's own client."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from lctrack_uploaders.cli import main
from tests.uploaders.frames import FrameLogs, Rows


@dataclass
class Store:
    """One MLflow store, and the command line that delivers a test's sessions to it."""

    uri: str
    logs: Path
    salt: str
    options: tuple[str, ...] = ()

    def own(self, rows: Rows) -> Rows:
        """Make ids and projects of these rows the test's own: a server has one set of trace ids for all."""
        text = json.dumps(rows).replace("0190a5b2", self.salt).replace("session-", f"{self.salt}-session-")
        own: Rows = json.loads(text)
        for row in own["sessions"]:
            row["project"] = f"{row.get('project') or 'project'}-{self.salt}"
        return own

    def upload(self, *options: str) -> int:
        """Run the command."""
        return main([str(self.logs), "--to", "mlflow", *self.options, *options])

    def deliver(self, rows: Rows, pictures: Path | None = None) -> None:
        """Make the rows the test's own and deliver them."""
        own = FrameLogs(self.own(rows), pictures)
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("MLFLOW_TRACKING_URI", raising=False)
            patch.setattr("lctrack_analysis.load", lambda _paths: own)
            assert self.upload() == 0

    def trace_id(self, number: int) -> str:
        """Give MLflow's id of the trace whose root is that run."""
        return f"tr-{self.salt}7c3d7e4f8a1b{number:012x}"

    @cached_property
    def client(self) -> Any:
        """MLflow's client."""
        from mlflow import MlflowClient

        return MlflowClient(self.uri)

    def runs(self) -> list[Any]:
        """Read every run of the experiments that are the test's own, by name."""
        found = self.client.search_experiments(filter_string=f"name LIKE '%-{self.salt}'")
        experiments = [experiment.experiment_id for experiment in found]
        return sorted(self.client.search_runs(experiments), key=lambda run: run.info.run_name) if experiments else []

    def run(self) -> Any:
        """Read the only run."""
        (run,) = self.runs()
        return run

    def traces(self, run: Any | None = None) -> dict[str, Any]:
        """Read the traces of a run, by trace id."""
        run = run or self.run()
        found = self.client.search_traces(locations=[run.info.experiment_id], run_id=run.info.run_id, max_results=500)
        return {trace.info.trace_id: trace for trace in found}

    def history(self, key: str) -> list[tuple[int, int, float]]:
        """Read a metric of the only run as (step, time, value)."""
        points = self.client.get_metric_history(self.run().info.run_id, key)
        return sorted((point.step, point.timestamp, point.value) for point in points)

    def table(self, name: str) -> Any:
        """Read a table of the only run as a pandas frame."""
        import mlflow

        run = self.run()
        # `load_table` looks for runs where the global address says, whatever the client's own is.
        mlflow.set_tracking_uri(self.uri)
        try:
            return self.client.load_table(run.info.experiment_id, f"{name}.json", [run.info.run_id])
        finally:
            mlflow.set_tracking_uri(None)  # type: ignore[arg-type]  # how it is unset

    def everything(self) -> Any:
        """Read all there is, in a form that can be compared."""
        return [
            (
                str(run.info),
                run.data.to_dictionary(),
                {key: self.client.get_metric_history(run.info.run_id, key) for key in run.data.metrics},
                {file.path: file.file_size for file in self.client.list_artifacts(run.info.run_id)},
                {trace_id: trace.to_dict() for trace_id, trace in self.traces(run).items()},
            )
            for run in self.runs()
        ]


Use = Callable[[Rows], None]
