"""A LangGraph run that pauses to ask somebody is no error: not in any table, not in any count."""

from pathlib import Path
from typing import Any

import pytest

from lctrack import LogCallbackHandler
from lctrack.format import STEERING
from lctrack_analysis import Logs, load
from lctrack_analysis.columns import TABLES
from lctrack_analysis.questions import error_groups
from tests.analysis.conftest import Load
from tests.analysis.writing import chain, event

pytest.importorskip("langgraph")
from langgraph import errors
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt


def asking() -> Any:
    """Make a graph in a graph, whose node asks somebody."""
    inner: Any = StateGraph(dict)
    inner.add_node("ask", lambda _: {"answer": interrupt("may I?")})
    inner.add_edge(START, "ask")
    outer: Any = StateGraph(dict)
    outer.add_node("inner", inner.compile())
    outer.add_edge(START, "inner")
    return outer.compile(checkpointer=InMemorySaver())


def handing_over() -> Any:
    """Make a graph in a graph, whose node hands over to a node of the outer one."""
    inner: Any = StateGraph(dict)
    inner.add_node("jump", lambda _: Command(graph=Command.PARENT, goto="last"))
    inner.add_edge(START, "jump")
    outer: Any = StateGraph(dict)
    outer.add_node("inner", inner.compile())
    outer.add_node("last", lambda _: {"done": True})
    outer.add_edge(START, "inner")
    return outer.compile()


@pytest.fixture
def paused(tmp_path: Path) -> Logs:
    graph = asking()
    with LogCallbackHandler(tmp_path, name="ask") as handler:
        config = {"callbacks": [handler], "configurable": {"thread_id": "1"}}
        assert "__interrupt__" in graph.invoke({"question": "?"}, config)
        assert graph.invoke(Command(resume="yes"), config) == {"answer": "yes"}
    return load(tmp_path)


@pytest.fixture
def handed(tmp_path: Path) -> Logs:
    with LogCallbackHandler(tmp_path, name="hand over") as handler:
        handing_over().invoke({"question": "?"}, {"callbacks": [handler]})
    return load(tmp_path)


def test_what_langgraph_reports_is_an_error_with_these_names(paused: Logs) -> None:
    reported = paused.sql("SELECT DISTINCT data ->> '$.error.type' AS type FROM events WHERE event = 'chain_error'")
    assert reported["type"].to_list() == ["langgraph.errors.GraphInterrupt"]


@pytest.mark.filterwarnings("ignore")
def test_the_names_are_those_of_langgraph() -> None:
    for name in STEERING:
        assert issubclass(getattr(errors, name.rpartition(".")[2]), errors.GraphBubbleUp)


def test_runs_that_pause_are_interrupted_and_have_no_error(paused: Logs) -> None:
    runs = paused.runs.filter(status="interrupted")
    assert set(runs["name"]) == {"inner", "LangGraph", "ask"}
    assert runs["error_type"].null_count() == runs["error_message"].null_count() == 3
    assert set(paused.runs.filter(trace_id=paused.traces["trace_id"][1])["status"]) == {"ok"}


def test_a_pause_is_in_no_table_of_errors_and_in_no_counter(paused: Logs) -> None:
    assert paused.errors.is_empty()
    assert error_groups(paused).frame.is_empty()
    for name, table in TABLES.items():
        if "errors" in {column.name for column in table.columns}:
            assert not paused.table(name)["errors"].sum(), name


def test_a_trace_that_paused_is_interrupted_and_the_one_that_resumes_it_is_not(paused: Logs) -> None:
    assert paused.traces["status"].to_list() == ["interrupted", "ok"]


def test_what_paused_has_ended_in_the_counters(paused: Logs) -> None:
    [session] = paused.sessions.to_dicts()
    runs = paused.runs.height
    assert (session["starts"], session["ends"], session["chain_ends"]) == (runs, runs, runs)
    last = paused.action_records.row(-1, named=True)
    counters = ("step", "starts", "ends", "errors", "chain_starts", "chain_ends")
    assert {name: session[name] for name in counters} == {name: last[name] for name in counters}


def test_a_node_that_hands_over_is_done(handed: Logs) -> None:
    assert set(handed.runs["status"]) == {"ok"}
    assert handed.errors.is_empty()


@pytest.mark.parametrize("kind", ["tool", "chain", "llm", "retriever"])
def test_any_kind_of_run_can_pause(kind: str, load_events: Load) -> None:
    error = {"type": "langgraph.errors.GraphInterrupt", "message": "()"}
    logs = load_events(
        *chain("root", 0, 5),
        event(f"{kind}_start", 1, run_id="r", parent_run_id="root"),
        event(f"{kind}_error", 2, run_id="r", parent_run_id="root", error=error),
    )
    assert logs.runs.filter(run_id="r")["status"].to_list() == ["interrupted"]
    assert f"on_{kind}_end" in logs.action_records["action"].to_list()


def test_an_error_of_another_library_with_such_a_name_is_one(load_events: Load) -> None:
    error = {"type": "mine.GraphInterrupt", "message": "no"}
    logs = load_events(event("chain_start", 0, run_id="r"), event("chain_error", 1, run_id="r", error=error))
    assert logs.errors["type"].to_list() == ["mine.GraphInterrupt"]


def pause(run_id: str, at: int, parent: str = "root") -> list[dict[str, Any]]:
    """Give a run called `ask` that pauses."""
    error = {"type": "langgraph.errors.GraphInterrupt", "message": "()"}
    return [
        event("chain_start", at, run_id=run_id, parent_run_id=parent, name="ask"),
        event("chain_error", at + 1, run_id=run_id, parent_run_id=parent, error=error),
    ]


def test_a_trace_in_which_what_paused_went_through_later_is_ok(load_events: Load) -> None:
    went_on = [{**each, "name": "ask", "parent_run_id": "root"} for each in chain("again", 3, 4)]
    logs = load_events(*chain("root", 0, 9), *pause("first", 1), *went_on)
    assert logs.traces["status"].to_list() == ["ok"]


def test_a_trace_in_which_what_went_through_paused_later_is_interrupted(load_events: Load) -> None:
    went_on = [{**each, "name": "ask", "parent_run_id": "root"} for each in chain("before", 1, 2)]
    logs = load_events(*chain("root", 0, 9), *went_on, *pause("last", 3))
    assert logs.traces["status"].to_list() == ["interrupted"]


def test_a_trace_whose_root_failed_or_did_not_end_is_that_although_a_run_paused(load_events: Load) -> None:
    failed = event("chain_error", 9, run_id="root", error={"type": "ValueError", "message": "no"})
    start, _ = chain("root", 0, 9)
    assert load_events(start, *pause("a", 1), failed).traces["status"].to_list() == ["error"]
    assert load_events(start, *pause("a", 1)).traces["status"].to_list() == ["open"]
