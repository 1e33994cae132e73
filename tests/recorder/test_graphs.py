"""LangGraph's interrupts and resumptions are recorded, and LangGraph is never imported for it."""

import asyncio
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, Send, interrupt

import lctrack
from lctrack import LogCallbackHandler
from tests.recorder.support import only, read_events


class State(TypedDict):
    answer: str


def ask(_: State) -> State:
    return {"answer": interrupt({"question": "ship it?"})}


def graph() -> Any:
    building: Any = StateGraph(State)
    building.add_node("ask", ask)
    building.add_edge(START, "ask")
    building.add_edge("ask", END)
    return building.compile(checkpointer=InMemorySaver())


def test_a_pause_and_its_end_are_recorded_with_their_runs(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        config: Any = {"callbacks": [handler], "configurable": {"thread_id": "t"}}
        asking = graph()
        asking.invoke({"answer": ""}, config)
        assert asking.invoke(Command(resume="yes"), config) == {"answer": "yes"}
    roots = [line["run_id"] for line in read_events(tmp_path) if line.get("name") == "LangGraph"]
    paused, resumed = only(tmp_path, "interrupt"), only(tmp_path, "resume")
    assert roots == [paused["run_id"], resumed["run_id"]]
    assert [asked["value"] for asked in paused["interrupts"]] == [{"question": "ship it?"}]
    assert paused["checkpoint_id"] == resumed["checkpoint_id"]
    assert paused["checkpoint_ns"] == []


def test_autolog_hears_of_pauses_that_no_configuration_tells_it_of(tmp_path: Path) -> None:
    async def again() -> None:
        config: Any = {"configurable": {"thread_id": "other"}}
        await asking.ainvoke({"answer": ""}, config)
        await asking.ainvoke(Command(resume="yes"), config)

    asking = graph()
    lctrack.autolog(tmp_path)
    config: Any = {"configurable": {"thread_id": "t"}}
    asking.invoke({"answer": ""}, config)
    asking.invoke(Command(resume="yes"), config)
    asyncio.run(again())
    lctrack.autolog(disable=True)
    asking.invoke({"answer": ""}, {"configurable": {"thread_id": "not recorded"}})
    told = [line for line in read_events(tmp_path) if line["event"] in ("interrupt", "resume")]
    assert [line["event"] for line in told] == ["interrupt", "resume"] * 2
    roots = [line["run_id"] for line in read_events(tmp_path) if line.get("name") == "LangGraph"]
    assert roots == [line["run_id"] for line in told]


def test_autolog_and_a_configuration_with_the_same_handler_hear_once(tmp_path: Path) -> None:
    handler = lctrack.autolog(tmp_path)
    config: Any = {"callbacks": [handler], "configurable": {"thread_id": "t"}}
    graph().invoke({"answer": ""}, config)
    lctrack.autolog(disable=True)
    assert only(tmp_path, "interrupt")


def test_what_is_sent_to_nodes_is_recorded_by_its_fields(tmp_path: Path) -> None:
    building: Any = StateGraph(State)
    building.add_node("work", lambda state: {"answer": state["answer"].upper()})
    building.add_conditional_edges(START, lambda _: [Send("work", {"answer": "a"})], ["work"])
    building.add_edge("work", END)
    with LogCallbackHandler(tmp_path) as handler:
        building.compile().invoke({"answer": ""}, {"callbacks": [handler]})
    (sent,) = [line["outputs"] for line in read_events(tmp_path) if isinstance(line.get("outputs"), list)]
    assert {"node": "work", "arg": {"answer": "a"}}.items() <= sent[0].items()
    assert not [line for line in read_events(tmp_path) if "lossy" in line]


def test_the_handler_stays_what_it_was(tmp_path: Path) -> None:
    handler = LogCallbackHandler(tmp_path)
    graph().invoke({"answer": ""}, {"callbacks": [handler], "configurable": {"thread_id": "t"}})
    assert isinstance(handler, LogCallbackHandler)
    assert type(handler).__name__ == "LogCallbackHandler"
    handler.close()


def test_an_application_without_langgraph_does_not_get_it(tmp_path: Path) -> None:
    program = """
        import sys
        from lctrack import LogCallbackHandler
        from langchain_core.runnables import RunnableLambda
        with LogCallbackHandler(sys.argv[1]) as handler:
            RunnableLambda(lambda x: x).invoke(1, {"callbacks": [handler]})
        print([name for name in sys.modules if name.startswith("langgraph")])
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path)]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "[]\n"
