"""The suite on MLflow: a SQLite store and a real server."""

import shutil
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lctrack_uploaders.testing import Destination, TargetSuite
from tests.uploaders.readback import Store
from tests.uploaders.standin import answering

OWN_TO_THE_SERVER = ("mlflow.traceRequestId", "mlflow.trace_schema.version", "mlflow.artifactLocation")


class Mlflow:
    """An MLflow store, read with its own client."""

    def __init__(self, uri: str, salt: str | None = None) -> None:
        self.salt = salt or uuid.uuid4().hex[:8]
        self.options: dict[str, Any] = {"tracking_uri": uri}
        self._store = Store(uri, Path(), self.salt)

    def everything(self) -> Any:
        return [self._run(run) for run in self._store.runs()]

    def _run(self, run: Any) -> Any:
        info, client = run.info, self._store.client
        artifacts = client.list_artifacts(info.run_id)
        traces = self._store.traces(run)
        return {
            "run": (info.run_name, info.status, info.start_time, info.end_time),
            "params": run.data.params,
            "tags": run.data.tags,
            "metrics": run.data.metrics,
            "calls": [
                (point.step, point.timestamp, point.value)
                for point in client.get_metric_history(info.run_id, "call/input_tokens")
            ],
            "artifacts": sorted((file.path, file.file_size) for file in artifacts),
            "traces": {trace_id: self._trace(trace) for trace_id, trace in traces.items()},
        }

    @staticmethod
    def _trace(trace: Any) -> Any:
        info = trace.info
        name_of = {span.span_id: span.name for span in trace.data.spans}
        return {
            "trace": (info.state.value, info.request_time, info.execution_duration, info.token_usage),
            "session": info.trace_metadata["mlflow.trace.session"],
            "feedback": sorted((found.name, found.value, found.rationale) for found in info.assessments),
            "spans": [
                (
                    span.name,
                    span.span_type,
                    name_of.get(span.parent_id),
                    span.start_time_ns,
                    span.end_time_ns,
                    span.status.status_code.value,
                    {key: value for key, value in span.attributes.items() if key not in OWN_TO_THE_SERVER},
                    [(event.name, event.timestamp, event.attributes) for event in span.events],
                )
                for span in sorted(trace.data.spans, key=lambda span: (span.start_time_ns, span.name))
            ],
        }

    @contextmanager
    def broken(self) -> Iterator[None]:
        with answering((503, b"down for maintenance")) as (address, _):
            before, self.options = self.options, {"tracking_uri": f"http://{address}"}
            yield
            self.options = before


class MlflowFile(Mlflow):
    """A SQLite store."""

    @contextmanager
    def broken(self) -> Iterator[None]:
        path = Path(self.options["tracking_uri"].removeprefix("sqlite:///"))
        # Somebody else writes, and goes on and on.
        with sqlite3.connect(path, isolation_level=None) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            try:
                yield
            finally:
                connection.execute("ROLLBACK")


class MlflowSuite(TargetSuite):
    kind: ClassVar = "mlflow"
    wrong: ClassVar = [
        {"tracking_uri": "ftp://host/"},
        {"tracking_uri": "sqlite:///"},
        {"tracking_uri": "http://bob:canary-4711-secret@host/?q=1"},
    ]


class TestMlflowFile(MlflowSuite):
    @pytest.fixture(autouse=True)
    def hurried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("lctrack_uploaders.targets.mlflow.connection.PATIENCE", 0.2)

    @pytest.fixture
    def make_destination(self, tmp_path: Path, template: Path) -> Callable[[], Destination]:
        def make() -> MlflowFile:
            database = tmp_path / f"{uuid.uuid4().hex}.db"
            shutil.copy(template, database)
            return MlflowFile(f"sqlite:///{database}")

        return make


class TestMlflowServer(MlflowSuite):
    @pytest.fixture
    def make_destination(self, server: str) -> Callable[[], Destination]:
        return lambda: Mlflow(server)
