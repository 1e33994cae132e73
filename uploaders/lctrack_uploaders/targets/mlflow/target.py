"""The target: one MLflow store, connected to at the first delivery."""

import threading
from functools import cached_property
from shlex import quote
from typing import TYPE_CHECKING, ClassVar

from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import MissingExtraError
from lctrack_uploaders.targets.mlflow import plan, runs
from lctrack_uploaders.targets.mlflow.configuration import Configuration
from lctrack_uploaders.units import Unit

if TYPE_CHECKING:  # needs the extra `mlflow`
    from lctrack_uploaders.targets.mlflow.connection import Connection

SERVER_JOBS = 8
"""Sessions that a server gets at the same time; a SQLite store has one writer."""


class MlflowTarget(Target):
    """Delivers sessions to one MLflow store."""

    mapping: ClassVar[str] = "2"

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self.jobs = SERVER_JOBS if settings.database is None else 1
        self.extent = "models" if settings.log_models else ""
        self._experiments: dict[str, str] = {}
        self._empty: set[str] = set()
        self._opened: set[str] = set()
        self._turn = threading.Lock()  # of the threads, so that they neither connect twice nor make an experiment twice

    @property
    def address(self) -> str:
        """The tracking address without credentials."""
        return self._settings.uri

    def place(self, unit: Unit) -> str:
        """Give the name of the experiment a session goes to."""
        return runs.experiment_name(unit, self._settings)

    def is_blank(self) -> bool:
        """Tell whether the store is a SQLite file that is not there yet."""
        database = self._settings.database
        return database is not None and not (database.exists() and database.stat().st_size)

    def plan(self, unit: Unit) -> list[Step]:
        """Name the steps of a session; see `lctrack_uploaders.contract.Target`."""
        return list(plan.steps(unit, log_models=self._settings.log_models))

    def open(self, unit: Unit) -> Delivery:
        """Find the run of a session by its tag, or make it."""
        with self._turn:
            connection = self._connection
            connection.activate()
            experiment = self._experiment(connection, self.place(unit))
            # In an experiment that was made just now there is no run to be found, before the session is tried again.
            is_unknown = experiment in self._empty and unit.session_id not in self._opened
            self._opened.add(unit.session_id)
        from lctrack_uploaders.targets.mlflow import traces  # noqa: PLC0415  # needs the extra `mlflow`
        from lctrack_uploaders.targets.mlflow.delivery import MlflowDelivery  # noqa: PLC0415  # likewise

        with connection.explained():
            run = None if is_unknown else runs.find(connection.runs, experiment, unit)
            is_new = run is None
            if is_new:
                traces.refuse_if_elsewhere(connection, experiment, unit)
                run = runs.create(connection.runs, experiment, unit)
        return MlflowDelivery(connection, experiment, run, unit, is_new=is_new)

    def check(self) -> str:
        """Connect, which reads the server's version or takes the database's lock, and writes nothing."""
        if self.is_blank():
            return f"a new store will be made: {self.address}"
        with self._turn:
            return f"{self.address} answers ({self._connection.version()})"

    def close(self) -> None:
        """Leave no credentials behind."""
        if "_connection" in vars(self):
            self._connection.close()

    def hint(self) -> str:
        """Give the command that shows a SQLite store, or the address of the server."""
        if self._settings.database is None:
            return f"see {self.address}"
        return f"mlflow ui --backend-store-uri {quote(self.address)}"

    def _experiment(self, connection: "Connection", name: str) -> str:
        if name not in self._experiments:
            with connection.explained():
                self._experiments[name], is_new = runs.experiment_id(connection.runs, name, self._settings)
            if is_new:
                self._empty.add(self._experiments[name])
        return self._experiments[name]

    @cached_property
    def _connection(self) -> "Connection":
        try:
            from lctrack_uploaders.targets.mlflow.connection import Connection  # noqa: PLC0415  # needs the extra

            return Connection(self._settings)
        except ImportError as error:
            raise MissingExtraError(
                f"The target mlflow needs packages that are not installed ({error}): "
                'pip install "lctrack-uploaders[mlflow]".'
            ) from error
