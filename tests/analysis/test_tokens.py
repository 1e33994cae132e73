"""Streamed tokens, one by one."""

from lctrack_analysis import Logs
from tests.analysis.conftest import Load
from tests.analysis.writing import Line, event, llm, token


def delta(second: float, run_id: str, text: str) -> Line:
    data = {"event": "content-block-delta", "index": 0, "delta": {"type": "text-delta", "text": text}}
    return event("stream_event", second, run_id=run_id, data=data)


def told(logs: Logs) -> list[tuple[object, ...]]:
    return logs.tokens.select("run_id", "position", "since_start_ms", "text").rows()


def test_a_token_has_its_place_and_its_time_since_the_start(load_events: Load) -> None:
    start, end = llm("r", ["p"], [["xx"]])
    assert told(load_events(start, token(0.25, "r"), token(0.5, "r"), end)) == [
        ("r", 0, 250.0, "x"),
        ("r", 1, 500.0, "x"),
    ]


def test_streams_that_are_mixed_are_told_apart(load_events: Load) -> None:
    logs = load_events(token(0, "a"), token(1, "b"), token(2, "a"))
    assert told(logs) == [("a", 0, None, "x"), ("b", 0, None, "x"), ("a", 1, None, "x")]


def test_the_deltas_of_the_streaming_protocol_are_tokens(load_events: Load) -> None:
    logs = load_events(delta(0, "r", "a"), event("stream_event", 0, run_id="r", data={"event": "message-finish"}))
    assert told(logs) == [("r", 0, None, "a")]
    assert logs.action_records.select("action", "token", "llm_streams").rows() == [("on_llm_new_token", "a", 1)]


def test_pieces_that_come_as_tokens_and_as_deltas_are_the_tokens(load_events: Load) -> None:
    logs = load_events(delta(0, "r", "a"), token(0, "r"))
    assert told(logs) == [("r", 0, None, "x")]
    assert logs.action_records["llm_streams"].to_list() == [1]


def test_tokens_of_the_samples_make_up_the_answers(samples: Logs) -> None:
    streamed = samples.sql("SELECT run_id, string_agg(text, '' ORDER BY position) FROM tokens GROUP BY 1").rows()
    texts = dict(samples.generations.select("run_id", "text").rows())
    assert streamed
    assert {run_id: texts[run_id] for run_id, _ in streamed} == dict(streamed)
