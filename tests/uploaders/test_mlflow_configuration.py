import argparse
from pathlib import Path

import pytest

from lctrack_uploaders import UsageError
from lctrack_uploaders.targets.mlflow.configuration import Configuration, configuration
from lctrack_uploaders.targets.mlflow.target import MlflowTarget

STATE = Path("/logs/.lctrack")


def read(uri: str | None, environ: dict[str, str] | None = None) -> Configuration:
    return configuration(argparse.Namespace(tracking_uri=uri, experiment=None, log_models=False), STATE, environ or {})


def test_by_default_the_store_is_a_sqlite_file_beside_the_logs() -> None:
    found = read(None)

    assert found.uri == "sqlite:////logs/.lctrack/mlflow.db"
    assert (found.database, found.artifacts) == (STATE / "mlflow.db", STATE / "mlartifacts")


def test_the_option_wins_over_the_environment() -> None:
    environ = {"MLFLOW_TRACKING_URI": "http://from-environment:5000"}

    assert read(None, environ).uri == "http://from-environment:5000"
    assert read("http://from-option:5000", environ).uri == "http://from-option:5000"


def test_credentials_are_taken_out_of_the_address() -> None:
    found = read("https://alice:p%40ss@tracker.example:8443/mlflow/")

    assert found.uri == "https://tracker.example:8443/mlflow"
    assert (found.username, found.password) == ("alice", "p@ss")
    assert "p@ss" not in repr(found)
    assert "alice" not in repr(found)


def test_a_relative_sqlite_path_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)

    assert read("sqlite:///my/mlflow.db").uri == f"sqlite:///{tmp_path}/my/mlflow.db"


@pytest.mark.parametrize(
    "uri",
    ["file:///tmp/mlruns", "ftp://host/x", "databricks", "localhost:5000", "sqlite://mlflow.db", "sqlite:///", "http://",
     "http://host:port", "http://host/?q=1", "./mlruns", "bob:secret@host:5000", "//bob:secret@host", "secret"],
)  # fmt: skip
def test_an_address_that_cannot_be_right_is_refused_and_never_repeated(uri: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(uri)

    message = str(caught.value)
    assert message.startswith("--tracking-uri ")
    assert "http://…, https://… or sqlite:///path/to/mlflow.db" in message
    assert "secret" not in message


def test_a_wrong_address_in_the_environment_is_called_by_the_variable_s_name() -> None:
    with pytest.raises(UsageError, match=r"^MLFLOW_TRACKING_URI begins with 'file://'"):
        read(None, {"MLFLOW_TRACKING_URI": "file:///tmp/mlruns"})


@pytest.mark.parametrize("odd", ["%20", "?"])
def test_a_path_that_mlflow_and_sqlalchemy_read_differently_is_refused(odd: str) -> None:
    with pytest.raises(UsageError, match="'%' or '\\?'"):
        read(f"sqlite:////tmp/a{odd}b/mlflow.db")


def test_a_store_whose_file_is_gone_or_empty_is_blank_and_a_server_never(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    target = MlflowTarget(read(f"sqlite:///{database}"))

    assert target.is_blank()
    database.touch()
    assert target.is_blank()
    database.write_bytes(b"SQLite format 3")
    assert not target.is_blank()
    assert not MlflowTarget(read("http://host:5000")).is_blank()
