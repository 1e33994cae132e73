"""Spans and LangChain runs are each other's parents, as the code is nested."""

import asyncio
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool

from lctrack import LogCallbackHandler, Recorder
from tests.recorder.applications import chat
from tests.recorder.support import read_events
from tests.recorder.test_spans import parents


def test_a_chain_within_a_span_is_its_child(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler, handler.recorder.span("span"):
        RunnableLambda(str, name="chain").invoke(1, {"callbacks": [handler]})
    assert parents(tmp_path) == {"span": None, "chain": "span"}
    assert len({line["trace_id"] for line in read_events(tmp_path)}) == 1


def test_a_span_within_a_tool_is_its_child(tmp_path: Path) -> None:
    @tool
    def look_up(key: str) -> str:
        """Look something up."""
        with handler.recorder.span("query"), handler.recorder.span("parse"):
            return key

    with LogCallbackHandler(tmp_path) as handler:
        look_up.invoke({"key": "x"}, {"callbacks": [handler]})
    assert parents(tmp_path) == {"look_up": None, "query": "look_up", "parse": "query"}


def test_both_directions_at_once(tmp_path: Path) -> None:
    def within(value: Any) -> Any:
        with handler.recorder.span("inner span"):
            return RunnableLambda(str, name="inner chain").invoke(value)

    with LogCallbackHandler(tmp_path) as handler, handler.recorder.span("outer span"):
        config: RunnableConfig = {"callbacks": [handler]}
        (RunnableLambda(within, name="first") | RunnableLambda(str, name="second")).invoke(1, config)
    assert parents(tmp_path) == {
        "outer span": None,
        "RunnableSequence": "outer span",
        "first": "RunnableSequence",
        "inner span": "first",
        "inner chain": "inner span",
        "second": "RunnableSequence",
    }
    assert len({line["trace_id"] for line in read_events(tmp_path)}) == 1


def test_both_directions_at_once_in_async_code(tmp_path: Path) -> None:
    async def within(value: Any) -> Any:
        async with handler.recorder.span(f"span {value}"):
            return await RunnableLambda(str, name=f"inner {value}").ainvoke(value)

    async def main() -> None:
        chain = RunnableLambda(lambda x: x, afunc=within, name="outer")
        async with handler.recorder.span("root"):
            await chain.abatch([1, 2], [{"callbacks": [handler], "run_name": f"outer {n}"} for n in (1, 2)])

    with LogCallbackHandler(tmp_path) as handler:
        asyncio.run(main())
    assert parents(tmp_path) == {
        "root": None,
        "outer 1": "root",
        "outer 2": "root",
        "span 1": "outer 1",
        "span 2": "outer 2",
        "inner 1": "span 1",
        "inner 2": "span 2",
    }


def test_a_chain_with_callbacks_of_its_own_within_a_span_within_a_chain_is_the_spans_child(tmp_path: Path) -> None:
    def within(value: Any) -> Any:
        with handler.recorder.span("span"):
            return RunnableLambda(str, name="inner").invoke(value, {"callbacks": [handler]})

    with LogCallbackHandler(tmp_path) as handler:
        RunnableLambda(within, name="outer").invoke(1, {"callbacks": [handler]})
    assert parents(tmp_path) == {"outer": None, "span": "outer", "inner": "span"}


def test_a_chain_that_is_not_recorded_is_passed_over(tmp_path: Path) -> None:
    def within(value: Any) -> Any:
        with handler.recorder.span("inner"):
            model = chat()
            model.callbacks = [handler]
            return model.with_config(run_name="model").invoke(str(value))

    with LogCallbackHandler(tmp_path) as handler, handler.recorder.span("outer"):
        RunnableLambda(within, name="not recorded").invoke(1)
    assert parents(tmp_path) == {"outer": None, "inner": "outer", "model": "inner"}


def test_a_recorder_without_langchain_ignores_what_langchain_runs_around_it(tmp_path: Path) -> None:
    def within(value: Any) -> Any:
        with recorder.span("inner"):
            return value

    with Recorder(tmp_path) as recorder, recorder.span("outer"):
        RunnableLambda(within).invoke(1)
    assert parents(tmp_path) == {"outer": None, "inner": "outer"}
