"""The records that a tracker's callback would have kept, from logs written by hand."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lctrack_analysis import Logs, load
from lctrack_analysis.columns import COUNTERS, RETRIEVER_COUNTERS
from tests.analysis.conftest import Load
from tests.analysis.writing import ai, chain, chat, event, human, llm, numbered, segment_start, token, tool, write

NAMES = [column.name for column in (*COUNTERS, *RETRIEVER_COUNTERS)]


def told(logs: Logs, *columns: str) -> list[tuple[Any, ...]]:
    return logs.action_records.select(columns).rows()


def records(logs: Logs) -> list[dict[str, Any]]:
    return [json.loads(record) for record in logs.action_records["record"]]


def test_step_rises_with_each_event_and_each_event_raises_its_own_counter(load_events: Load) -> None:
    logs = load_events(
        *chain("c", 0, 9),
        *llm("m", ["p"], [["a"]], 1),
        event("text", 3, run_id="c", text="t"),
        event("agent_action", 4, run_id="c", action={"tool": "x"}),
        *tool("t", None, 5),
        event("agent_finish", 7, run_id="c", finish={"return_values": {"output": "o"}}),
        event("retriever_start", 8, run_id="r", query="q"),
        event("retriever_error", 8.5, run_id="r", error={"type": "E", "message": "m"}),
    )
    last = logs.action_records.select(NAMES).row(-1, named=True)
    expected = {"step": 11, "starts": 5, "ends": 4, "errors": 1, "text_ctr": 1, "chain_starts": 1, "chain_ends": 1}
    models = {"llm_starts": 1, "llm_ends": 1, "llm_streams": 0, "tool_starts": 2, "tool_ends": 1, "agent_ends": 1}
    assert expected | models | {"retriever_starts": 1, "retriever_ends": 0} == last
    assert list(range(1, 12)) == logs.action_records["step"].to_list()


def test_counters_begin_again_with_each_session(load_events: Load) -> None:
    other = [line | {"session_id": "other"} for line in chain("b", 2, 3)]
    assert told(load_events(*chain("a"), *other), "session_id", "step") == [
        ("s", 1),
        ("s", 2),
        ("other", 1),
        ("other", 2),
    ]


def test_the_last_record_of_a_session_has_the_counters_of_the_session(samples: Logs) -> None:
    last = samples.action_records.group_by("session_id").agg(pl.col(NAMES).last()).sort("session_id")
    assert samples.sessions.sort("session_id").select("session_id", *NAMES).rows() == last.rows()


def test_a_call_has_a_record_for_each_prompt_and_each_answer(load_events: Load) -> None:
    logs = load_events(*llm("r", ["p", "q"], [["a", "b"], ["c"]]))
    assert told(logs, "step", "action", "prompt_index", "generation_index", "prompts", "text") == [
        (1, "on_llm_start", 0, None, "p", None),
        (1, "on_llm_start", 1, None, "q", None),
        (2, "on_llm_end", 0, 0, None, "a"),
        (2, "on_llm_end", 0, 1, None, "b"),
        (2, "on_llm_end", 1, 0, None, "c"),
    ]


def test_the_input_of_a_chain_that_is_a_list_has_a_record_for_each_item(load_events: Load) -> None:
    logs = load_events(event("chain_start", 0, run_id="c", inputs={"input": ["a", {"b": 1}]}))
    assert told(logs, "step", "input") == [(1, "a"), (1, '{"b":1}')]
    assert records(logs)[1]["b"] == 1


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"input": "a", "other": 1}, "a"),
        ({"human_input": "a"}, "a"),
        ({"title": "a"}, '{"title":"a"}'),
        ("a", "a"),
        (["a", 1], '["a",1]'),
        (None, None),
        ({"input": 5}, "5"),
    ],
)
def test_what_a_chain_is_given_is_shown_whatever_it_is(value: object, shown: str | None, load_events: Load) -> None:
    logs = load_events(event("chain_start", 0, run_id="c", inputs=value))
    assert [("on_chain_start", shown)] == told(logs, "action", "input")


@pytest.mark.parametrize(
    ("value", "shown"), [({"output": "a"}, "a"), ({"text": "a"}, "a"), ({"x": 1}, '{"x":1}'), ("a", "a"), (None, None)]
)
def test_what_a_chain_gives_is_shown_whatever_it_is(value: object, shown: str | None, load_events: Load) -> None:
    logs = load_events(event("chain_end", 0, run_id="c", outputs=value))
    assert [("on_chain_end", shown)] == told(logs, "action", "outputs")


def test_an_error_has_a_record_with_what_had_been_generated(load_events: Load) -> None:
    error = {"type": "Overloaded", "message": "later"}
    logs = load_events(
        llm("r", ["p"], [[]])[0], event("llm_error", 1, run_id="r", error=error, generations=[[{"text": "half"}]])
    )
    assert told(logs, "action", "errors", "error_type", "error_message", "text")[-1] == (
        "on_llm_error",
        1,
        "Overloaded",
        "later",
        "half",
    )


def test_pieces_of_a_stream_that_were_not_kept_are_counted_at_its_end(load_events: Load) -> None:
    start, end = llm("r", ["p"], [["a"]])
    logs = load_events(start, end | {"stream": {"chunks": 5}})
    assert told(logs, "action", "step", "llm_streams") == [("on_llm_start", 1, 0), ("on_llm_end", 7, 5)]


def test_pieces_of_a_stream_that_were_kept_are_counted_once(load_events: Load) -> None:
    start, end = llm("r", ["p"], [["a"]])
    logs = load_events(start, token(0.1, "r"), token(0.2, "r"), end | {"stream": {"chunks": 2}})
    assert told(logs, "step", "llm_streams") == [(1, 0), (2, 1), (3, 2), (4, 2)]


def test_events_of_one_file_stay_in_the_order_of_its_lines(load_events: Load) -> None:
    first, second = chain("a", 5, None), chain("b", 1, None)
    assert told(load_events(*first, *second), "run_id", "step") == [("a", 1), ("b", 2)]


def test_events_of_several_processes_are_in_the_order_of_time(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", *numbered([segment_start("a"), *chain("early", 0, 4)]))
    write(tmp_path / "b.jsonl", *numbered([segment_start("b"), *chain("late", 1, 2)]))
    assert told(load(tmp_path), "run_id", "step") == [("early", 1), ("late", 2), ("late", 3), ("early", 4)]


def test_a_prompt_of_chat_messages_is_a_conversation_to_read(load_events: Load) -> None:
    messages = [
        {"type": "system", "content": "Be brief."},
        human(["What ", {"type": "text", "text": "is"}, {"type": "image_url"}]),
        ai("", {"name": "look", "args": {"at": "it"}, "id": "c"}),
        {"type": "tool", "content": "a cat"},
        {"type": "chat", "role": "critic", "content": "Well."},
    ]
    logs = load_events(*chat("r", messages, ai("A cat.")))
    shown = 'System: Be brief.\nHuman: What is\nAI: look({"at":"it"})\nTool: a cat\ncritic: Well.'
    assert shown == logs.action_records["prompts"][0]


def test_the_record_is_flattened_as_langchain_does_it(load_events: Load) -> None:
    start, end = llm("r", ["p"], [["a"]])
    usage = {"total_tokens": 3, "details": {"cached": 1, "none": {}}}
    serialized = {"lc": 1, "id": ["x", "Y"], "kwargs": {"a": {"b": [{"c": 1}]}}}
    logs = load_events(start | {"serialized": serialized}, end | {"llm_output": {"token_usage": usage}})
    started, ended = records(logs)
    assert {"lc": 1, "id": ["x", "Y"], "kwargs_a_b": [{"c": 1}], "prompts": "p"}.items() <= started.items()
    assert {"token_usage_total_tokens": 3, "token_usage_details_cached": 1, "text": "a"}.items() <= ended.items()
    assert "kwargs" not in started


def test_every_record_begins_with_its_action_and_has_the_counters_in_their_order(samples: Logs) -> None:
    for record in records(samples):
        assert next(iter(record)) == "action"
        assert [name for name in record if name in NAMES] == NAMES


def test_a_span_is_counted_as_what_it_is(load_events: Load) -> None:
    kinds = ["llm", "tool", "retriever", "agent"]
    logs = load_events(
        *[event("span_start", n, run_id=kind, kind=kind, inputs="in") for n, kind in enumerate(kinds)],
        *[event("span_end", 5 + n, run_id=kind, outputs="out") for n, kind in enumerate(kinds)],
    )
    assert told(logs, "action", "prompts", "input_str", "query", "input") == [
        ("on_llm_start", "in", None, None, None),
        ("on_tool_start", None, "in", None, None),
        ("on_retriever_start", None, None, "in", None),
        ("on_chain_start", None, None, None, "in"),
        *[(f"on_{kind}_end", None, None, None, None) for kind in ("llm", "tool", "retriever", "chain")],
    ]
    assert told(logs, "text", "output", "outputs")[4:] == [
        ("out", None, None),
        (None, "out", None),
        (None, None, None),
        (None, None, "out"),
    ]


def test_what_the_trackers_do_not_count_has_no_record(load_events: Load) -> None:
    others = ["retry", "custom_event", "interrupt", "resume", "score", "asset", "dropped"]
    assert told(load_events(*[event(name, 0, run_id="r") for name in others], *chain("c")), "step") == [(1,), (2,)]


def test_what_a_tool_returns_in_a_message_is_its_content(load_events: Load) -> None:
    start, end = tool("t", "c", 0)
    logs = load_events(start, end | {"output": {"type": "tool", "content": "found", "tool_call_id": "c"}})
    assert told(logs, "action", "output")[-1] == ("on_tool_end", "found")


ODD = [None, 7, "x", [], {}, [1], [[7]], {"a": None}]


@pytest.mark.parametrize("value", ODD, ids=str)
def test_odd_values_stop_nothing(value: object, load_events: Load) -> None:
    logs = load_events(
        event("llm_start", 0, run_id="r", prompts=value, serialized=value),
        event("chat_model_start", 0, run_id="m", messages=value),
        event("llm_end", 1, run_id="r", generations=value, llm_output=value, stream=value),
        event("llm_new_token", 1, run_id="r", token=value),
        event("stream_event", 1, run_id="m", data=value),
        event("agent_action", 2, run_id="r", action=value),
        event("agent_finish", 3, run_id="r", finish=value),
        event("chain_start", 4, run_id="c", inputs=value, serialized=value),
        event("tool_end", 5, run_id="t", output=value),
        event("tool_error", 6, run_id="t", error=value),
        event("retriever_end", 7, run_id="d", documents=value),
    )
    actions = set(logs.action_records["action"])
    assert {"on_agent_action", "on_agent_finish", "on_tool_error", "on_retriever_end", "on_chain_start"} <= actions
    assert all(records(logs))
    assert logs.session_analysis.columns
