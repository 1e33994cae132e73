"""A session is what was recorded under one set of labels, with its totals."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from lctrack_analysis import Logs, load
from lctrack_analysis.columns import LATENCY_KINDS
from tests.analysis.conftest import Load
from tests.analysis.writing import Line, chain, event, llm, numbered, segment_start, write


def start(session_id: str = "s", second: float = 0, **labels: Any) -> Line:
    return event("session_start", second, session_id=session_id, session=labels)


def end(session_id: str = "s", second: float = 9, **labels: Any) -> Line:
    return event("session_end", second, session_id=session_id, session=labels)


def test_the_labels_a_session_ends_with_are_the_ones_it_keeps(load_events: Load) -> None:
    begun: dict[str, Any] = {"project": "p", "name": "before", "notes": "old"}
    ended: dict[str, Any] = {
        "project": "p", "name": "after", "group": "g", "entity": "e", "job_type": "j", "tags": ["a", "b"],
        "notes": "n", "params": {"temperature": 0.5},
    }  # fmt: skip
    [row] = load_events(start(**begun), *chain("r"), end(**ended)).sessions.to_dicts()
    expected = {
        "project": "p", "name": "after", "group_name": "g", "entity": "e", "job_type": "j", "tags": ["a", "b"],
        "notes": "n", "params": '{"temperature":0.5}', "status": "ended", "host": "box", "segments": ["one"],
        "events": 2, "runs": 1, "traces": 1, "duration_ms": 9_000,
    }  # fmt: skip
    assert expected == {key: row[key] for key in expected}


def test_a_session_without_an_end_is_open_and_has_the_labels_it_began_with(load_events: Load) -> None:
    logs = load_events(start(name="n", tags="one"), *chain("r"))
    assert logs.sessions.select("name", "tags", "status").rows() == [("n", ["one"], "open")]


def test_a_session_whose_marks_were_lost_is_known_by_its_events(load_events: Load) -> None:
    logs = load_events(*chain("r", 1, 3))
    assert logs.sessions.select("session_id", "name", "status", "duration_ms").rows() == [("s", None, "open", 2_000)]


def test_odd_labels_do_not_stop_the_reading(load_events: Load) -> None:
    odd = [None, "text", [1], {"tags": {"a": 1}, "name": 7, "params": [1]}, {"tags": [None, 1]}]
    marks = [event("session_start", n, session_id=f"s{n}", session=labels) for n, labels in enumerate(odd)]
    expected = [("s0", None), ("s1", None), ("s2", None), ("s3", "7"), ("s4", None)]
    assert expected == load_events(*marks).sessions.select("session_id", "name").rows()


def test_two_sessions_in_one_segment_are_two_rows(load_events: Load) -> None:
    second = [line | {"session_id": "t"} for line in chain("b", 4, 5)]
    logs = load_events(start(), *chain("a"), end(second=2), start("t", 3), *second, end("t", 6))
    assert logs.sessions.select("session_id", "runs", "starts", "segments").rows() == [
        ("s", 1, 1, ["one"]),
        ("t", 1, 1, ["one"]),
    ]


def test_a_session_in_two_segments_is_one_row(tmp_path: Path) -> None:
    write(tmp_path / "1.jsonl", *numbered([segment_start("1"), start(), *chain("a")]))
    write(tmp_path / "2.jsonl", *numbered([segment_start("2"), *chain("b", 4, 5), end(second=6)]))
    logs = load(tmp_path)
    expected = ("s", 2, ["1", "2"], "ended", 6_000)
    assert [expected] == logs.sessions.select("session_id", "runs", "segments", "status", "duration_ms").rows()


def test_a_segment_that_only_began_is_no_session(load_events: Load) -> None:
    logs = load_events(event("segment_end", 1, reason="closed"))
    assert logs.sessions.is_empty()


def test_runs_of_no_session_are_runs_all_the_same(load_events: Load) -> None:
    logs = load_events(*[line | {"session_id": None} for line in chain("r")])
    assert [logs.runs.height, logs.traces.height, logs.sessions.height] == [1, 1, 0]


def test_the_counters_follow_the_rules_of_the_trackers(load_events: Load) -> None:
    logs = load_events(
        *chain("c"),
        *llm("m", ["p", "q"], [["a"], ["b"]]),
        event("text", 1, run_id="c", text="x"),
        event("agent_action", 1, run_id="c", action={}),
        event("tool_start", 1, run_id="t"),
        event("tool_error", 2, run_id="t", error={"type": "E"}),
        event("agent_finish", 3, run_id="c", finish={}),
        event("retriever_start", 3, run_id="v"),
        event("retriever_end", 4, run_id="v"),
        event("chain_start", 5, run_id="open"),
    )
    names = ["step", "starts", "ends", "errors", "text_ctr", "chain_starts", "chain_ends", "llm_starts", "llm_ends",
             "llm_streams", "tool_starts", "tool_ends", "agent_ends", "retriever_starts", "retriever_ends"]  # fmt: skip
    assert logs.sessions.select(names).row(0) == (12, 6, 4, 1, 1, 2, 1, 1, 1, 0, 2, 0, 1, 1, 1)


def test_percentiles_are_those_of_the_runs_that_ended(samples: Logs) -> None:
    for session in samples.sessions.to_dicts():
        runs = samples.runs.filter(samples.runs["session_id"] == session["session_id"])
        for prefix, kinds in LATENCY_KINDS.items():
            durations = runs.filter(runs["kind"].is_in(kinds))["duration_ms"].drop_nulls().to_numpy()
            for percent in (50, 90, 99):
                column = f"{prefix}_p{percent}_ms"
                expected = np.percentile(durations, percent) if durations.size else None
                assert _close(expected, session[column]), (session["name"], column)
        first = runs["time_to_first_token_ms"].drop_nulls().to_numpy()
        assert _close(np.median(first) if first.size else None, session["ttft_p50_ms"])


def test_the_totals_of_sessions_and_traces_are_those_of_their_runs(samples: Logs) -> None:
    for column in ("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "reasoning_tokens"):
        expected = samples.runs[column].sum()
        assert expected > 0
        assert expected == samples.sessions[column].sum() == samples.traces[column].sum()
    errors = samples.runs.filter(samples.runs["status"] == "error").height
    assert errors == samples.sessions["errors"].sum() == samples.traces["errors"].sum() == samples.errors.height
    assert samples.runs.height == samples.sessions["runs"].sum() == samples.traces["runs"].sum()


def _close(expected: Any, actual: Any) -> bool:
    return expected is actual is None or math.isclose(expected, actual, rel_tol=1e-9)
