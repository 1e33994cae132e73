"""Stores to deliver to: SQLite files, and one real `mlflow server` on loopback for the whole session."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.uploaders.frames import FrameLogs, Rows, agent
from tests.uploaders.readback import Store
from tests.uploaders.sagemaker_reading import serving


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Start every test without MLflow settings, and undo those that a delivery makes."""
    before = dict(os.environ)
    prefixes = ("MLFLOW_", "LCTRACK_", "AWS_", "OTEL_", "LANGSMITH_", "WANDB_", "CLEARML_")
    for name in [name for name in os.environ if name.startswith(prefixes)]:
        del os.environ[name]
    # What is down stays down in most tests.
    os.environ["LCTRACK_UPLOAD_RETRIES"] = "0"
    # Only the tests' own clients need this: the uploader has to see to it itself.
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Give an empty log directory."""
    directory = tmp_path / "logs"
    directory.mkdir()
    return directory


@pytest.fixture
def read_as(monkeypatch: pytest.MonkeyPatch) -> Callable[[Rows], None]:
    """Make the command find these tables in whatever logs it is given."""

    def use(rows: Rows) -> None:
        monkeypatch.setattr("lctrack_analysis.load", lambda _paths: FrameLogs(rows))

    return use


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an empty MLflow database once; making one takes a second."""
    mlflow = pytest.importorskip("mlflow")
    database = tmp_path_factory.mktemp("template") / "mlflow.db"
    mlflow.MlflowClient(f"sqlite:///{database}")
    return database


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[str]:
    """Start a real server on a free loopback port."""
    directory = tmp_path_factory.mktemp("server")
    shutil.copy(template, directory / "mlflow.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    uri = f"http://127.0.0.1:{port}"
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{directory}/mlflow.db", "--artifacts-destination", str(directory / "art")),
    ]
    quiet = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=directory, env=quiet, stdout=log, stderr=log)
    try:
        _wait_for(f"{uri}/health", process)
        yield uri
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  # our own server
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail("mlflow server did not start")


def sqlite_in(logs: Path, template: Path) -> Store:
    """Give the default store of a log directory, empty."""
    state = logs / ".lctrack"
    state.mkdir(mode=0o700)
    shutil.copy(template, state / "mlflow.db")
    return Store(f"sqlite:///{state}/mlflow.db", logs, uuid.uuid4().hex[:8])


def server_for(logs: Path, server: str) -> Store:
    """Give the server as the place for the sessions of a log directory."""
    return Store(server, logs, uuid.uuid4().hex[:8], ("--tracking-uri", server))


@pytest.fixture
def sqlite_store(logs: Path, template: Path) -> Store:
    """Give the default store of the test's logs."""
    return sqlite_in(logs, template)


@pytest.fixture
def server_store(logs: Path, server: str) -> Store:
    """Give the server."""
    return server_for(logs, server)


@pytest.fixture(params=["sqlite", "server"])
def store(request: pytest.FixtureRequest) -> Store:
    """Give either store: what is said of one holds for the other."""
    found = request.getfixturevalue(f"{request.param}_store")
    assert isinstance(found, Store)
    return found


@pytest.fixture(scope="session", params=["sqlite", "server"])
def new_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, template: Path
) -> Callable[[], Store]:
    """Give what makes stores of either kind, for fixtures that many tests only read from."""

    def make() -> Store:
        logs = tmp_path_factory.mktemp("logs")
        if request.param == "sqlite":
            return sqlite_in(logs, template)
        return server_for(logs, request.getfixturevalue("server"))

    return make


@pytest.fixture(scope="session")
def delivered(new_store: Callable[[], Store]) -> Store:
    """Give a store to which the session `agent` has been delivered."""
    store = new_store()
    store.deliver(agent())
    return store


@pytest.fixture(scope="session")
def sagemaker_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the stand-in for SageMaker, S3 and STS."""
    with serving(tmp_path_factory.mktemp("sagemaker") / "log") as endpoint:
        yield endpoint
