"""A session delivered while it was open, and delivered again when it had grown: one run, nothing twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.uploaders.frames import SECOND, START, Rows, run, session, trace
from tests.uploaders.readback import Store

MS = 1_000_000
CALL: dict[str, Any] = {"kind": "chat_model", "input_tokens": 10, "model": "m"}


def young() -> Rows:
    """Make a session whose second trace still runs."""
    return {
        "sessions": [session(name="growing", status="open", events=6, llm_p50_ms=900.0)],
        "traces": [trace(1), trace(5, status="open")],
        "runs": [
            run(1, None, 1, "chain", end_time=START + 4 * SECOND),
            run(2, 1, 1, **CALL),
            run(5, None, 5, "chain", end_time=None, inputs='"hello"'),
            run(6, 5, 5, end_time=START + 9 * SECOND, **CALL),
            run(7, 5, 5, end_time=None, **CALL),
        ],
    }


def grown() -> Rows:
    """Make the same session after its end: the second trace failed, a third came, and a percentile fell."""
    failure = {"status": "error", "error_type": "ValueError", "error_message": "no"}
    return {
        "sessions": [session(name="growing", status="ended", events=12, llm_p50_ms=800.0)],
        "traces": [trace(1), trace(5, status="error"), trace(20)],
        "runs": [
            *young()["runs"][:2],
            run(5, None, 5, "chain", end_time=START + 30 * SECOND, inputs='"hello"', outputs='"bye"', **failure),
            run(6, 5, 5, end_time=START + 9 * SECOND, **CALL),
            run(7, 5, 5, end_time=START + 20 * SECOND, **CALL),
            run(20, None, 20, "chain"),
        ],
    }


@pytest.fixture(scope="module")
def open_store(new_store: Callable[[], Store]) -> Store:
    """Give a store with the session as it was while open."""
    store = new_store()
    store.deliver(young())
    return store


@pytest.fixture(scope="module")
def grown_store(new_store: Callable[[], Store]) -> Store:
    """Give a store to which the session was delivered while open, and again when it had grown."""
    store = new_store()
    store.deliver(young())
    store.deliver(grown())
    return store


def test_an_open_session_is_a_running_run_without_an_end(open_store: Store) -> None:
    info = open_store.run().info

    assert (info.status, info.end_time) == ("RUNNING", None)


def test_an_open_run_ends_at_the_last_time_known_of_its_trace(open_store: Store) -> None:
    trace = open_store.traces()[open_store.trace_id(5)]
    spans = {span.attributes["lctrack.run_id"][-1]: span for span in trace.data.spans}

    assert trace.info.state.value == "IN_PROGRESS"
    assert [spans[number].end_time_ns for number in "57"] == [START + 9 * SECOND] * 2
    assert {number: span.status.status_code.value for number, span in spans.items()} == {
        "5": "UNSET",
        "6": "OK",
        "7": "UNSET",
    }
    assert [number for number in "567" if spans[number].attributes.get("lctrack.open")] == ["5", "7"]


def test_a_grown_session_updates_the_run_that_is_there(grown_store: Store) -> None:
    info = grown_store.run().info

    assert (info.status, info.end_time) == ("FAILED", (START + 60 * SECOND) // MS)
    assert set(grown_store.traces()) == {grown_store.trace_id(number) for number in (1, 5, 20)}


def test_a_trace_that_failed_after_its_first_delivery_is_failed(grown_store: Store) -> None:
    trace = grown_store.traces()[grown_store.trace_id(5)]

    assert trace.info.state.value == "ERROR"
    assert (trace.info.request_time, trace.info.execution_duration) == ((START + 5 * SECOND) // MS, 25_000)
    assert (trace.info.request_preview, trace.info.response_preview) == ('"hello"', '"bye"')
    assert trace.info.token_usage["input_tokens"] == 20
    assert len(trace.data.spans) == 3


def test_a_grown_session_s_points_are_there_once(grown_store: Store) -> None:
    ends = [START // MS + seconds * 1000 for seconds in (3, 9, 20)]

    assert grown_store.history("call/input_tokens") == [(step, end, 10.0) for step, end in enumerate(ends)]


def test_a_total_that_falls_is_replaced_by_the_newer(grown_store: Store) -> None:
    # Both have the same time: what MLflow takes for the newer is then decided by the step, else by the greater value.
    assert grown_store.run().data.metrics["llm_p50_ms"] == 800.0


def test_a_call_that_comes_to_light_later_does_not_double_the_others(store: Store) -> None:
    store.deliver(grown())
    late = grown()
    late["runs"].append(run(3, 1, 1, **CALL))

    store.deliver(late)

    ends = sorted(time for _, time, _ in store.history("call/input_tokens"))
    assert ends == [START // MS + seconds * 1000 for seconds in (3, 4, 9, 20)]


def test_a_parameter_that_changed_keeps_its_first_value(store: Store) -> None:
    rows = young()
    rows["sessions"][0]["params"] = json.dumps({"temperature": 0.5})
    store.deliver(rows)
    rows["sessions"][0]["params"] = json.dumps({"temperature": 0.9, "top_p": 1})

    store.deliver(rows)

    params = store.run().data.params
    assert {key: params[key] for key in ("temperature", "top_p")} == {"temperature": "0.5", "top_p": "1"}


def test_a_table_that_a_session_has_no_more_is_empty(store: Store) -> None:
    rows = young()
    rows["scores"] = [{"session_id": "session-1", "trace_id": None, "time": START, "key": "k", "value": 1.0}]
    store.deliver(rows)
    assert len(store.table("scores")) == 1

    store.deliver(young())

    run = store.run()
    path = store.client.download_artifacts(run.info.run_id, "scores.json")
    assert json.loads(Path(path).read_text())["data"] == []
    listed = {entry["path"] for entry in json.loads(run.data.tags["mlflow.loggedArtifacts"])}
    assert listed == {"sessions.json", "traces.json", "runs.json"}
