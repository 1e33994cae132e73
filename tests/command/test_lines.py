"""Any bytes can be read as lines; what is taken for an event is one to every reader."""

import json
import time
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lctrack import _lines
from lctrack._lines import Line, UnsoundLineError, decode, read_lines
from tests.command.logs import SAMPLE_FILES

EVENT = '"seq":0,"ts":1,"event":"text"'


def decoded(text: str | bytes) -> object:
    content = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    return decode(Line(1, 0, content + b"\n"))


@pytest.mark.parametrize("file", SAMPLE_FILES, ids=lambda file: file.parent.name)
def test_the_lines_of_a_file_are_its_bytes(file: Path) -> None:
    lines = list(read_lines(file))
    assert file.read_bytes() == b"".join(line.content for line in lines)
    assert list(range(1, len(lines) + 1)) == [line.number for line in lines]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON: expecting property name"),
        ("[1]", "not an event: no JSON object"),
        ("{}", "no text in the field event"),
        ('{"event":"text"}', "no Unix time"),
        ('{"event":"text","ts":true}', "no Unix time"),
        ('{"event":"text","ts":-1}', "no Unix time"),
        ('{"event":"text","ts":9223372036854775808}', "no Unix time"),
        (f'{{{EVENT},"x":NaN}}', "NaN is no number"),
        (f'{{{EVENT},"x":-Infinity}}', "-Infinity is no number"),
        (f'{{{EVENT},"x":1e999}}', "out of range"),
        (f'{{{EVENT},"x":{"1" * 5000}}}', "not JSON"),
        (f'{{{EVENT},"x":"\\ud800"}}', "a lone surrogate"),
        (f'{{{EVENT},"x":"\\uDfff"}}', "a lone surrogate"),
        (f'{{{EVENT},"x":"\ud800"}}', "not UTF-8 at byte 37"),
        (f'{{{EVENT},"x":{"[" * 100}{"]" * 100}}}', "nested deeper than 100"),
        ("[" * 1_000_000, "nested deeper than 100"),
        (b'{"\x00":1}', "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
    ],
    ids=lambda value: None if isinstance(value, str) and value.startswith("not") else str(value[:40]),
)
def test_what_is_no_event_is_told(text: str | bytes, reason: str) -> None:
    with pytest.raises(UnsoundLineError, match=reason):
        decoded(text)


@pytest.mark.parametrize(
    "text",
    [
        f'{{{EVENT},"x":{"[" * 99}{"]" * 99}}}',
        f'{{{EVENT},"x":"{"[" * 500}"}}',
        f'{{{EVENT},"x":"\\ud83d\\ude00"}}',
        f"\ufeff {{{EVENT}}}",
        f'{{{EVENT},"x":"\u2028\x7f"}}',
    ],
)
def test_what_is_one_is_taken(text: str) -> None:
    assert orjson.loads(text.removeprefix("\ufeff")) == decoded(text)


def test_a_blank_line_is_nothing() -> None:
    assert decoded(" \t") is None


def test_a_last_line_without_a_break_is_torn_unless_it_is_whole() -> None:
    with pytest.raises(UnsoundLineError, match="torn"):
        decode(Line(9, 99, b'{"seq":8,"ts"'))
    assert decode(Line(9, 99, f"{{{EVENT}}}".encode())) == {"seq": 0, "ts": 1, "event": "text"}


def test_quotes_without_an_end_cost_no_more_than_others() -> None:
    began = time.perf_counter()
    with pytest.raises(UnsoundLineError):
        decoded(b'{"x":"' + b'\\"[' * 300_000)
    assert time.perf_counter() - began < 2


def test_a_line_too_long_for_memory_comes_in_pieces_which_are_no_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_lines, "MAX_LINE", 32)
    tail = b'{"ts":1,"event":"smuggled"}\n'
    content = b"a\n" + b"x" * 32 + tail + b"b\n"
    (tmp_path / "long").write_bytes(content)
    lines = list(read_lines(tmp_path / "long"))
    assert [line.number for line in lines] == [1, 2, 2, 3]
    assert [line.whole for line in lines] == [True, False, False, True]
    assert content == b"".join(line.content for line in lines)
    with pytest.raises(UnsoundLineError, match="longer than"):
        decode(lines[2])


@settings(deadline=None)
@given(st.one_of(st.binary(), st.recursive(st.floats() | st.text(), st.lists).map(lambda x: json.dumps(x).encode())))
def test_what_is_taken_for_an_event_is_json_to_a_stricter_parser(value: bytes) -> None:
    content = b'{"ts":1,"event":"text","x":' + value + b"}"
    try:
        record = decode(Line(2, 0, content.replace(b"\n", b"") + b"\n"))
    except UnsoundLineError:
        return
    assert orjson.loads(content.replace(b"\n", b"")).keys() == (record or {}).keys()
