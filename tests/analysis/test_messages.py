"""Chat messages, in and out of calls."""

import json
from typing import Any

from lctrack_analysis import Logs
from tests.analysis.conftest import Load
from tests.analysis.writing import START, Line, ai, call, chat, event, generation, human, llm


def told(logs: Logs, *columns: str) -> list[tuple[object, ...]]:
    return logs.messages.select(columns).rows()


def test_a_call_gives_its_messages_in_and_out_with_their_times(load_events: Load) -> None:
    logs = load_events(*chat("r", [{"type": "system", "content": "s"}, human("h")], ai("a")))
    assert told(logs, "direction", "position", "role", "content") == [
        ("in", 0, "system", "s"),
        ("in", 1, "user", "h"),
        ("out", 2, "assistant", "a"),
    ]
    times = logs.sql("SELECT epoch_ns(time) AS t FROM messages ORDER BY position")["t"].to_list()
    assert times == [START, START, START + 1_000_000_000]


def test_answers_continue_the_count_of_their_own_conversation(load_events: Load) -> None:
    answers = [[generation(ai("a0")), generation(ai("a1"))], [generation(ai("b0"))]]
    logs = load_events(
        event("chat_model_start", 0, run_id="r", messages=[[human("x"), human("y"), human("z")], [human("w")]]),
        event("llm_end", 1, run_id="r", generations=answers),
    )
    assert told(logs, "batch_index", "position", "content") == [
        (0, 0, "x"), (0, 1, "y"), (0, 2, "z"), (0, 3, "a0"), (0, 4, "a1"), (1, 0, "w"), (1, 1, "b0"),
    ]  # fmt: skip


def test_an_answer_whose_start_was_lost_is_at_the_beginning(load_events: Load) -> None:
    logs = load_events(chat("r", [human("h")], ai("a"))[1])
    assert told(logs, "direction", "position", "content") == [("out", 0, "a")]


def test_a_message_keeps_its_name_ids_and_tool_calls(load_events: Load) -> None:
    asked = call("look", "c1", at="it")
    result = {"type": "tool", "content": "cat", "name": "look", "tool_call_id": "c1", "id": "m2"}
    logs = load_events(*chat("r", [ai("", asked, id="m1", name="bot"), result], ai("done")))
    assert told(logs, "role", "name", "message_id", "tool_call_id") == [
        ("assistant", "bot", "m1", None),
        ("tool", "look", "m2", "c1"),
        ("assistant", None, None, None),
    ]
    assert [asked] == json.loads(logs.messages["tool_calls"][0])
    assert logs.messages["tool_calls"].to_list()[1:] == [None, None]


def test_content_blocks_give_their_text_and_are_kept(load_events: Load) -> None:
    texts: list[tuple[Any, str]] = [
        ([], ""),
        ([{"type": "text", "text": "a"}, {"type": "image_url", "image_url": "u"}, "b"], "a\nb"),
        ([{"type": "text", "text": 7}, {"type": "reasoning"}, 3], ""),
        ({"odd": 1}, '{"odd":1}'),
    ]
    logs = load_events(*chat("r", [human(content) for content, _ in texts], ai("a")))
    assert [text for _, text in texts] == logs.messages["content"].to_list()[:-1]
    assert [content for content, _ in texts] == [json.loads(blocks) for blocks in logs.messages["blocks"][:-1]]


def test_plain_content_is_no_block(load_events: Load) -> None:
    logs = load_events(*chat("r", [human("plain"), human(None), {"type": "human"}], ai("a")))
    assert told(logs, "content", "blocks") == [("plain", None), ("", None), ("", None), ("a", None)]


def test_roles_have_the_names_that_providers_use(load_events: Load) -> None:
    roles: list[tuple[Any, str]] = [
        ({"type": "human"}, "user"),
        ({"type": "AIMessageChunk"}, "assistant"),
        ({"type": "function"}, "function"),
        ({"type": "chat", "role": "critic"}, "critic"),
        ({"role": "developer"}, "developer"),
        ({"type": "of_the_future"}, "of_the_future"),
        ({}, "unknown"),
        ("text", "unknown"),
    ]
    logs = load_events(*chat("r", [message for message, _ in roles], ai("a")))
    assert [role for _, role in roles] == logs.messages["role"].to_list()[:-1]


def test_a_partial_answer_is_a_message(load_events: Load) -> None:
    start, _ = chat("r", [human("h")], ai())
    error = event("llm_error", 1, run_id="r", error={"type": "E"}, generations=[[generation(ai("hal"))]])
    assert told(load_events(start, error), "direction", "content") == [("in", "h"), ("out", "hal")]


def test_completion_calls_have_no_messages(load_events: Load) -> None:
    assert load_events(*llm("r", ["p"], [["a"]])).messages.is_empty()


def test_the_conversation_of_the_sample_agent_grows_by_what_was_said(samples: Logs) -> None:
    calls = samples.sql("""
        SELECT g.run_id, min(g.start_time) AS began FROM generations AS g JOIN sessions USING (session_id)
        WHERE sessions.name = 'adviser' GROUP BY g.run_id ORDER BY began
    """)["run_id"].to_list()
    assert len(calls) > 3
    before: list[Line] = []
    for run_id in calls:
        now = samples.messages.filter(samples.messages["run_id"] == run_id).select("role", "content").to_dicts()
        assert before == now[: len(before)]
        before = now
