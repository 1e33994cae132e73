"""Whatever an application passes around, its events are recorded, and what could not be kept exactly is named."""

import enum
import itertools
import math
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableLambda
from pydantic import BaseModel, computed_field

from lctrack import LogCallbackHandler, Recorder
from tests.recorder.support import Line, files, only, read_events


def recorded(directory: Path, inputs: Any) -> Line:
    """Record a span with these inputs, and give its start."""
    with Recorder(directory) as recorder, recorder.span("odd", inputs=inputs):
        pass
    assert recorder.stats()["dropped"] == 0
    return only(directory, "span_start")


class Broken:
    def __repr__(self) -> str:
        raise KeyError("no repr")


class Opaque:
    def __repr__(self) -> str:
        return "Opaque()"


class Unbound:
    """Like a proxy outside of its context: whatever is asked of it raises."""

    @property  # type: ignore[misc]  # this is what such proxies do
    def __class__(self) -> Any:
        raise RuntimeError("outside of context")

    def __repr__(self) -> str:
        return "Unbound()"


class BrokenDict(dict[str, Any]):
    def items(self) -> Any:
        raise KeyError("no items")

    def __repr__(self) -> str:
        return "BrokenDict()"


class BrokenList(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        yield math.nan
        raise KeyError("no more")

    def __repr__(self) -> str:
        return "BrokenList()"


class Shouting(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise KeyError("no str")


def cyclic() -> dict[str, Any]:
    cycle: dict[str, Any] = {"name": "me"}
    cycle["self"] = [cycle]
    return cycle


def numbers() -> Iterator[int]:
    yield 1


ODD: dict[str, tuple[Callable[[], Any], Any]] = {
    "object": (Opaque, "Opaque()"),
    "object whose repr raises": (Broken, "<Broken: repr raised KeyError>"),
    "dictionary whose items raise": (lambda: BrokenDict(a=1), "BrokenDict()"),
    "list whose iteration raises after a value that is lossy": (lambda: BrokenList([math.nan]), "BrokenList()"),
    "proxy outside of its context": (Unbound, "Unbound()"),
    "class": (lambda: HumanMessage, "langchain_core.messages.human.HumanMessage"),
    "bytes": (lambda: b"\x00\xff", "AP8="),
    "not a number": (lambda: math.nan, None),
    "infinity": (lambda: -math.inf, None),
    "lone surrogate": (lambda: "a\ud800b", "a\ufffdb"),
    "integer beyond the limit on digits": (lambda: 16**5000, f"0x1{'0' * 5000}"),
    "exception": (lambda: ValueError("x"), "ValueError('x')"),
}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_value_is_described_and_listed_as_lossy(tmp_path: Path, kind: str) -> None:
    make, expected = ODD[kind]
    start = recorded(tmp_path, {"sound": 1, "odd": [make()]})
    assert start["lossy"] == ["/inputs/odd/0"]
    assert start["inputs"]["sound"] == 1
    assert start["inputs"]["odd"] == [expected]


def test_a_string_of_a_class_of_its_own_is_its_text(tmp_path: Path) -> None:
    start = recorded(tmp_path, [Shouting("hello"), math.nan])
    assert start["inputs"] == ["hello", None]
    assert start["lossy"] == ["/inputs/1"]


def test_a_cycle_is_cut(tmp_path: Path) -> None:
    start = recorded(tmp_path, cyclic())
    assert start["inputs"] == {"name": "me", "self": ["<cycle>"]}
    assert start["lossy"] == ["/inputs/self/0"]


def test_the_same_list_twice_is_no_cycle(tmp_path: Path) -> None:
    twice = [1]
    start = recorded(tmp_path, [twice, twice, math.nan])
    assert start["inputs"] == [[1], [1], None]


def test_a_generator_is_not_consumed(tmp_path: Path) -> None:
    generator = numbers()
    start = recorded(tmp_path, generator)
    assert start["inputs"].startswith("<generator object numbers")
    assert list(generator) == [1]


def test_a_long_description_is_cut(tmp_path: Path) -> None:
    class Long:
        def __repr__(self) -> str:
            return "x" * 10_001

    assert recorded(tmp_path, Long())["inputs"] == f"{'x' * 10_000}… (10001 characters)"


def test_nesting_beyond_the_limit_is_described(tmp_path: Path) -> None:
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    start = recorded(tmp_path, deep)
    assert start["lossy"] == ["/inputs" + 98 * "/0" + "/0"]
    innermost = start["inputs"]
    for _ in range(99):
        (innermost,) = innermost
    assert isinstance(innermost, str)


@pytest.mark.parametrize(("depth", "lossy"), [(99, False), (100, True)])
def test_a_line_nests_exactly_a_hundred_levels(tmp_path: Path, depth: int, lossy: bool) -> None:
    deep: Any = "ground"
    for _ in range(depth):
        deep = {"down": deep}
    assert lossy == ("lossy" in recorded(tmp_path, deep))


def test_keys_become_text_as_json_has_them(tmp_path: Path) -> None:
    start = recorded(tmp_path, {7: "a", 2.5: "b", True: "c", None: "d"})
    assert start["inputs"] == {"7": "a", "2.5": "b", "true": "c", "null": "d"}
    assert "lossy" not in start


def test_a_key_that_json_cannot_have_is_lossy(tmp_path: Path) -> None:
    start = recorded(tmp_path, {("a", "/b"): 1, "c": 2})
    assert start["inputs"] == {"('a', '/b')": 1, "c": 2}
    assert start["lossy"] == ["/inputs/('a', '~1b')"]


def test_pointers_escape_slashes_and_tildes(tmp_path: Path) -> None:
    assert recorded(tmp_path, {"a/b": {"c~d": math.nan}})["lossy"] == ["/inputs/a~1b/c~0d"]


@pytest.mark.parametrize("limit", [1_000, 1_000_000])
def test_a_cycle_of_objects_does_not_end_the_process(tmp_path: Path, limit: int) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(limit)
    try:
        start = recorded(tmp_path, cyclic())
    finally:
        sys.setrecursionlimit(before)
    assert start["lossy"] == ["/inputs/self/0"]


@pytest.mark.parametrize(
    "inputs", ["text", ["list"], 7, None, HumanMessage("hi"), [HumanMessage("hi")], Opaque(), Broken(), cyclic()]
)
def test_a_chain_may_be_given_anything(tmp_path: Path, inputs: Any) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        RunnableLambda(lambda x: x).invoke(inputs, {"callbacks": [handler]})
    assert handler.stats()["dropped"] == 0
    assert only(tmp_path, "chain_start").get("inputs") == only(tmp_path, "chain_end").get("outputs")


@pytest.mark.parametrize("serialized", [None, {}, {"name": "x"}, {"id": ["a", "x"]}, {"id": "x"}, "x", {"id": []}])
def test_a_run_may_describe_itself_in_any_way(tmp_path: Path, serialized: Any) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        handler.on_chain_start(serialized, {}, run_id=uuid4())
    named = isinstance(serialized, dict) and serialized in ({"name": "x"}, {"id": ["a", "x"]})
    assert only(tmp_path, "chain_start").get("name") == ("x" if named else None)


def test_a_text_of_a_hundred_megabytes_is_written_whole(tmp_path: Path) -> None:
    text = "Forgot the password? Ask: it is easy - so they say. " * 2_000_000
    with Recorder(tmp_path) as recorder:
        recorder.score("long", text)
    assert recorder.stats()["dropped"] == 0
    assert only(tmp_path, "score")["value"] == text


def test_a_dictionary_of_a_million_entries_is_written_whole(tmp_path: Path) -> None:
    many = {f"entry {number}": number for number in range(1_000_000)}
    with Recorder(tmp_path) as recorder:
        recorder.asset(many)
    (file,) = files(tmp_path)
    assert file.read_bytes().count(b'"entry ') == len(many)
    assert recorder.stats()["dropped"] == 0


def test_an_endless_generator_is_not_run(tmp_path: Path) -> None:
    start = recorded(tmp_path, {"numbers": itertools.count(), "cycle": itertools.cycle("ab")})
    assert start["inputs"]["numbers"] == "count(0)"
    assert start["lossy"] == ["/inputs/numbers", "/inputs/cycle"]


class Unequal:
    """Raises when it is compared, as an array of numbers does."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    def __hash__(self) -> int:
        raise ValueError("no hash")

    def __repr__(self) -> str:
        return "Unequal()"


class Liar(str):
    """A text that claims to be equal to any other."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


@pytest.mark.parametrize("history", [1, 4])
def test_messages_that_cannot_be_compared_are_recorded_each_time(tmp_path: Path, history: int) -> None:
    messages = [HumanMessage("hi", additional_kwargs={"odd": Unequal()})] * history
    with LogCallbackHandler(tmp_path) as handler:
        for _ in range(3):
            handler.on_chat_model_start({}, [messages], run_id=uuid4())
    starts = [line for line in read_events(tmp_path) if line["event"] == "chat_model_start"]
    assert [line["messages"][0][0]["additional_kwargs"] for line in starts] == [{"odd": "Unequal()"}] * 3
    assert len(starts[0]["lossy"]) == history


def test_a_message_that_held_a_liar_is_recorded_anew(tmp_path: Path) -> None:
    message = HumanMessage([{"type": "text", "text": "hi"}], id="1", additional_kwargs={"a": Liar("first")})
    with LogCallbackHandler(tmp_path) as handler:
        handler.on_chat_model_start({}, [[message]], run_id=uuid4())
        message.additional_kwargs["a"] = "second"
        handler.on_chat_model_start({}, [[message]], run_id=uuid4())
    starts = [line for line in read_events(tmp_path) if line["event"] == "chat_model_start"]
    assert [line["messages"][0][0]["additional_kwargs"]["a"] for line in starts] == ["first", "second"]


class Color(str, enum.Enum):  # noqa: UP042  # what applications have
    RED = "red"


def test_a_text_that_is_a_member_of_an_enumeration_is_its_value(tmp_path: Path) -> None:
    assert recorded(tmp_path, ["RED", Color.RED, {"color": Color.RED}])["inputs"] == ["RED", "red", {"color": "red"}]


class Failing(BaseModel):
    """A model with a property that fails when it is looked at."""

    number: int = 1

    @computed_field  # type: ignore[prop-decorator]  # as pydantic has it
    @property
    def worst(self) -> int:
        raise RuntimeError("no")


def test_a_model_with_a_property_that_fails_is_its_fields(tmp_path: Path) -> None:
    assert recorded(tmp_path, Failing())["inputs"] == {"number": 1}
