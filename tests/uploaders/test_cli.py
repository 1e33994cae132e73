"""The command: its sentences, its exit codes, and what it leaves behind."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lctrack_uploaders.cli import main
from lctrack_uploaders.targets.mlflow import connection, tables
from tests.uploaders.frames import Rows, agent, run, session, trace
from tests.uploaders.readback import Store, Use
from tests.uploaders.standin import NOT_FOUND, answering

Captured = pytest.CaptureFixture[str]


def only_line(text: str) -> str:
    """Make sure that a text is one line, and give it."""
    (line,) = text.splitlines()
    return line


@pytest.fixture
def closed_port() -> int:
    """Give a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def test_an_unknown_target_is_answered_with_the_known_ones(logs: Path, capsys: Captured) -> None:
    assert main([str(logs), "--to", "mlfow"]) == 2

    expected = "lctrack-upload: There is no target 'mlfow': choose one of clearml, dummy, mlflow, sagemaker, wandb."
    assert only_line(capsys.readouterr().err) == expected


@pytest.mark.parametrize("line", [["logs"], ["--to", "mlflow"], ["logs", "--to", "mlflow", "--frobnicate"]])
def test_a_wrong_command_line_is_answered_in_one_line(line: list[str], capsys: Captured) -> None:
    with pytest.raises(SystemExit) as left:
        main(line)

    assert left.value.code == 2
    assert only_line(capsys.readouterr().err).endswith("see lctrack-upload --help.")


def test_a_log_path_that_is_not_there_is_named(tmp_path: Path, capsys: Captured) -> None:
    assert main([str(tmp_path / "absent"), "--to", "mlflow"]) == 2

    assert str(tmp_path / "absent") in only_line(capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_cannot_be_right_is_wrong_usage(logs: Path, capsys: Captured) -> None:
    assert main([str(logs), "--to", "mlflow", "--tracking-uri", "ftp://bob:secret@host/"]) == 2

    line = only_line(capsys.readouterr().err)
    assert line.startswith("lctrack-upload: --tracking-uri begins with 'ftp://'")
    assert "secret" not in line


def test_a_server_that_is_not_there_fails_soon_and_loses_nothing(
    logs: Path, read_as: Use, closed_port: int, capsys: Captured
) -> None:
    rows = agent()
    rows["sessions"].append(session(session_id="session-2"))
    read_as(rows)
    uri = f"http://127.0.0.1:{closed_port}"

    assert main([str(logs), "--to", "mlflow", "--tracking-uri", uri]) == 1

    captured = capsys.readouterr()
    expected = f"The MLflow server {uri} cannot be reached: check --tracking-uri, and that the server runs."
    assert only_line(captured.err) == f"lctrack-upload: {expected}"
    assert captured.out == "2 not delivered\n"


def test_a_server_that_never_answers_is_given_up(
    logs: Path, read_as: Use, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    read_as(agent())
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()

        assert main([str(logs), "--to", "mlflow", "--tracking-uri", f"http://127.0.0.1:{port}"]) == 1

    assert time.monotonic() - began < 10
    assert "cannot be reached" in only_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((401, b"no"), "does not let us in (HTTP 401): check MLFLOW_TRACKING_USERNAME"),
        ((403, b"no"), "does not let us in (HTTP 403): check MLFLOW_TRACKING_USERNAME"),
        ((503, b"down"), "is in trouble (HTTP 503): try again later"),
        ((200, b"<html>Welcome</html>"), "is not an MLflow server: check --tracking-uri"),
        ((404, b'{"detail": "Not Found"}'), "is not an MLflow server: check --tracking-uri"),
    ],
)
def test_what_is_wrong_with_a_server_is_told(
    answer: tuple[int, bytes], expected: str, logs: Path, read_as: Use, capsys: Captured
) -> None:
    read_as(agent())
    with answering(answer) as (address, _):
        assert main([str(logs), "--to", "mlflow", "--tracking-uri", f"http://{address}"]) == 1

    assert expected in only_line(capsys.readouterr().err)


def test_a_server_that_fails_later_is_no_traceback(
    logs: Path, read_as: Use, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    read_as(agent())
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with answering(NOT_FOUND, (500, b"broken")) as (address, _):
        assert main([str(logs), "--to", "mlflow", "--tracking-uri", f"http://{address}"]) == 1

    assert "is in trouble (HTTP 500)" in only_line(capsys.readouterr().err)


def test_credentials_in_the_address_are_used(logs: Path, read_as: Use) -> None:
    read_as(agent())
    with answering((401, b"no")) as (address, seen):
        main([str(logs), "--to", "mlflow", "--tracking-uri", f"http://alice:s3cret@{address}"])

    assert seen == ["Basic YWxpY2U6czNjcmV0"]


def test_credentials_in_the_address_are_neither_printed_nor_stored(
    server_store: Store, read_as: Use, capsys: Captured
) -> None:
    read_as(server_store.own(agent()))
    uri = server_store.uri.replace("://", "://alice:s3cret@")

    assert main([str(server_store.logs), "--to", "mlflow", "--tracking-uri", uri]) == 0

    captured = capsys.readouterr()
    files = [path.read_bytes() for path in (server_store.logs / ".lctrack").iterdir()]
    assert files
    assert not [text for text in [captured.out.encode(), captured.err.encode(), *files] if b"s3cret" in text]


def test_a_path_that_holds_no_database_fails_soon(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as(agent())
    (logs / "text.db").write_text("no database\n" * 100)

    assert main([str(logs), "--to", "mlflow", "--tracking-uri", f"sqlite:///{logs}/text.db"]) == 1

    assert "text.db cannot be written (file is not a database)" in only_line(capsys.readouterr().err)


def test_a_missing_extra_is_answered_with_the_command_that_installs_it(
    logs: Path, read_as: Use, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    read_as(agent())
    monkeypatch.setitem(sys.modules, "mlflow", None)

    assert main([str(logs), "--to", "mlflow"]) == 1

    assert only_line(capsys.readouterr().err).endswith('pip install "lctrack-uploaders[mlflow]".')


def test_a_state_directory_that_cannot_be_made_is_named(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as(agent())
    (logs / "file").write_text("")

    assert main([str(logs), "--to", "mlflow", "--state", str(logs / "file" / "state")]) == 1

    assert "file/state cannot be made" in only_line(capsys.readouterr().err)


def test_some_sessions_delivered_and_some_not_is_partly_done(
    sqlite_store: Store, read_as: Use, capsys: Captured
) -> None:
    rows = agent()
    read_as(sqlite_store.own(rows))
    sqlite_store.upload()
    rows["sessions"].append(session(session_id="session-2", name="new"))
    read_as(sqlite_store.own(rows))
    capsys.readouterr()

    # The traces of the first are in another experiment.
    assert sqlite_store.upload("--experiment", "other") == 3

    captured = capsys.readouterr()
    assert only_line(captured.err).startswith("lctrack-upload: division: The traces of session ")
    assert captured.out.splitlines()[1] == "1 delivered, 1 not delivered"


def test_a_delivery_that_broke_off_is_completed_by_the_next(
    store: Store, read_as: Use, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    read_as(store.own(agent()))
    with monkeypatch.context() as broken:
        broken.setattr(tables, "write_index", lambda *_: 1 / 0)
        assert store.upload() == 1
    assert "failed: division by zero; try again later." in only_line(capsys.readouterr().err)
    assert store.run().info.status == "RUNNING"

    assert store.upload() == 0

    assert store.run().info.status == "FAILED"
    assert len(store.traces()) == 2


def test_a_dry_run_tells_what_it_would_do_and_leaves_nothing(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as(agent())

    assert main([str(logs), "--to", "mlflow", "--dry-run"]) == 0

    first, *steps, last = capsys.readouterr().out.splitlines()
    assert (first, last) == ("division (session-1): to be delivered to maths, 2 traces", "1 to deliver")
    assert steps == [
        "  run: 7 parameters, 11 tags",
        "  metrics: 18 points",
        "  tables/sessions: 1 row",
        "  tables/traces: 2 rows",
        "  tables/runs: 8 rows",
        "  tables/generations: 1 row",
        "  tables/errors: 2 rows",
        "  tables/scores: 1 row",
        "  table list: names of the tables",
        "  traces/1: 2 traces, 8 spans",
        "  trace states: states of the traces",
        "  feedback: 1 score",
        "  end: FAILED",
    ]
    assert list(logs.iterdir()) == []


def test_the_state_directory_is_its_owner_s_and_holds_ledger_and_store(sqlite_store: Store, read_as: Use) -> None:
    read_as(sqlite_store.own(agent()))
    state = sqlite_store.logs.parent / "state"

    assert sqlite_store.upload("--state", str(state)) == 0

    assert sorted(path.name for path in state.iterdir()) == ["ledger.db", "ledger.lock", "mlartifacts", "mlflow.db"]
    assert state.stat().st_mode & 0o777 == 0o700


def test_the_next_command_is_suggested(sqlite_store: Store, read_as: Use, capsys: Captured) -> None:
    read_as(sqlite_store.own(agent()))

    sqlite_store.upload()

    assert capsys.readouterr().out.splitlines()[-1] == f"next: mlflow ui --backend-store-uri {sqlite_store.uri}"


def test_nothing_but_the_result_is_printed(store: Store, read_as: Use, capsys: Captured) -> None:
    read_as(store.own(agent()))

    store.upload()

    captured = capsys.readouterr()
    run_id = store.run().info.run_id
    assert captured.err == ""
    assert captured.out.splitlines()[:2] == [
        f"division ({store.salt}-session-1): run {run_id}, 2 traces",
        "1 delivered",
    ]
    assert len(captured.out.splitlines()) == 3


def test_the_result_can_be_had_as_json(sqlite_store: Store, read_as: Use, capsys: Captured) -> None:
    read_as(sqlite_store.own(agent()))

    assert sqlite_store.upload("--json") == 0
    report = json.loads(capsys.readouterr().out)

    run_id = sqlite_store.run().info.run_id
    assert {key: report[key] for key in ("target", "address", "delivered", "unchanged", "failed")} == {
        "target": "mlflow",
        "address": sqlite_store.uri,
        "delivered": 1,
        "unchanged": 0,
        "failed": 0,
    }
    assert [(found["state"], found["remote_id"], found["traces"]) for found in report["sessions"]] == [
        ("delivered", run_id, 2)
    ]


def test_a_name_from_the_log_cannot_steer_the_terminal(logs: Path, read_as: Use, capsys: Captured) -> None:
    rows: Rows = {
        "sessions": [session(name="\x1b[2Jred\u202e\n")],
        "traces": [trace(1)],
        "runs": [run(1, None, 1, "x")],
    }
    read_as(rows)

    main([str(logs), "--to", "mlflow", "--dry-run"])

    assert capsys.readouterr().out.splitlines()[0].startswith(r"\x1b[2Jred\u202e\n (session-1)")


def test_logs_without_a_session_are_nothing_to_deliver(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as({})

    assert main([str(logs), "--to", "mlflow"]) == 0

    assert capsys.readouterr().out == "nothing to deliver: no sessions\n"


def test_an_unexpected_error_is_one_line_too(
    logs: Path, read_as: Use, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    read_as(agent())
    monkeypatch.setattr("lctrack_uploaders.command.deliver", lambda *_, **__: 1 / 0)

    assert main([str(logs), "--to", "mlflow"]) == 1

    expected = "lctrack-upload: internal error, ZeroDivisionError: division by zero; LCTRACK_DEBUG=1 shows where"
    assert only_line(capsys.readouterr().err) == expected


def test_help_waits_for_no_heavy_package() -> None:
    heavy = {"polars", "duckdb", "mlflow", "opentelemetry", "lctrack_analysis"}
    code = f"import sys; from lctrack_uploaders.cli import parser; parser(); print({heavy!r} & set(sys.modules))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout == "set()\n"
