"""Starts meet ends by run id: each run is one row, whatever the order and number of its lines."""

from pathlib import Path

import pytest

from lctrack_analysis import load
from tests.analysis.conftest import Load
from tests.analysis.writing import Line, ai, chain, chat, event, human, llm, numbered, segment_start, token, write


def test_interleaved_runs_are_paired_by_their_ids(load_events: Load) -> None:
    starts = [event("chain_start", n, run_id=f"r{n}", inputs=n) for n in range(5)]
    ends = [event("chain_end", 20 - n, run_id=f"r{n}", outputs=n) for n in (3, 0, 4, 1, 2)]
    runs = load_events(*starts, *ends).runs
    assert [(f"r{n}", str(n), str(n), 20_000.0 - 2_000 * n) for n in range(5)] == runs.select(
        "run_id", "inputs", "outputs", "duration_ms"
    ).rows()


def test_a_run_without_an_end_is_open(load_events: Load) -> None:
    [run] = load_events(*chain("r", end=None)).runs.to_dicts()
    assert run["status"] == "open"
    assert [run["end_time"], run["duration_ms"], run["outputs"]] == [None, None, None]


def test_the_open_runs_of_a_killed_process_are_there_with_all_their_ancestors(load_events: Load) -> None:
    logs = load_events(
        *chain("root", 0, None),
        *chain("done", 1, 2, parent_run_id="root"),
        *chain("step", 3, None, parent_run_id="root"),
        event("llm_start", 4, run_id="call", parent_run_id="step", prompts=["p"]),
    )
    assert logs.runs.select("run_id", "status").rows() == [
        ("root", "open"),
        ("done", "ok"),
        ("step", "open"),
        ("call", "open"),
    ]
    assert logs.traces["status"].to_list() == ["open"]
    assert logs.sessions["status"].to_list() == ["open"]
    assert logs.generations.is_empty()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("chain_end", "chain"), ("llm_end", "llm"), ("tool_end", "tool"), ("retriever_end", "retriever"),
     ("span_end", "chain"), ("tool_error", "tool"), ("span_error", "chain")],
)  # fmt: skip
def test_an_end_without_a_start_is_a_run_without_a_beginning(name: str, kind: str, load_events: Load) -> None:
    [run] = load_events(event(name, 2, run_id="r", parent_run_id="gone", trace_id="t")).runs.to_dicts()
    assert (kind, "error" if name.endswith("error") else "ok", "t") == (run["kind"], run["status"], run["trace_id"])
    assert [run["start_time"], run["duration_ms"]] == [None, None]


def test_of_several_starts_and_ends_the_earliest_count(load_events: Load) -> None:
    logs = load_events(
        event("chain_start", 2, run_id="r", name="late"),
        event("chain_end", 9, run_id="r", outputs="late"),
        event("chain_start", 1, run_id="r", name="early"),
        event("chain_end", 8, run_id="r", outputs="early"),
    )
    [run] = logs.runs.to_dicts()
    assert (run["name"], run["outputs"], run["duration_ms"]) == ("early", '"early"', 7_000.0)


def test_runs_without_an_id_are_events_only(load_events: Load) -> None:
    logs = load_events(event("chain_start"), event("chain_end", run_id=None))
    assert logs.events.height == 3
    assert logs.runs.is_empty()


def test_a_run_that_two_handlers_recorded_counts_once(tmp_path: Path) -> None:
    asked = chat("call", [human("hi")], ai("hello", usage_metadata={"input_tokens": 1, "output_tokens": 2}))
    lines = [
        *chain("root", 0, 9),
        *[line | {"parent_run_id": "root"} for line in asked],
        *[token(0.1 * n, "call") for n in range(1, 4)],
        *[line | {"parent_run_id": "root"} for line in llm("old", ["p", "q"], [["a"], ["b"]], 2)],
        event("tool_error", 4, run_id="tool", parent_run_id="root", error={"type": "E", "message": "m"}),
    ]
    for name, delay in (("one", 0), ("two", 5)):
        shifted = [line | {"ts": line["ts"] + delay, "session_id": name} for line in lines]
        write(tmp_path / f"{name}.jsonl", *numbered([segment_start(name), *shifted]))
    logs = load(tmp_path)
    counts = {name: logs.table(name).height for name in ("runs", "traces", "generations", "messages", "errors")}
    assert counts == {"runs": 4, "traces": 1, "generations": 3, "messages": 2, "errors": 1}
    assert logs.sql("SELECT sum(total_tokens), sum(chunks) FROM runs").row(0) == (3, 3)
    assert logs.sessions.select("session_id", "runs").rows() == [("one", 4), ("two", 0)]


def test_a_run_that_goes_on_in_the_next_segment_is_one_run(tmp_path: Path) -> None:
    start, end = chain("r", 0, 5)
    write(tmp_path / "1.jsonl", *numbered([segment_start("1"), start]))
    write(tmp_path / "2.jsonl", *numbered([segment_start("2"), end]))
    assert load(tmp_path).runs.select("status", "duration_ms").rows() == [("ok", 5_000.0)]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_runs_whose_parents_form_a_circle_are_kept_as_recorded(size: int, load_events: Load) -> None:
    ring: list[Line] = []
    for n in range(size):
        ring += chain(f"r{n}", n, n + 1, parent_run_id=f"r{(n + 1) % size}", trace_id="t")
    logs = load_events(*ring, *chain("below", 8, 9, parent_run_id="r0", trace_id="t"))
    assert {("t", 0)} == set(logs.runs.select("trace_id", "depth").rows())
    assert logs.runs.height == size + 1
    assert logs.traces.select("trace_id", "runs").rows() == [("t", size + 1)]


def test_a_run_whose_parent_was_not_recorded_is_the_top_of_what_was(load_events: Load) -> None:
    logs = load_events(
        *chain("child", 1, 2, parent_run_id="gone", trace_id="gone"),
        *chain("grandchild", 1.5, 1.6, parent_run_id="child", trace_id="gone"),
    )
    assert logs.runs.select("run_id", "parent_run_id", "trace_id", "depth").rows() == [
        ("child", "gone", "gone", 0),
        ("grandchild", "child", "gone", 1),
    ]
    assert logs.traces.select("trace_id", "name", "depth").rows() == [("gone", "child", 1)]


def test_trace_ids_are_repaired_through_the_parents(load_events: Load) -> None:
    logs = load_events(
        *chain("root", 0, 9, trace_id="root"),
        *chain("a", 1, 8, parent_run_id="root", trace_id="wrong"),
        *chain("b", 2, 7, parent_run_id="a"),
        *chain("c", 3, 6, parent_run_id="b", trace_id="b"),
    )
    assert logs.runs.select("trace_id", "depth").rows() == [("root", 0), ("root", 1), ("root", 2), ("root", 3)]
    assert logs.traces.select("runs", "depth").rows() == [(4, 3)]


def test_a_very_deep_trace_is_followed_to_its_end(load_events: Load) -> None:
    lines = [event("chain_start", n, run_id=f"r{n}", parent_run_id=f"r{n - 1}" if n else None) for n in range(1_500)]
    assert load_events(*lines).traces.select("runs", "depth").row(0) == (1_500, 1_499)
