"""Times, inputs and labels of runs, and traces as their totals."""

import json

import pytest

from tests.analysis.conftest import Load
from tests.analysis.writing import START, chain, event, llm, token


def test_a_run_has_what_its_start_and_end_tell(load_events: Load) -> None:
    logs = load_events(
        event(
            "chain_start", 1, run_id="r", parent_run_id="p", trace_id="p", name="step", run_type="parser", thread=7,
            tags=["a", "b"], metadata={"user": "u"}, inputs={"q": 1}, serialized={"id": ["x"]},
        ),
        event("chain_end", 3.5, run_id="r", outputs=[1, 2]),
    )  # fmt: skip
    [run] = logs.runs.to_dicts()
    expected = {
        "parent_run_id": "p", "trace_id": "p", "session_id": "s", "kind": "chain", "run_type": "parser",
        "name": "step", "thread": 7, "tags": ["a", "b"], "metadata": '{"user":"u"}', "inputs": '{"q":1}',
        "outputs": "[1,2]", "serialized": '{"id":["x"]}', "duration_ms": 2_500.0, "status": "ok",
    }  # fmt: skip
    assert expected == {key: run[key] for key in expected}


def test_times_are_exact(load_events: Load) -> None:
    logs = load_events(*chain("r", 0, 1.000000001))
    assert logs.sql("SELECT epoch_ns(start_time), epoch_ns(end_time), duration_ms FROM runs").row(0) == (
        START,
        START + 1_000_000_001,
        1_000.000001,
    )


def test_a_clock_that_was_set_back_makes_no_negative_duration(load_events: Load) -> None:
    lines = llm("r", ["p"], [["t"]])
    lines[1] |= {"ts": START - 5, "stream": {"first_token_ts": START - 9, "chunks": 1}}
    logs = load_events(*lines)
    assert logs.runs.select("duration_ms", "time_to_first_token_ms").row(0) == (0, 0)
    assert logs.traces.select("duration_ms", "time_to_first_token_ms").row(0) == (0, 0)
    assert logs.generations["duration_ms"].to_list() == [0]


def test_a_streamed_chain_has_the_inputs_that_it_tells_at_its_end(load_events: Load) -> None:
    start, end = chain("r", inputs={"input": ""})
    logs = load_events(start, end | {"inputs": {"question": "whole"}})
    assert logs.runs["inputs"].to_list() == ['{"question":"whole"}']
    assert logs.traces["inputs"].to_list() == ['{"question":"whole"}']


def test_a_failed_chain_has_the_inputs_that_it_tells_at_its_end(load_events: Load) -> None:
    logs = load_events(
        event("chain_start", 0, run_id="r", inputs={"input": ""}),
        event("chain_error", 1, run_id="r", inputs={"question": "whole"}, error={"type": "E", "message": "m"}),
    )
    assert logs.runs.select("inputs", "status").rows() == [('{"question":"whole"}', "error")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"inputs": {"q": 1}, "input_str": "{'q': 1}"}, {"q": 1}), ({"input_str": "q"}, "q"), ({}, None)],
)
def test_a_tool_has_its_inputs_or_else_their_text(fields: object, expected: object, load_events: Load) -> None:
    assert isinstance(fields, dict)
    [inputs] = load_events(event("tool_start", 0, run_id="r", **fields)).runs["inputs"]
    assert expected == (None if inputs is None else json.loads(inputs))


def test_the_time_to_the_first_token_is_from_the_start_of_the_call(load_events: Load) -> None:
    start, end = llm("r", ["p"], [["t"]], 2)
    logs = load_events(*chain("root", 0, 9), start | {"parent_run_id": "root"},
                       end | {"stream": {"first_token_ts": START + 2_250_000_000, "chunks": 4}})  # fmt: skip
    assert logs.runs.select("time_to_first_token_ms", "chunks").row(1) == (250, 4)
    assert logs.generations["time_to_first_token_ms"].to_list() == [250]


def test_the_time_to_the_first_token_of_a_trace_is_that_of_whichever_call_was_first(load_events: Load) -> None:
    lines = chain("root", 0, 9)
    for n, at in ((1, 3), (2, 5)):
        start, end = llm(f"r{n}", ["p"], [["t"]], at)
        first = {"first_token_ts": START + at * 1_000_000_000 + 500_000_001, "chunks": 4}
        lines += [start | {"parent_run_id": "root"}, end | {"parent_run_id": "root", "stream": first}]
    assert load_events(*lines).traces["time_to_first_token_ms"].to_list() == [3_500.000001]


def test_an_open_call_has_the_tokens_that_were_recorded_one_by_one(load_events: Load) -> None:
    tokens = [token(1 + n, "r") for n in range(3)]
    logs = load_events(llm("r", ["p"], [["t"]])[0], *tokens)
    assert logs.runs.select("status", "chunks", "time_to_first_token_ms").row(0) == ("open", 3, 1_000)
    assert logs.sessions["llm_streams"].to_list() == [3]


def test_pieces_that_come_as_tokens_and_as_protocol_events_count_once(load_events: Load) -> None:
    pieces = []
    for n in range(3):
        pieces += [
            event("stream_event", 2 + n, run_id="r", data={"event": "content-block-delta"}),
            token(2 + n, "r"),
        ]
    opening = event("stream_event", 1, run_id="r", data={"event": "message-start"})
    [start, _] = llm("r", ["p"], [["t"]])
    assert load_events(start, opening, *pieces).runs["chunks"].to_list() == [3]


def test_of_the_streaming_protocol_only_events_that_bring_content_count(load_events: Load) -> None:
    names = ["message-start", "content-block-start", *["content-block-delta"] * 2, "content-block-finish"]
    events = [event("stream_event", 1 + n, run_id="r", data={"event": name}) for n, name in enumerate(names)]
    [start, _] = llm("r", ["p"], [["t"]])
    assert load_events(start, *events).runs.select("chunks", "time_to_first_token_ms").row(0) == (2, 3_000)


def test_a_span_has_the_kind_it_was_given(load_events: Load) -> None:
    lines = [event("span_start", n, run_id=f"r{n}", kind=kind) for n, kind in enumerate(["agent", "mine", None])]
    assert load_events(*lines).runs["kind"].to_list() == ["agent", "mine", "chain"]


def test_a_trace_in_which_nothing_streams_has_no_first_token(load_events: Load) -> None:
    logs = load_events(*chain("r"), *llm("s", ["p"], [["t"]], 2))
    assert logs.traces["time_to_first_token_ms"].to_list() == [None, None]


def test_a_trace_is_the_root_with_totals_over_its_tree(load_events: Load) -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "cached_tokens": 4, "reasoning_tokens": 2}
    logs = load_events(
        event("span_start", 0, run_id="root", kind="agent", name="agent", inputs="q", tags=["t"], metadata={"u": 1}),
        *[event("span_start", n, run_id=f"llm{n}", parent_run_id="root", kind="llm") for n in (1, 2)],
        *[event("span_end", n + 3, run_id=f"llm{n}", usage=usage) for n in (1, 2)],
        event("tool_start", 3, run_id="tool", parent_run_id="llm1"),
        event("tool_error", 4, run_id="tool", error={"type": "E", "message": "m"}),
        event("retriever_start", 5, run_id="found", parent_run_id="root"),
        event("span_end", 9, run_id="root", outputs="a"),
        *chain("other", 10, 11),
    )
    first, other = logs.traces.to_dicts()
    expected = {
        "trace_id": "root", "name": "agent", "kind": "agent", "status": "ok", "duration_ms": 9_000, "inputs": '"q"',
        "outputs": '"a"', "tags": ["t"], "metadata": '{"u":1}', "runs": 5, "depth": 2, "llm_calls": 2,
        "tool_calls": 1, "retrievals": 1, "errors": 1, "input_tokens": 20, "output_tokens": 10, "total_tokens": 30,
        "cached_tokens": 8, "reasoning_tokens": 4,
    }  # fmt: skip
    assert expected == {key: first[key] for key in expected}
    assert (other["trace_id"], other["runs"], other["total_tokens"]) == ("other", 1, None)
