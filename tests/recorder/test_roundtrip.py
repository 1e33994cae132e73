"""What goes in comes out, or is named in `lossy`; and both ways of writing it give the same line."""

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lctrack import _encode
from lctrack._careful import careful
from lctrack._encode import encode
from lctrack._privacy import EVERYTHING
from lctrack._texts import SecretFound
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


def quickly(record: Any) -> str | None:
    """Write an event the fast way, where that will."""
    assert EVERYTHING.texts is not None
    try:
        fast = _encode._quickly(record, nothing_held(), EVERYTHING.texts)
    except (ValueError, KeyError, OverflowError, SecretFound):
        return None
    return fast.decode()


@given(PLAIN)
def test_the_fast_and_the_careful_way_agree(data: Any) -> None:
    lossy: list[str] = []
    walked = _encode._plain(careful({"data": data}, lossy, nothing_held()))
    assert quickly({"data": data}) in (walked, None)
    assert lossy == []


LONG = st.text(st.characters(codec="utf-8") | st.sampled_from('\0\n\t"\\{[$09'), min_size=1, max_size=80).map(
    lambda text: f"x{text}" * 200
)


@given(LONG)
def test_long_texts_are_written_as_json_writes_them(text: str) -> None:
    data = {"data": [text, {text: text}, '"$blob"']}
    assert quickly(data) == json.dumps(data, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize("text", ["12345678901234567890 ", "{[", '"$blob":'])
def test_what_a_long_text_says_is_no_reason_to_look_twice(text: str) -> None:
    assert quickly({"data": text * 200}) is not None
    assert quickly({"data": [10**20]}) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_a_long_number_as_a_text_is_told_from_that_number(sign: int) -> None:
    number = sign * 10**400
    assert quickly({"data": {number: 1, str(number): 2}}) is None


@dataclasses.dataclass
class Node:
    """An object of an application, which holds anything."""

    label: str
    content: Any


@given(PLAIN)
def test_the_fast_and_the_careful_way_agree_on_objects(data: Any) -> None:
    node = {"data": Node("x", [Node("y", data)])}
    assert quickly(node) in (_encode._plain(careful(node, [], nothing_held())), None)


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


KEYS = st.one_of(st.integers(-3, 3), st.sampled_from(["0", "1", "-1", "1.0", "true", "null"]), st.booleans(), st.none())


@given(st.recursive(st.integers(0, 9), lambda inner: st.dictionaries(KEYS | st.floats(-1, 1), inner), max_leaves=8))
def test_keys_of_one_text_are_told_apart(data: Any) -> None:
    def refuse_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(pairs) == len(dict(pairs))
        return dict(pairs)

    def count(value: Any) -> int:
        return 1 + sum(map(count, value.values())) if isinstance(value, dict) else 1

    line = json.loads(encode({"event": "x", "data": data}).body, object_pairs_hook=refuse_doubles)
    assert count(line["data"]) == count(data)


@pytest.mark.parametrize(
    ("data", "expected", "lossy"),
    [
        ({1: "a", "1": "b"}, {"1": "a", "1 (str)": "b"}, ["/data/1 (str)"]),
        ({"true": "a", True: "b", "x": {}}, {"true": "a", "true (bool)": "b", "x": {}}, ["/data/true (bool)"]),
        ({"1": 1, "1 (int)": 2, 1: 3}, {"1": 1, "1 (int)": 2, "1 (int 2)": 3}, ["/data/1 (int 2)"]),
        ({1: "a", 2: "b"}, {"1": "a", "2": "b"}, None),
    ],
)
def test_a_member_whose_name_is_taken_gets_another(data: Any, expected: Any, lossy: list[str] | None) -> None:
    line = written(data)
    assert line["data"] == expected
    assert line.get("lossy") == lossy


@pytest.mark.parametrize("number", [2**64 - 1, 2**63, -(2**63), 12345678901234567890, 0])
def test_an_integer_of_64_bits_is_a_number(number: int) -> None:
    assert written([number]) == {"event": "x", "data": [number]}


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**30, -(10**30)])
def test_a_greater_integer_is_a_text(number: int) -> None:
    assert written([number]) == {"event": "x", "data": [str(number)], "lossy": ["/data/0"]}


def test_plain_data_takes_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_encode, "careful", pytest.fail)
    assert encode({"data": [1, "ü", {"$ref": None}]}).body == '{"data":[1,"ü",{"$ref":null}]}'.encode()
