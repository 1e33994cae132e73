"""No network, no credentials, wrong ones, a clock a year off: a clear sentence each, and the next run delivers."""

import json
import socket

import pytest

from tests.uploaders.frames import SECOND, START, Rows, agent
from tests.uploaders.proxy import unreliable
from tests.uploaders.readback import Store, Use

Captured = pytest.CaptureFixture[str]
RIGHT = "right-1234567890"
YEAR = 365 * 86_400 * SECOND


def told(capsys: Captured) -> str:
    """Give the only line that the command wrote to standard error; MLflow's own are silenced where it starts anew."""
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("lctrack-upload: ")]
    return line


def test_a_machine_without_a_network_delivers_when_there_is_one(
    server_store: Store, read_as: Use, capsys: Captured
) -> None:
    read_as(server_store.own(agent()))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    gateway = ("--tracking-uri", f"http://127.0.0.1:{port}")

    assert server_store.upload(*gateway) == 1
    assert told(capsys) == (
        f"lctrack-upload: The MLflow server http://127.0.0.1:{port} cannot be reached: check --tracking-uri, and that "
        "the server runs."
    )

    with unreliable(server_store.uri, 0, 0, port=port):
        assert server_store.upload(*gateway) == 0
    assert server_store.run().info.run_name == "division"


def test_a_name_that_nobody_resolves_is_told(server_store: Store, read_as: Use, capsys: Captured) -> None:
    read_as(server_store.own(agent()))

    assert server_store.upload("--tracking-uri", "http://mlflow.invalid:5000") == 1

    assert "http://mlflow.invalid:5000 cannot be reached: check --tracking-uri" in told(capsys)


@pytest.mark.parametrize("token", [None, "wrong-1234567890"])
def test_without_credentials_or_with_wrong_ones_they_are_named_and_the_right_ones_deliver(
    token: str | None, server_store: Store, read_as: Use, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    read_as(server_store.own(agent()))
    if token:
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token)
    with unreliable(server_store.uri, 0, 0, token=RIGHT) as (gateway, _):
        assert server_store.upload("--tracking-uri", gateway) == 1
        assert told(capsys) == (
            f"lctrack-upload: The MLflow server {gateway} does not let us in (HTTP 401): check "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN."
        )
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", RIGHT)

        assert server_store.upload("--tracking-uri", gateway) == 0

    assert server_store.run().info.run_name == "division"


@pytest.mark.parametrize("years", [-30, -1, 1, 40])
def test_what_a_clock_years_off_has_recorded_arrives_with_the_times_it_has(years: int, store: Store) -> None:
    store.deliver(shifted(agent(), years * YEAR))

    start = (START + years * YEAR) // 10**6
    run = store.run()
    assert (run.info.start_time, run.info.end_time) == (start, start + 60_000)
    assert {metric[1] for metric in store.history("call/input_tokens")} == {start + 4_000, start + 7_000}
    trace = store.traces(run)[store.trace_id(1)]
    assert trace.info.request_time == start
    assert trace.data.spans[0].start_time_ns == START + years * YEAR


def shifted(rows: Rows, by: int) -> Rows:
    """Move every time in the rows."""

    def moved(value: object) -> object:
        return value + by if isinstance(value, int) and value > 10**18 else value

    moved_rows = {
        name: [{key: moved(value) for key, value in row.items()} for row in table] for name, table in rows.items()
    }
    found: Rows = json.loads(json.dumps(moved_rows))
    return found
