"""Recorded data that looks like a reference of the format is told apart from one."""

import math
from pathlib import Path
from typing import Any

import pytest

from lctrack import Recorder
from tests.recorder.support import Line, only, resolve


def recorded(directory: Path, inputs: Any) -> Line:
    with Recorder(directory) as recorder, recorder.span("odd", inputs=inputs):
        pass
    return only(directory, "span_start")


@pytest.mark.parametrize("key", ["$blob", "$append", "$literal"])
def test_data_that_looks_like_a_reference_is_wrapped(tmp_path: Path, key: str) -> None:
    start = recorded(tmp_path, [{key: {key: "x"}, "other": 1}])
    assert start["inputs"] == [{"$literal": {key: {"$literal": {key: "x"}}, "other": 1}}]
    assert "lossy" not in start


def test_pointers_lead_into_the_data_not_into_its_wrapping(tmp_path: Path) -> None:
    start = recorded(tmp_path, {"$blob": math.nan})
    assert start["inputs"] == {"$literal": {"$blob": None}}
    assert start["lossy"] == ["/inputs/$blob"]


def test_what_looks_like_a_reference_at_the_deepest_level_is_described(tmp_path: Path) -> None:
    deep: Any = {"$blob": "\ud800"}
    for _ in range(98):
        deep = [deep]
    assert len(recorded(tmp_path, deep)["lossy"]) == 1


def test_wrapping_counts_as_nesting(tmp_path: Path) -> None:
    def depth(value: Any) -> int:
        return 1 + max(map(depth, value.values())) if isinstance(value, dict) else 0

    data: Any = "ground"
    for _ in range(90):
        data = {"$blob": data}
    start = recorded(tmp_path, {"a": data})
    assert 1 + depth(start["inputs"]) == 100
    assert len(start["lossy"]) == 1


def test_text_that_mentions_references_is_left_alone(tmp_path: Path) -> None:
    text = 'the key "$blob"'
    assert recorded(tmp_path, ["$blob", text])["inputs"] == ["$blob", text]


def test_a_reader_gets_back_what_was_wrapped(tmp_path: Path) -> None:
    data = {"$blob": "x", "$append": [{"$literal": {"a": 1}}]}
    assert resolve(recorded(tmp_path, data)["inputs"]) == data
