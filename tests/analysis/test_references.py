"""References to blobs: what a reader sees is what was recorded."""

import resource
import sys
from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis.read import Reader
from lctrack_analysis.read import references as references_module
from tests.analysis.conftest import Read, Reading
from tests.analysis.writing import event, segment_start, write


def blob(digest: str, value: Any) -> dict[str, Any]:
    return event("blob", digest=digest, value=value)


def ref(digest: str, **append: Any) -> dict[str, Any]:
    return {"$blob": digest, **{f"${key}": value for key, value in append.items()}}


def said(reading: Reading) -> list[Any]:
    return [event["text"] for event in reading.events if event["event"] == "text"]


def bad_lines(reading: Reading) -> list[int]:
    return [problem.line for problem in reading.problems]


def text(value: Any) -> dict[str, Any]:
    return event("text", 1, run_id="r", text=value)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (ref("a"), ["x", {"y": 1}]),
        ({"in": [ref("a")]}, {"in": [["x", {"y": 1}]]}),
        (ref("nested"), {"a": ["x", {"y": 1}], "b": [["x", {"y": 1}]]}),
        (ref("a", append=["z"]), ["x", {"y": 1}, "z"]),
        (ref("a", append=[ref("text"), ref("a")]), ["x", {"y": 1}, "plain", ["x", {"y": 1}]]),
        (ref("grown"), ["x", {"y": 1}, "z"]),
        (ref("grown", append=[1]), ["x", {"y": 1}, "z", 1]),
        (ref("text"), "plain"),
        (ref("null"), None),
        ({"$literal": {"$blob": "a"}}, {"$blob": "a"}),
        ({"$literal": {"$literal": {"$literal": {"$blob": "a"}}}}, {"$literal": {"$blob": "a"}}),
        ({"$literal": {"$append": ref("text")}}, {"$append": "plain"}),
        ({"$literal": {"$blob": "a", "x": {"$literal": {"$blob": 1}}}}, {"$blob": "a", "x": {"$blob": 1}}),
        ({"$literal": "text"}, {"$literal": "text"}),
        ({"$append": [1]}, {"$append": [1]}),
        ("$blob", "$blob"),
    ],
)
def test_a_reference_reads_as_what_was_recorded(reference: Any, expected: Any, read_lines: Read) -> None:
    reading = read_lines(
        blob("a", ["x", {"y": 1}]),
        blob("text", "plain"),
        blob("null", None),
        blob("nested", {"a": ref("a"), "b": [ref("a")]}),
        blob("grown", ref("a", append=["z"])),
        text(reference),
    )
    assert [expected] == said(reading)
    assert not reading.problems


def test_blobs_are_no_events(read_lines: Read) -> None:
    assert [event["event"] for event in read_lines(blob("a", 1), text("x")).events] == ["text"]


@pytest.mark.parametrize(
    "bad",
    [
        text(ref("missing")),
        text({"deep": [{"$blob": "missing"}]}),
        text({"$blob": 7}),
        text({"$blob": None}),
        text(ref("a", append="no list")),
        text(ref("text", append=["to no list"])),
        text(ref("a", append=[ref("missing")])),
        blob("b", ref("missing")),
        event("blob", digest="c"),
        event("blob", value="c"),
        event("blob", digest=7, value="c"),
        text({"$literal": {"x": ref("missing")}}),
    ],
)
def test_a_reference_to_nothing_is_a_problem_and_the_next_line_is_read(bad: dict[str, Any], read_lines: Read) -> None:
    reading = read_lines(blob("a", []), blob("text", "x"), bad, text("after"))
    assert bad_lines(reading) == [3]
    assert said(reading) == ["after"]


def test_a_blob_must_come_before_the_line_that_refers_to_it(read_lines: Read) -> None:
    reading = read_lines(text(ref("a")), blob("a", 1), text(ref("a")))
    assert [said(reading), bad_lines(reading)] == [[1], [1]]


def test_references_do_not_leak_between_segments(tmp_path: Path) -> None:
    first = write(tmp_path / "a.jsonl", segment_start("a"), blob("x", 1), segment_start("b"), text(ref("x")))
    reader = Reader([first, write(tmp_path / "c.jsonl", segment_start("c"), text(ref("x")))])
    assert [event.record["event"] for event in reader.events()] == ["segment_start"] * 3
    assert [problem.line for problem in reader.problems] == [4, 2]


def test_a_value_that_many_lines_share_is_not_changed_by_one_that_appends_to_it(read_lines: Read) -> None:
    reading = read_lines(blob("a", [1]), text(ref("a", append=[2])), text(ref("a", append=[3])), text(ref("a")))
    assert said(reading) == [[1, 2], [1, 3], [1]]


def test_lines_that_double_what_they_stand_for_are_refused_before_memory_is_full(read_lines: Read) -> None:
    bomb = [blob("0", "x" * 1_000), *(blob(str(n), [ref(str(n - 1)), ref(str(n - 1))]) for n in range(1, 60))]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading = read_lines(*bomb, text(ref("59")), text("after"))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (1 if sys.platform == "darwin" else 1024)
    assert said(reading) == ["after"]
    assert "stands for more than 256 MiB" in reading.problems[0].reason
    assert grown < 256 * 1024**2


def test_what_one_line_stands_for_is_limited_over_all_its_fields(
    read_lines: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references_module, "MAX_LINE", 5_000)
    fits = event("text", text=ref("a"), more=ref("a"))
    reading = read_lines(blob("a", "x" * 2_000), fits, {**fits, "still": ref("a")})
    assert bad_lines(reading) == [3]


def test_blobs_that_nest_deeper_together_than_a_line_may_are_refused(read_lines: Read) -> None:
    def nested(value: Any) -> Any:
        for _ in range(100):
            value = [value]
        return value

    reading = read_lines(
        blob("a", nested("x")), blob("b", nested(ref("a"))), blob("c", nested(ref("b"))), text(ref("b")), text(ref("c"))
    )
    assert [problem.reason for problem in reading.problems] == ["nested deeper than 254"]
    assert len(reading.events) == 1
