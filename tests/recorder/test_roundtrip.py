"""What goes in comes out, or is named in `lossy`; and both ways of writing it give the same line."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import example, given

from lctrack import _encode
from lctrack._careful import careful
from lctrack._encode import encode
from tests.recorder.strategies import ANYTHING, PLAIN, differences, substitutes
from tests.recorder.support import Line, nothing_held, resolve


def written(data: Any) -> Line:
    line = json.loads(encode({"event": "x", "data": data}).body, parse_constant=pytest.fail)
    assert isinstance(line, dict)
    return line


@given(ANYTHING)
@example({"$literal": {"$blob": "x"}})
@example({"a\ud800": 1, "a/b": float("nan")})
def test_data_comes_back_or_is_named(data: Any) -> None:
    line = written(data)
    assert set(differences(data, resolve(line["data"]), "/data")) == set(line.get("lossy", ()))


@given(ANYTHING)
def test_a_value_that_json_cannot_hold_is_replaced_as_the_format_says(data: Any) -> None:
    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {substitutes(key): replaced(item) for key, item in value.items()}
        return [replaced(item) for item in value] if isinstance(value, list | tuple) else substitutes(value)

    assert json.dumps(replaced(data)) == json.dumps(resolve(written(data)["data"]))


@given(PLAIN)
def test_the_fast_and_the_careful_way_agree(data: Any) -> None:
    fast = _encode._fast({"data": data})
    if _encode._refers_only(fast, 0):
        lossy: list[str] = []
        assert fast == _encode._plain(careful({"data": data}, lossy, nothing_held()))
        assert lossy == []


@dataclasses.dataclass
class Node:
    """An object of an application, which holds anything."""

    label: str
    content: Any


@given(PLAIN)
def test_the_fast_and_the_careful_way_agree_on_objects(data: Any) -> None:
    node = {"data": Node("x", [Node("y", data)])}
    fast = _encode._fast(node)
    if _encode._refers_only(fast, 0):
        assert fast == _encode._plain(careful(node, [], nothing_held()))


@given(PLAIN)
def test_depth_is_measured_right(data: Any) -> None:
    def depth(value: Any) -> int:
        if isinstance(value, dict):
            return 1 + max(map(depth, value.values()), default=0)
        return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0

    filler = [[]] * 100  # type: ignore[var-annotated]  # enough brackets to make it look
    for levels in (98, 99, 100):
        nested = data
        for _ in range(levels - depth(data)):
            nested = [nested]
        text = _encode._plain([[nested], filler, '"{[\\'])
        assert _encode._too_deep(text) == (levels > 98)


def test_plain_data_takes_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_encode, "careful", pytest.fail)
    assert encode({"data": [1, "ü", {"$ref": None}]}).body == '{"data":[1,"ü",{"$ref":null}]}'.encode()
