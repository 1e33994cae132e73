"""A span as a decorator records each call of a function, and leaves the function what it was."""

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool

from lctrack import LogCallbackHandler, Recorder, _traced
from tests.recorder.support import Line, only, read_events
from tests.recorder.test_spans import parents


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    with Recorder(tmp_path) as recorder:
        yield recorder


def spans(directory: Path) -> list[tuple[Any, Any]]:
    """Give inputs and outputs of each span, in the order in which they began."""
    lines = read_events(directory)
    ends = {line["run_id"]: line.get("outputs") for line in lines if line["event"] in ("span_end", "span_error")}
    return [(line.get("inputs"), ends[line["run_id"]]) for line in lines if line["event"] == "span_start"]


def error(directory: Path) -> Line:
    return dict(only(directory, "span_error")["error"])


def test_a_call_has_its_arguments_by_name_and_what_it_returned(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("add", kind="tool", tags=["t"], metadata={"m": 1})
    def add(first: int, second: int = 2, *more: int, scale: int = 1, **rest: int) -> int:
        return (first + second + sum(more)) * scale + sum(rest.values())

    assert add(1, scale=3) == 9
    assert add(1, 2, 3, scale=1, other=4) == 10
    assert spans(tmp_path) == [
        ({"first": 1, "second": 2, "more": [], "scale": 3, "rest": {}}, 9),
        ({"first": 1, "second": 2, "more": [3], "scale": 1, "rest": {"other": 4}}, 10),
    ]
    start = read_events(tmp_path)[0]
    assert {"name": "add", "kind": "tool", "tags": ["t"], "metadata": {"m": 1}}.items() <= start.items()


def test_each_call_is_a_run_of_its_own_within_the_run_that_calls(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("countdown")
    def countdown(number: int) -> int:
        return countdown(number - 1) if number else 0

    countdown(2)
    starts = [line for line in read_events(tmp_path) if line["event"] == "span_start"]
    assert len({line["run_id"] for line in starts}) == 3
    assert [None, *(line["run_id"] for line in starts[:-1])] == [line.get("parent_run_id") for line in starts]


def test_arguments_are_recorded_as_they_are_when_the_function_is_called(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("drain")
    def drain(items: list[int]) -> None:
        items.clear()

    drain([1, 2])
    assert spans(tmp_path) == [({"items": [1, 2]}, None)]


def test_a_decorated_function_finds_its_own_span(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("ask", kind="llm")
    def ask() -> None:
        span = recorder.active_span()
        assert span is not None
        span.set_usage(input_tokens=3)

    ask()
    assert recorder.active_span() is None
    assert only(tmp_path, "span_end")["usage"] == {"input_tokens": 3}


def test_inputs_of_the_span_itself_take_the_place_of_the_arguments(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("sign in", inputs="not recorded")
    def sign_in(password: str) -> str:
        return password[:1]

    sign_in("secret")
    assert spans(tmp_path) == [("not recorded", "s")]


def test_methods_are_recorded_without_the_object_they_are_of(tmp_path: Path, recorder: Recorder) -> None:
    class Library:
        @recorder.span("method")
        def method(self, query: str) -> str:
            return query

        @recorder.span("class method")
        @classmethod
        def of_class(cls, query: str) -> type:
            assert query == "b"
            return cls

        @recorder.span("static method")
        @staticmethod
        def static(query: str) -> str:
            return query

        @property
        @recorder.span("property")
        def size(self) -> int:
            return 3

    assert (Library().method("a"), Library.of_class("b"), Library.static("c"), Library().size) == ("a", Library, "c", 3)
    assert [inputs for inputs, _ in spans(tmp_path)] == [{"query": "a"}, {"query": "b"}, {"query": "c"}, {}]


def test_coroutines_are_recorded_until_they_are_done(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("fetch")
    async def fetch(page: int) -> int:
        with recorder.span(f"inner {page}"):
            await asyncio.sleep(0)
        return page * 10

    async def main() -> list[int]:
        return list(await asyncio.gather(fetch(1), fetch(page=2)))

    assert asyncio.run(main()) == [10, 20]
    assert sorted(spans(tmp_path), key=str) == [(None, None), (None, None), ({"page": 1}, 10), ({"page": 2}, 20)]
    assert parents(tmp_path) == {"fetch": None, "inner 1": "fetch", "inner 2": "fetch"}


def test_a_generator_is_one_run_with_all_that_it_yields(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("count")
    def count(to: int) -> Generator[int, str, str]:
        heard = []
        for number in range(to):
            with recorder.span(f"number {number}"):
                heard.append((yield number))
        return "".join(filter(None, heard))

    counting = count(2)
    assert (next(counting), counting.send("a")) == (0, 1)
    with recorder.span("consumer"), pytest.raises(StopIteration) as stopped:
        counting.send("b")
    assert stopped.value.value == "ab"
    assert spans(tmp_path)[0] == ({"to": 2}, [0, 1])
    assert parents(tmp_path) == {"count": None, "number 0": "count", "number 1": "count", "consumer": None}


def test_what_the_consumer_of_an_asynchronous_generator_does_is_not_within_it(
    tmp_path: Path, recorder: Recorder
) -> None:
    @recorder.span("count")
    async def count(to: int) -> AsyncIterator[int]:
        for number in range(to):
            with recorder.span(f"number {number}"):
                await asyncio.sleep(0)
                yield number

    async def main() -> None:
        async for number in count(2):
            with recorder.span(f"consumer {number}"):
                await asyncio.sleep(0)

    asyncio.run(main())
    assert spans(tmp_path)[0] == ({"to": 2}, [0, 1])
    expected = {"number 0": "count", "consumer 0": None, "number 1": "count", "consumer 1": None}
    assert {"count": None, **expected} == parents(tmp_path)


def test_a_generator_whose_consumer_has_enough_ends_well(tmp_path: Path, recorder: Recorder) -> None:
    cleaned = []

    @recorder.span("count")
    def count() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            with recorder.span("clean up"):
                cleaned.append(True)

    counting = count()
    next(counting)
    counting.close()  # type: ignore[attr-defined]  # an iterator that is a generator
    assert cleaned == [True]
    assert spans(tmp_path)[0] == ({}, [1])
    assert parents(tmp_path) == {"count": None, "clean up": "count"}
    assert [line["event"] for line in read_events(tmp_path)].count("span_end") == 2


def test_an_asynchronous_generator_whose_consumer_has_enough_ends_well(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("count")
    async def count() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def main() -> None:
        counting = count()
        await anext(counting)
        await counting.aclose()  # type: ignore[attr-defined]  # an iterator that is a generator

    asyncio.run(main())
    assert spans(tmp_path) == [({}, [1])]
    assert only(tmp_path, "span_end")


def test_what_is_thrown_into_a_generator_reaches_it(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("hear")
    def hear() -> Iterator[str]:
        try:
            yield "speak"
        except LookupError as heard:
            yield str(heard)

    hearing = hear()
    next(hearing)
    assert hearing.throw(LookupError("gone")) == "gone"  # type: ignore[attr-defined]  # an iterator that is a generator
    assert list(hearing) == []
    assert spans(tmp_path) == [({}, ["speak", "gone"])]


def test_a_long_generator_is_recorded_by_its_beginning_and_its_length(
    tmp_path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_traced, "_MOST_YIELDED", 2)

    @recorder.span("count")
    def count() -> Iterator[int]:
        yield from range(5)

    assert list(count()) == [0, 1, 2, 3, 4]
    assert spans(tmp_path) == [({}, [0, 1, "… (5 values)"])]


def failing(recorder: Recorder) -> dict[str, Any]:
    """Make functions of each kind that fail, and give what runs them."""

    @recorder.span("function")
    def function() -> None:
        raise LookupError("gone")

    @recorder.span("coroutine")
    async def coroutine() -> None:
        raise LookupError("gone")

    @recorder.span("generator")
    def generator() -> Iterator[int]:
        yield 1
        raise LookupError("gone")

    @recorder.span("async generator")
    async def async_generator() -> AsyncIterator[int]:
        yield 1
        raise LookupError("gone")

    async def consume() -> None:
        async for _ in async_generator():
            pass

    return {
        "function": function,
        "coroutine": lambda: asyncio.run(coroutine()),
        "generator": lambda: list(generator()),
        "async generator": lambda: asyncio.run(consume()),
    }


@pytest.mark.parametrize("kind", ["function", "coroutine", "generator", "async generator"])
def test_an_error_is_recorded_and_goes_on_its_way(tmp_path: Path, recorder: Recorder, kind: str) -> None:
    with pytest.raises(LookupError, match="gone"):
        failing(recorder)[kind]()
    assert (error(tmp_path)["type"], error(tmp_path)["message"]) == ("LookupError", "gone")


def test_arguments_that_do_not_fit_are_the_functions_own_error(tmp_path: Path, recorder: Recorder) -> None:
    @recorder.span("add")
    def add(first: int) -> int:
        return first

    with pytest.raises(TypeError, match=r"add\(\) got an unexpected keyword argument 'second'"):
        add(1, second=2)  # type: ignore[call-arg]  # the point of the test
    assert spans(tmp_path) == [({"args": [1], "kwargs": {"second": 2}}, None)]
    assert error(tmp_path)["type"] == "TypeError"


def test_a_function_without_a_signature_is_recorded_without_names(tmp_path: Path, recorder: Recorder) -> None:
    assert recorder.span("least")(min)(3, 2) == 2
    assert spans(tmp_path) == [({"args": [3, 2], "kwargs": {}}, 2)]


def test_a_decorated_function_is_what_it_was(recorder: Recorder) -> None:
    def look_up(key: str, *, deep: bool = False) -> str:
        """Look something up."""
        return f"{key} {deep}"

    decorated = recorder.span("x")(look_up)
    assert (decorated.__name__, decorated.__doc__) == ("look_up", "Look something up.")
    assert inspect.signature(look_up) == inspect.signature(decorated)


@pytest.mark.parametrize("kind", [inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction])
def test_a_decorated_function_is_of_the_kind_it_was(recorder: Recorder, kind: Any) -> None:
    async def coroutine() -> None: ...

    def generator() -> Iterator[int]:
        yield 1

    async def async_generator() -> AsyncIterator[int]:
        yield 1

    for function in (coroutine, generator, async_generator, functools.partial(coroutine)):
        assert kind(function) == kind(recorder.span("x")(function))


def test_a_decorated_function_can_be_a_tool_and_a_step_of_a_chain(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:

        @tool
        @handler.span("query", kind="tool")
        def double(number: int) -> int:
            """Double a number."""
            return 2 * number

        @handler.span("step")
        def step(value: int) -> dict[str, int]:
            return {"number": value}

        chain: Any = RunnableLambda(step, name="lambda") | double
        assert chain.invoke(21, {"callbacks": [handler]}) == 42
    assert list(double.args) == ["number"]
    expected = {"RunnableSequence": None, "lambda": "RunnableSequence", "step": "lambda"}
    assert {**expected, "double": "RunnableSequence", "query": "double"} == parents(tmp_path)


@pytest.mark.parametrize("mistaken", [5, "x", int, None])
def test_what_is_no_function_is_refused(recorder: Recorder, mistaken: Any) -> None:
    with pytest.raises(TypeError, match="a span decorates a function"):
        recorder.span("x")(mistaken)


def test_a_span_without_a_name_is_refused(recorder: Recorder) -> None:
    with pytest.raises(TypeError, match="a span has a name"):

        @recorder.span  # type: ignore[arg-type]  # the point of the test
        def forgotten() -> None: ...
