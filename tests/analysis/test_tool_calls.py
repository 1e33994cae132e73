"""A tool call is asked for by a model and executed by a tool: both sides meet by the call's id."""

import json

from lctrack_analysis import Logs
from tests.analysis.conftest import Load
from tests.analysis.writing import Line, ai, call, chain, chat, event, human, tool

SIDES = ("tool_call_id", "requested_by", "run_id", "status")


def told(logs: Logs, *columns: str) -> list[tuple[object, ...]]:
    return logs.tool_calls.select(columns).rows()


def asking(run_id: str, start: float, *calls: Line, trace: str = "root") -> list[Line]:
    lines = chat(run_id, [human("hi")], ai("", *calls), start)
    return [line | {"parent_run_id": trace, "trace_id": trace} for line in lines]


def executing(run_id: str, call_id: str | None, start: float, name: str = "search", trace: str = "root") -> list[Line]:
    return [line | {"parent_run_id": trace, "trace_id": trace} for line in tool(run_id, call_id, start, name)]


def test_a_request_and_its_execution_are_one_row(load_events: Load) -> None:
    logs = load_events(
        *chain("root", 0, 9), *asking("m", 1, call("search", "c1", q="cats")), *executing("t", "c1", 3)
    )  # fmt: skip
    [row] = logs.tool_calls.to_dicts()
    expected = {
        "trace_id": "root", "tool_call_id": "c1", "name": "search", "requested_by": "m", "run_id": "t",
        "status": "ok", "duration_ms": 1_000, "output": '"found by t"', "arguments": '{"q":"cats"}',
    }  # fmt: skip
    assert expected == {key: row[key] for key in expected}
    assert row["request_time"] < row["start_time"]


def test_a_request_that_was_never_executed_is_there(load_events: Load) -> None:
    logs = load_events(*asking("m", 1, call("search", "c1", q=1), call("search", None, q=2)))
    assert told(logs, *SIDES) == [("c1", "m", None, "requested"), (None, "m", None, "requested")]


def test_an_execution_that_no_model_asked_for_is_there(load_events: Load) -> None:
    logs = load_events(*executing("t", None, 1), *executing("u", "c1", 3))
    assert told(logs, *SIDES, "arguments") == [
        (None, None, "t", "ok", '{"q":"t"}'),
        ("c1", None, "u", "ok", '{"q":"u"}'),
    ]


def test_parallel_calls_meet_their_own_executions(load_events: Load) -> None:
    calls = [call("search", f"c{n}", q=n) for n in range(4)]
    logs = load_events(
        *chain("root", 0, 99), *asking("m", 1, *calls), *[line for n in (2, 0, 3, 1) for line in
                                                          executing(f"t{n}", f"c{n}", 9 - n)]
    )  # fmt: skip
    assert [(f"c{n}", f"t{n}", json.dumps({"q": n}, separators=(",", ":"))) for n in (3, 2, 1, 0)] == told(
        logs, "tool_call_id", "run_id", "arguments"
    )


def test_an_id_that_is_used_again_in_another_trace_is_another_call(load_events: Load) -> None:
    lines: list[Line] = []
    for n, trace in enumerate(("a", "b")):
        lines += chain(trace, 10 * n, 10 * n + 9)
        lines += asking(f"m{n}", 10 * n + 1, call("search", "c1"), trace=trace)
        lines += executing(f"t{n}", "c1", 10 * n + 3, trace=trace)
    assert told(load_events(*lines), *SIDES) == [("c1", "m0", "t0", "ok"), ("c1", "m1", "t1", "ok")]


def test_an_id_that_is_used_again_in_the_same_trace_is_another_call(load_events: Load) -> None:
    lines = chain("root", 0, 99)
    for n in range(3):
        lines += asking(f"m{n}", 10 * n + 1, call("search", "c1", q="same"))
        lines += executing(f"t{n}", "c1", 10 * n + 3)
    assert told(load_events(*lines), *SIDES) == [("c1", f"m{n}", f"t{n}", "ok") for n in range(3)]


def test_different_requests_with_one_id_are_all_there(load_events: Load) -> None:
    logs = load_events(*asking("m", 1, call("search", "c1", q=1), call("search", "c1", q=2), call("search", "", q=3)))
    assert told(logs, "arguments", "status") == [
        ('{"q":1}', "requested"),
        ('{"q":2}', "requested"),
        ('{"q":3}', "requested"),
    ]


def test_an_empty_id_is_none(load_events: Load) -> None:
    logs = load_events(*asking("m", 1, call("search", "")), *executing("t", "", 3))
    assert told(logs, *SIDES) == [(None, "m", None, "requested"), (None, None, "t", "ok")]


def test_a_request_that_a_model_passes_on_from_one_it_wraps_is_one_call(load_events: Load) -> None:
    inner, outer = asking("inner", 1.2, call("search", "c1")), asking("outer", 1, call("search", "c1"))
    logs = load_events(outer[0], *inner, outer[1] | {"ts": inner[1]["ts"] + 5}, *executing("t", "c1", 3))
    assert told(logs, *SIDES) == [("c1", "inner", "t", "ok")]


def test_a_call_that_is_executed_twice_has_a_row_for_each(load_events: Load) -> None:
    failed = [executing("t1", "c1", 3)[0], event("tool_error", 4, run_id="t1", error={"type": "E", "message": "m"})]
    logs = load_events(*asking("m", 1, call("search", "c1")), *failed, *executing("t2", "c1", 5))
    assert told(logs, *SIDES, "error_type") == [("c1", "m", "t1", "error", "E"), ("c1", "m", "t2", "ok", None)]


def test_an_execution_that_a_slow_clock_puts_before_its_request_meets_it(load_events: Load) -> None:
    logs = load_events(*asking("m", 5, call("search", "c1")), *executing("t", "c1", 3))
    assert told(logs, *SIDES) == [("c1", "m", "t", "ok")]


def test_a_tool_that_was_killed_is_open(load_events: Load) -> None:
    logs = load_events(*asking("m", 1, call("search", "c1")), executing("t", "c1", 3)[0])
    assert told(logs, "status", "output") == [("open", None)]


def test_requests_in_a_conversation_that_goes_in_again_count_once(load_events: Load) -> None:
    asked = call("search", "c1")
    again = chat("m2", [human("hi"), ai("", asked)], ai("done"), 5, parent_run_id="root", trace_id="root")
    logs = load_events(*asking("m", 1, asked), *executing("t", "c1", 3), *again)
    assert told(logs, *SIDES) == [("c1", "m", "t", "ok")]


def test_odd_tool_calls_do_not_stop_the_reading(load_events: Load) -> None:
    odd = ai("", {"name": 7, "args": [1], "id": 9}, {}) | {"invalid_tool_calls": "x"}
    logs = load_events(*chat("m", [human("h")], odd), *chat("n", [human("h")], ai() | {"tool_calls": "none"}))
    assert told(logs, "tool_call_id", "name", "arguments") == [("9", "7", "[1]"), (None, None, None)]


def test_every_call_of_the_sample_agent_was_asked_for_and_executed(samples: Logs) -> None:
    calls = samples.tool_calls.filter(samples.tool_calls["tool_call_id"].is_not_null())
    assert calls.height == 7
    assert calls["requested_by"].null_count() == calls["run_id"].null_count() == 0
    assert calls.filter(calls["start_time"] < calls["request_time"]).is_empty()
