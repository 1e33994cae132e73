"""A line becomes a row and comes back byte for byte, whatever it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lctrack._lines import Line, read_lines
from lctrack._row import Row, line_of, row_of
from lctrack.format import ENVELOPE
from tests.command.logs import SAMPLE_FILES, line

ODD = [
    b"",
    b"\n",
    b"junk\n",
    b'{"seq":1,"ts":2,"event":"text"}',
    b'{"ts":2,"seq":1,"event":"text"}\n',
    b'{"seq":1, "ts":2, "event":"text"}\n',
    b'{"seq":1,"ts":2,"event":"text","event":"again"}\n',
    b'{"seq":1.0,"ts":2,"event":"text","x":1e5}\n',
    b'{"seq":99999999999999999999,"ts":2,"event":"text"}\n',
    b'{"seq":1,"ts":2,"event":"text","name":null,"tags":[1],"metadata":[],"thread":"t","lossy":{}}\n',
    b'{"seq":1,"ts":2,"event":"text","x":"\\u00e9"}\n',
    b'{"seq":1,"ts":2,"event":"text","data":1,"raw":2}\n',
    b'\xef\xbb\xbf{"seq":1,"ts":2,"event":"text"}\r\n',
    b'{"seq":1,"ts":2,"event":"text","x":NaN}\n',
    b"\xff\xff\n",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_the_columns_are_the_envelope_then_data_and_raw() -> None:
    assert (*ENVELOPE, "data", "raw") == Row._fields


@pytest.mark.parametrize("file", SAMPLE_FILES, ids=lambda file: file.parent.name)
def test_every_line_of_the_samples_comes_back(file: Path) -> None:
    for each in read_lines(file):
        assert each.content == line_of(row_of(each))


def test_only_lines_that_would_not_come_back_are_kept_raw_too() -> None:
    rows = [row_of(each) for file in SAMPLE_FILES for each in read_lines(file)]
    assert {None} == {row.event for row in rows if row.raw is not None}  # the torn one


@pytest.mark.parametrize("content", ODD)
def test_odd_lines_come_back(content: bytes) -> None:
    assert content == line_of(row_of(Line(1, 0, content)))


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_come_back(content: bytes) -> None:
    assert content == line_of(row_of(Line(1, 0, content)))


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from([*ENVELOPE[3:], "x", "data"]), VALUES))
def test_any_event_comes_back(fields: dict[str, Any]) -> None:
    content = line(1, **fields)
    assert content == line_of(row_of(Line(1, 0, content)))


def test_an_event_has_its_envelope_in_columns_and_the_rest_as_json() -> None:
    fields = {"run_id": "r", "name": "n", "tags": ["a"], "metadata": {"k": [1]}, "thread": 5, "lossy": ["/x"]}
    content = line(4, "tool_start", ts=0, **{**fields, "x": {"$blob": "d"}, "y": "é"})
    row = row_of(Line(1, 0, content))
    assert Row(4, 4, "tool_start", None, None, "r", None, "n", ["a"], '{"k":[1]}', 5, None, ["/x"]) == row._replace(
        data=None, raw=None
    )
    assert json.loads(row.data or "") == {"x": {"$blob": "d"}, "y": "é"}


def test_a_line_that_is_no_event_has_no_columns() -> None:
    assert Row(raw=b"junk\n") == row_of(Line(1, 0, b"junk\n"))
