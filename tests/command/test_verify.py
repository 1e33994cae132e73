"""`lctrack verify` finds each kind of damage, and nothing in what is sound."""

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from lctrack._lines import read_lines
from lctrack._seal import seal
from lctrack._sealed import read_sealed
from tests.command.conftest import Command
from tests.command.logs import SAMPLES, copied_sample, copied_samples, end, finished, line, segment, start

TORN = "torn: the file ends in the middle of this line"
OPEN = "has no segment_end: its writer was killed, or still writes"


def found(lctrack: Command, directory: Path) -> list[tuple[int, str]]:
    """Give line and reason of each problem; the exit code must agree."""
    result = lctrack("verify", directory, "--json")
    answer = json.loads(result.out)
    assert (4 if answer["problems"] else 0) == result.code
    return [(problem["line"], problem["reason"]) for problem in answer["problems"]]


def notes(lctrack: Command, directory: Path) -> list[tuple[int, str]]:
    return [(note["line"], note["reason"]) for note in json.loads(lctrack("verify", directory, "--json").out)["notes"]]


def changed(path: Path, change: Any) -> None:
    """Change the lines of a file."""
    lines = path.read_bytes().splitlines(keepends=True)
    change(lines)
    path.write_bytes(b"".join(lines))


def test_the_samples_are_sound_but_for_the_torn_one(lctrack: Command) -> None:
    result = lctrack("verify", SAMPLES)
    assert result.code == 0
    place = next(SAMPLES.glob("torn/*.jsonl"))
    assert [f"note: {place}:14: {TORN}", f"note: {place}: {OPEN}"] == result.out.splitlines()[:-1]
    assert result.out.splitlines()[-1].endswith(" events · 0 problems · 2 notes")


def test_the_sealed_samples_are_sound_too(lctrack: Command, tmp_path: Path) -> None:
    copies = copied_samples(tmp_path)
    lctrack("seal", copies, "--force")
    assert found(lctrack, copies) == []
    assert notes(lctrack, copies) == [(14, TORN), (0, OPEN)]


def test_a_deleted_line_is_found(lctrack: Command, tmp_path: Path) -> None:
    changed(copied_sample(tmp_path, "g-agent"), lambda lines: lines.pop(20))
    assert (21, "seq 21 where 20 is expected: a line is missing, or comes later") in found(lctrack, tmp_path)


def test_a_deleted_blob_is_missed_by_every_line_that_refers_to_it(lctrack: Command, tmp_path: Path) -> None:
    path = copied_sample(tmp_path, "g-agent")
    lines = path.read_bytes().splitlines(keepends=True)
    blob = next(index for index, each in enumerate(lines) if json.loads(each)["event"] == "blob")
    digest = json.loads(lines.pop(blob))["digest"]
    path.write_bytes(b"".join(lines))
    users = {number for number, each in enumerate(lines, 1) if f'{{"$blob":"{digest}"'.encode() in each}
    assert users
    assert users == {number for number, reason in found(lctrack, tmp_path) if digest in reason}


def test_a_duplicated_line_is_found(lctrack: Command, tmp_path: Path) -> None:
    changed(copied_sample(tmp_path, "g-agent"), lambda lines: lines.insert(20, lines[20]))
    assert found(lctrack, tmp_path) == [
        (22, "seq 20 where 21 is expected: the line is here twice, or out of order"),
    ]


def test_swapped_lines_are_found(lctrack: Command, tmp_path: Path) -> None:
    changed(copied_sample(tmp_path, "g-agent"), lambda lines: lines.insert(20, lines.pop(21)))
    assert {number for number, reason in found(lctrack, tmp_path) if reason.startswith("seq ")} == {21, 22}


def test_a_missing_end_is_told_as_a_recording_that_goes_on(lctrack: Command, tmp_path: Path) -> None:
    changed(copied_sample(tmp_path, "g-agent"), lambda lines: lines.pop())
    assert found(lctrack, tmp_path) == []
    assert notes(lctrack, tmp_path) == [(0, OPEN)]


def test_a_missing_beginning_is_found(lctrack: Command, tmp_path: Path) -> None:
    changed(copied_sample(tmp_path, "g-agent"), lambda lines: lines.pop(0))
    assert found(lctrack, tmp_path)[0] == (1, "the segment does not begin with segment_start")


def test_a_flipped_bit_at_the_beginning_of_any_line_is_found(lctrack: Command, tmp_path: Path) -> None:
    path = copied_sample(tmp_path, "h-errors")
    content = path.read_bytes()
    for each in list(read_lines(path)):
        for place in (0, 1, 2, 6):  # the brace, a quote, the name of seq, its first digit
            damaged = bytearray(content)
            damaged[each.offset + place] ^= 1
            path.write_bytes(damaged)
            assert found(lctrack, tmp_path), (each.number, place)


def test_a_flipped_bit_that_breaks_a_line_is_one_problem(lctrack: Command, tmp_path: Path) -> None:
    path = segment(tmp_path, [start(), line(1), line(2).replace(b"{", b"z"), line(3), end(4)])
    assert found(lctrack, tmp_path) == [(3, "not JSON: expecting value at character 1")]
    answer = json.loads(lctrack("verify", tmp_path, "--json").out)
    assert answer["problems"][0]["byte_offset"] == len(start() + line(1))
    assert answer["problems"][0]["file"] == str(path)


def test_any_flipped_bit_of_a_sealed_segment_is_found_or_does_no_harm(lctrack: Command, tmp_path: Path) -> None:
    path = copied_sample(tmp_path, "i-spans")
    content = path.read_bytes()
    sealed = seal(path)
    good = sealed.read_bytes()
    chance = random.Random(7)  # noqa: S311  # the same flips each time
    harmless = 0
    for _ in range(150):
        damaged = bytearray(good)
        damaged[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        sealed.write_bytes(damaged)
        if not found(lctrack, tmp_path):
            assert content == b"".join(each.content for each in read_sealed(sealed))
            harmless += 1
    assert harmless < 100


def test_a_changed_word_in_a_sealed_segment_is_found(lctrack: Command, tmp_path: Path) -> None:
    sealed = seal(finished(tmp_path))
    sealed.write_bytes(sealed.read_bytes().replace(b'"last_ts": 1795', b'"last_ts": 1796'))
    assert found(lctrack, tmp_path) == [(0, "does not hold what it says was sealed")]


def test_a_torn_tail_after_the_end_is_a_problem(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), end(1), b'{"seq":2'])
    assert found(lctrack, tmp_path) == [(3, TORN)]


def test_a_line_after_the_end_is_a_problem(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), end(1), line(2)])
    assert found(lctrack, tmp_path) == [(3, "comes after segment_end")]


def test_an_end_that_counts_otherwise_is_a_problem(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), line(1, "segment_end", events=7)])
    assert found(lctrack, tmp_path) == [(2, "counts 7 lines where there should be 2")]


def test_a_format_to_come_is_told_once(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(format=2), b'{"ts":1,"event":"new"}\n'])
    assert found(lctrack, tmp_path) == [(1, "log format 2, and this lctrack knows 1: bring a newer one")]


@pytest.mark.parametrize("version", [None, "1", True])
def test_a_format_that_is_none_is_a_problem(lctrack: Command, tmp_path: Path, version: object) -> None:
    segment(tmp_path, [start(format=version)])
    assert found(lctrack, tmp_path) == [(1, "tells no format version")]


def test_a_line_without_number_is_a_problem(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), b'{"ts":1,"event":"text"}\n', end(1)])
    assert found(lctrack, tmp_path) == [(2, "has no seq")]


def test_what_is_cut_where_writing_failed_is_no_problem(lctrack: Command, tmp_path: Path) -> None:
    cut = line(1, text="lost")[:-9] + b"\n"
    segment(tmp_path, [start(), cut, line(1, "dropped", count=1, reason="full"), line(2), end(3)])
    assert found(lctrack, tmp_path) == []
    assert [number for number, _ in notes(lctrack, tmp_path)] == [2]


def test_junk_between_the_lines_is_a_problem(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), b"junk\n", line(1), end(2)])
    assert [number for number, _ in found(lctrack, tmp_path)] == [2]


def test_a_gap_beside_a_broken_line_is_found(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), b"junk\n", line(4), end(5)])
    assert [number for number, _ in found(lctrack, tmp_path)] == [2, 3]


def test_segments_put_into_one_file_are_each_checked(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), end(1), start(), line(2), end(3)])
    assert found(lctrack, tmp_path) == [(4, "seq 2 where 1 is expected: a line is missing, or comes later")]


def test_an_empty_segment_is_no_problem(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [])
    assert notes(lctrack, tmp_path) == [(0, "holds no event")]


BLOB = line(1, "blob", digest="ab", value=[{"content": "hi"}])


@pytest.mark.parametrize(
    "value",
    [
        {"$blob": "ab"},
        {"$blob": "ab", "$append": [{"x": {"$blob": "ab"}}]},
        {"$literal": {"$blob": "none"}},
        [{"$literal": {"$append": {"$blob": "ab"}}}],
    ],
)
def test_references_to_blobs_before_them_are_sound(lctrack: Command, tmp_path: Path, value: object) -> None:
    segment(tmp_path, [start(), BLOB, line(2, inputs=value), end(3)])
    assert found(lctrack, tmp_path) == []


@pytest.mark.parametrize(
    "value",
    [
        {"$blob": "none"},
        {"$blob": 5},
        {"$blob": "ab", "$append": [{"$blob": "none"}]},
        {"$literal": {"$blob": "ab", "inner": {"$blob": "none"}}},
        {"$literal": {"$blob": "ab"}, "other": {"$blob": "none"}},
    ],
)
def test_a_reference_to_a_missing_blob_is_found(lctrack: Command, tmp_path: Path, value: object) -> None:
    segment(tmp_path, [start(), BLOB, line(2, inputs=[value]), end(3)])
    assert [(number, reason.partition(" before it")[0]) for number, reason in found(lctrack, tmp_path)] == [
        (3, "refers to a blob that this segment does not hold")
    ]


def test_a_blob_after_its_reference_is_missing(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), line(1, x={"$blob": "ab"}), line(2, "blob", digest="ab", value=1), end(3)])
    assert found(lctrack, tmp_path) == [(2, "refers to a blob that this segment does not hold before it: ab")]


def test_a_blob_of_another_segment_is_missing(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start(), BLOB, end(2)], "a")
    segment(tmp_path, [start(), line(1, x={"$blob": "ab"}), end(2)], "b")
    assert len(found(lctrack, tmp_path)) == 1


@pytest.mark.parametrize("blob", [{"value": 1}, {"digest": 5, "value": 1}, {"digest": "ab"}])
def test_a_blob_that_is_none_is_found(lctrack: Command, tmp_path: Path, blob: dict[str, Any]) -> None:
    segment(tmp_path, [start(), line(1, "blob", **blob), end(2)])
    assert found(lctrack, tmp_path) == [(2, "a blob without digest or value")]


@pytest.mark.parametrize(
    ("value", "append"), [({"no": "list"}, []), ([], {"no": "list"}), ({"$blob": "ba"}, [])], ids=str
)
def test_only_lists_are_appended_to_lists(lctrack: Command, tmp_path: Path, value: object, append: object) -> None:
    blobs = [line(1, "blob", digest="ba", value="text"), line(2, "blob", digest="ab", value=value)]
    segment(tmp_path, [start(), *blobs, line(3, x={"$blob": "ab", "$append": append}), end(4)])
    assert [number for number, _ in found(lctrack, tmp_path)] == [4]


def test_a_list_that_goes_on_another_list_is_a_list(lctrack: Command, tmp_path: Path) -> None:
    more = line(2, "blob", digest="cd", value={"$blob": "ab", "$append": [1]})
    segment(tmp_path, [start(), BLOB, more, line(3, x={"$blob": "cd", "$append": [2]}), end(4)])
    assert found(lctrack, tmp_path) == []


def test_without_pyarrow_the_rest_is_verified(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal(finished(tmp_path, "a"))
    finished(tmp_path, "b")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    result = lctrack("verify", tmp_path)
    assert (result.code, result.out) == (3, "1 segment · 5 events · 0 problems · 0 notes\n")
    assert result.err == "lctrack verify: 1 sealed segment not verified: that needs pyarrow: pip install pyarrow\n"
