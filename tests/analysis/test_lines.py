"""A line that cannot be used is a row of `problems`, and every sound line around it is read."""

import json
from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis import load
from lctrack_analysis.read import lines as lines_module
from tests.analysis.conftest import Load, Read
from tests.analysis.writing import START, as_bytes, event, segment_start, write

BEFORE, AFTER = event("text", 1, run_id="a", text="before"), event("text", 2, run_id="a", text="after")


def nested(depth: int) -> bytes:
    return b'{"ts": 1, "event": "text", "text": ' + b"[" * depth + b"]" * depth + b"}\n"


BAD = {
    "torn": (as_bytes(BEFORE)[:40] + b"\n", "not JSON"),
    "not a number": (b'{"ts": 1, "event": "text", "text": NaN}\n', "not JSON"),
    "infinity": (b'{"ts": 1, "event": "text", "text": -Infinity}\n', "not JSON"),
    "lone surrogate": (b'{"ts": 1, "event": "text", "text": "\\ud800"}\n', "not JSON"),
    "not UTF-8": (b'{"ts": 1, "event": "text", "text": "\xff\xfe"}\n', "not JSON"),
    "nested deep": (nested(10_000), "not JSON"),
    "nested deeper than can be written again": (nested(300), "nested deeper than 254"),
    "zeros": (b"\0" * 100 + b"\n", "not JSON"),
    "array": (b"[1, 2]\n", "not an event: a JSON array instead of an object"),
    "string": (b'"text"\n', "not an event: a JSON string instead of an object"),
    "number": (b"17\n", "not an event: a JSON number instead of an object"),
    "null": (b"null\n", "not an event: a JSON null instead of an object"),
    "no event": (b'{"ts": 1}\n', "not an event: no text in the field event"),
    "event of another type": (b'{"ts": 1, "event": 7}\n', "not an event: no text in the field event"),
    "no time": (b'{"event": "text"}\n', "not an event: no Unix time in nanoseconds in the field ts"),
    "time as text": (b'{"event": "text", "ts": "1"}\n', "not an event: no Unix time in nanoseconds in the field ts"),
    "time as a float": (b'{"event": "text", "ts": 1.5}\n', "not an event: no Unix time in nanoseconds in the field ts"),
    "time as a truth value": (b'{"event": "text", "ts": true}\n', "not an event: no Unix time"),
    "time before 1970": (b'{"event": "text", "ts": -1}\n', "not an event: no Unix time"),
    "time after 2262": (b'{"event": "text", "ts": 9223372036854775807}\n', "not an event: no Unix time"),
}  # fmt: skip


@pytest.mark.parametrize(("line", "reason"), [pytest.param(*case, id=name) for name, case in BAD.items()])
def test_a_bad_line_is_listed_and_its_neighbours_are_read(line: bytes, reason: str, load_lines: Load) -> None:
    logs = load_lines(BEFORE, line, AFTER)
    assert logs.sql("SELECT data ->> 'text' FROM events").to_series().to_list() == ["before", "after"]
    [problem] = logs.problems.to_dicts()
    assert problem["line"] == 2
    assert reason in problem["reason"]


def test_the_byte_offset_of_a_problem_is_where_its_line_begins(tmp_path: Path) -> None:
    bad = [line for line, _ in BAD.values()]
    file = write(
        tmp_path / "x.jsonl", b"\xef\xbb\xbf", BEFORE, *[part for line in bad for part in (line, b"\n", AFTER)]
    )
    problems = load(file).problems
    with file.open("rb") as stream:
        for line, offset in zip(bad, problems["byte_offset"], strict=True):
            stream.seek(offset)
            assert line == stream.readline()


def test_a_last_line_without_its_end_is_torn(read_lines: Read) -> None:
    events, problems = read_lines(BEFORE, as_bytes(AFTER)[:30])
    assert [problem.reason for problem in problems] == ["torn: the file ends in the middle of this line"]
    assert events == [BEFORE]


def test_a_last_line_that_lacks_only_its_line_break_is_read(read_lines: Read) -> None:
    assert read_lines(BEFORE, as_bytes(AFTER)[:-1]) == ([BEFORE, AFTER], [])


def test_a_line_torn_by_a_power_cut_does_not_hide_the_one_written_after_it(read_lines: Read) -> None:
    events, problems = read_lines(BEFORE, as_bytes(BEFORE)[:30], b"\n", AFTER)
    assert events == [BEFORE, AFTER]
    assert [problem.line for problem in problems] == [2]


def test_blank_lines_are_no_problem_but_count_as_lines(load_lines: Load) -> None:
    logs = load_lines(b"\n", BEFORE, b"  \r\n", b"\t\n", AFTER, b"\n")
    assert logs.events["line"].to_list() == [2, 5]
    assert logs.problems.is_empty()


def test_a_byte_order_mark_is_passed_over_at_the_beginning_only(load_lines: Load) -> None:
    logs = load_lines(b"\xef\xbb\xbf", BEFORE, b"\xef\xbb\xbf", AFTER)
    assert logs.events["line"].to_list() == [1]
    assert logs.problems["line"].to_list() == [2]


def test_windows_line_ends_are_read(read_lines: Read) -> None:
    lines = [as_bytes(line).replace(b"\n", b"\r\n") for line in (BEFORE, AFTER)]
    assert read_lines(*lines) == ([BEFORE, AFTER], [])


@pytest.mark.parametrize("excess", [1, 199, 200, 201, 1_000])
def test_a_line_over_the_limit_is_a_problem_and_the_next_is_read(
    excess: int, read_lines: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "MAX_LINE", 200)
    long = b'{"ts": 1, "event": "text", "text": "'.ljust(200 + excess, b"x") + b'"}\n'
    events, problems = read_lines(BEFORE, long, AFTER, b"nonsense\n")
    assert events == [BEFORE, AFTER]
    offsets = [problem.byte_offset for problem in problems]
    content = (tmp_path / "one.jsonl").read_bytes()
    assert [long, b"nonsense\n"] == [content[offsets[0] :][: len(long)], content[offsets[1] :]]


def test_a_segment_of_a_future_format_is_one_problem_and_left_out(load_lines: Load) -> None:
    future = {**segment_start("two"), "format": 2}
    logs = load_lines(segment_start(), BEFORE, future, AFTER, segment_start("three"), event("text", run_id="b"))
    assert logs.events["segment"].to_list() == ["one", "one", "three", "three"]
    [problem] = logs.problems.to_dicts()
    assert problem["line"] == 3
    assert "log format 2" in problem["reason"]
    assert "bring a newer one" in problem["reason"]


def test_unknown_events_and_fields_are_kept(load_events: Load) -> None:
    things: list[Any] = [{"a": [1, None, True, 1.5]}, "text", 0, False, [], 2**63, 1e300]
    logs = load_events(*[event("of_the_future", run_id="r", thing=thing) for thing in things])
    kept = logs.sql("SELECT data FROM events WHERE event = 'of_the_future' AND run_id = 'r' ORDER BY seq")["data"]
    assert [{"thing": thing} for thing in things] == [json.loads(data) for data in kept]


def test_an_envelope_of_the_wrong_types_loses_nothing_else(load_events: Load) -> None:
    logs = load_events(
        event("chain_start", 1, run_id=7, parent_run_id={"a": 1}, name=["n"], tags="one", metadata=3, thread="t"),
        event("chain_end", 2, run_id=7, outputs="done"),
    )
    [run] = logs.runs.to_dicts()
    expected = {"run_id": "7", "parent_run_id": '{"a":1}', "name": '["n"]', "tags": ["one"], "metadata": "3"}
    assert expected == {key: run[key] for key in expected}
    assert (run["thread"], run["outputs"], run["status"]) == (None, '"done"', "ok")


def test_times_keep_their_nanoseconds(load_events: Load) -> None:
    logs = load_events(event("text", run_id="r"))
    assert logs.sql("SELECT epoch_ns(max(time)) FROM events").item() == START
