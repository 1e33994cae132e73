"""Traces that belong to one conversation, across sessions."""

import pytest

from lctrack_analysis import Logs
from tests.analysis.conftest import Load
from tests.analysis.writing import Line, chain, event, llm


def turn(run_id: str, start: float, session: str, **metadata: object) -> list[Line]:
    return [line | {"session_id": session} for line in chain(run_id, start, start + 1, metadata=metadata)]


def told(logs: Logs, *columns: str) -> list[tuple[object, ...]]:
    return logs.conversations.select("conversation_id", *columns).rows()


def test_turns_in_several_sessions_are_one_conversation(load_events: Load) -> None:
    logs = load_events(
        *turn("a", 0, "one", thread_id="t", user_id="u"), *turn("b", 5, "two", thread_id="t"), *turn("c", 9, "two")
    )
    assert told(logs, "session_ids", "traces", "runs", "user_id") == [("t", ["one", "two"], 2, 2, "u")]
    [row] = logs.conversations.to_dicts()
    assert (row["end_time"] - row["start_time"]).total_seconds() == 6


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"thread_id": "t", "session_id": "s"}, ["t"]),
        ({"thread_id": "", "session_id": "s", "conversation_id": "c"}, ["s"]),
        ({"conversation_id": 7}, ["7"]),
        ({"thread_id": None}, []),
        ({}, []),
    ],
)
def test_the_first_of_three_names_is_the_id(
    metadata: dict[str, object], expected: list[str], load_events: Load
) -> None:
    assert expected == load_events(*turn("a", 0, "s", **metadata)).conversations["conversation_id"].to_list()


def test_a_run_below_the_root_may_name_the_conversation(load_events: Load) -> None:
    model = [line | {"parent_run_id": "a", "metadata": {"thread_id": "t"}} for line in llm("m", ["p"], [["a"]])]
    assert told(load_events(*chain("a"), *model), "traces", "runs", "llm_calls") == [("t", 1, 2, 1)]


def test_projects_share_no_conversation(load_events: Load) -> None:
    marks = [event("session_start", 0, session={"project": name}) | {"session_id": name} for name in ("p", "q")]
    logs = load_events(*marks, *turn("a", 1, "p", thread_id="1"), *turn("b", 2, "q", thread_id="1"))
    assert told(logs, "project", "traces") == [("1", "p", 1), ("1", "q", 1)]
