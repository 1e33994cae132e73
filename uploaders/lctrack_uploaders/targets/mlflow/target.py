"""The target: one MLflow store, connected to at the first delivery."""

from functools import cached_property
from shlex import quote
from typing import TYPE_CHECKING

from lctrack_uploaders.errors import MissingExtraError
from lctrack_uploaders.targets.mlflow import runs, tables
from lctrack_uploaders.targets.mlflow.configuration import Configuration
from lctrack_uploaders.typing import Receipt
from lctrack_uploaders.units import Unit

if TYPE_CHECKING:  # needs the extra `mlflow`
    from lctrack_uploaders.targets.mlflow.connection import Connection


class MlflowTarget:
    """Delivers sessions to one MLflow store."""

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings

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

    def deliver(self, unit: Unit) -> Receipt:
        """Make or update the run of a session and read it back; see `lctrack_uploaders.typing.Target`."""
        connection = self._connection
        from lctrack_uploaders.targets.mlflow import traces  # noqa: PLC0415  # needs the extra `mlflow`

        with connection.explained():
            client = connection.runs
            experiment = runs.experiment_id(client, self.place(unit), self._settings)
            run = runs.find(client, experiment, unit)
            if run is None:
                traces.refuse_if_elsewhere(connection, experiment, unit)
                run = runs.create(client, experiment, unit)
            runs.write(client, run, unit)
            tables.write(client, run, unit)
            count = traces.write(connection, experiment, run.info.run_id, unit)
            # Last, so that a run with an end is a run that is complete.
            runs.finish(client, run.info.run_id, unit)
        return Receipt(run.info.run_id, count)

    def hint(self) -> str:
        """Give the command that shows a SQLite store, or the address of the server."""
        if self._settings.database is None:
            return f"see {self.address}"
        return f"mlflow ui --backend-store-uri {quote(self.address)}"

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
