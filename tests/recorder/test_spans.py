"""Spans record code without LangChain as runs, nested as the code is."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lctrack import Recorder
from tests.recorder.support import only, read_events


def parents(directory: Path) -> dict[str, str | None]:
    """Give the name of the run around each run, by name."""
    starts = [line for line in read_events(directory) if line["event"].endswith("_start")]
    run_names = {line["run_id"]: line["name"] for line in starts}
    return {line["name"]: run_names.get(line.get("parent_run_id")) for line in starts}


def test_a_span_says_what_it_is_and_what_went_in_and_out(tmp_path: Path) -> None:
    with (
        Recorder(tmp_path) as recorder,
        recorder.span("ask", kind="llm", inputs=["q"], tags=["t"], metadata={"m": 1}, model="gpt") as span,
    ):
        span.set_outputs({"text": "a"})
        span.set_usage(input_tokens=1, output_tokens=2)
    start, end = only(tmp_path, "span_start"), only(tmp_path, "span_end")
    expected = {"name": "ask", "kind": "llm", "inputs": ["q"], "tags": ["t"], "metadata": {"m": 1}, "model": "gpt"}
    assert expected.items() <= start.items()
    assert (end["outputs"], end["usage"]) == ({"text": "a"}, {"input_tokens": 1, "output_tokens": 2})
    assert start["run_id"] == start["trace_id"] == end["run_id"] == span.run_id


def test_spans_nest(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder, recorder.span("root") as root:
        with recorder.span("first"), recorder.span("inner"):
            pass
        with recorder.span("second"):
            pass
    assert parents(tmp_path) == {"root": None, "first": "root", "inner": "first", "second": "root"}
    assert {root.run_id} == {line["trace_id"] for line in read_events(tmp_path)}


def test_spans_of_concurrent_tasks_do_not_mix(tmp_path: Path) -> None:
    async def work(name: str) -> None:
        async with recorder.span(name):
            await asyncio.sleep(0)
            async with recorder.span(f"{name} inner"):
                await asyncio.sleep(0)

    async def main() -> None:
        async with recorder.span("root"):
            await asyncio.gather(work("a"), work("b"))

    with Recorder(tmp_path) as recorder:
        asyncio.run(main())
    assert parents(tmp_path) == {"root": None, "a": "root", "b": "root", "a inner": "a", "b inner": "b"}


def test_a_task_that_outlives_its_span_stays_in_the_trace(tmp_path: Path) -> None:
    async def late() -> None:
        await asyncio.sleep(0.01)
        with recorder.span("late"):
            pass

    async def main() -> None:
        with recorder.span("root"):
            with recorder.span("middle"):
                task = asyncio.create_task(late())
            await task

    with Recorder(tmp_path) as recorder:
        asyncio.run(main())
    assert parents(tmp_path) == {"root": None, "middle": "root", "late": "middle"}
    assert len({line["trace_id"] for line in read_events(tmp_path)}) == 1


def test_an_error_is_recorded_and_goes_on_its_way(tmp_path: Path) -> None:
    def work() -> None:
        with recorder.span("x") as span:
            span.set_outputs("half")
            raise LookupError("gone")

    with Recorder(tmp_path) as recorder, pytest.raises(LookupError, match="gone"):
        work()
    failure = only(tmp_path, "span_error")
    assert (failure["error"]["type"], failure["error"]["message"]) == ("LookupError", "gone")
    assert "test_spans.py" in failure["error"]["traceback"]
    assert failure["outputs"] == "half"


def test_interleaved_generators_do_not_become_each_others_parents(tmp_path: Path) -> None:
    def pieces(name: str) -> Iterator[int]:
        with recorder.span(name):
            yield 1

    with Recorder(tmp_path) as recorder:
        first, second = pieces("first"), pieces("second")
        next(first)
        next(second)
        assert not list(first)
        assert not list(second)
        with recorder.span("after"):
            pass
    assert parents(tmp_path)["after"] is None


def test_a_span_may_be_left_in_another_context_than_it_was_entered_in(tmp_path: Path) -> None:
    async def pieces() -> AsyncGenerator[int, None]:
        with recorder.span("x"):
            yield 1
            yield 2

    async def main() -> None:
        generator = pieces()
        await asyncio.create_task(first(generator))
        await asyncio.create_task(generator.aclose())

    async def first(generator: AsyncGenerator[int, None]) -> int:
        return await generator.__anext__()

    with Recorder(tmp_path) as recorder:
        asyncio.run(main())
    assert only(tmp_path, "span_error")["error"]["type"] == "GeneratorExit"


def test_a_span_in_a_copied_context_belongs_to_the_span_outside(tmp_path: Path) -> None:
    def inner() -> None:
        with recorder.span("inner"):
            pass

    with Recorder(tmp_path) as recorder, recorder.span("outer"):
        contextvars.copy_context().run(inner)
    assert parents(tmp_path) == {"outer": None, "inner": "outer"}


def test_a_thread_of_a_pool_is_within_the_span_only_in_a_copy_of_its_context(tmp_path: Path) -> None:
    def work(name: str) -> None:
        with recorder.span(name):
            pass

    with Recorder(tmp_path) as recorder, recorder.span("outer"), ThreadPoolExecutor(1) as pool:
        pool.submit(work, "alone").result()
        pool.submit(contextvars.copy_context().run, work, "carried over").result()
    assert parents(tmp_path) == {"outer": None, "alone": None, "carried over": "outer"}


def test_recorders_do_not_see_each_others_spans(tmp_path: Path) -> None:
    with (
        Recorder(tmp_path / "a") as recorder,
        Recorder(tmp_path / "b") as other,
        recorder.span("outer"),
        other.span("other"),
        recorder.span("inner"),
    ):
        pass
    assert parents(tmp_path / "a") == {"outer": None, "inner": "outer"}
    assert parents(tmp_path / "b") == {"other": None}
