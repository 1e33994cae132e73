"""Which files are read: a file, a directory of them, or a pattern; each segment once."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis import NoLogsError, UsageError, load
from tests.analysis.writing import chain, event, numbered, segment_start, write

ONE = numbered([segment_start("one"), *chain("a"), *chain("b", 2, 3)])
TWO = numbered([segment_start("two"), *chain("c", 4, 5)])


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write(tmp_path / "one.jsonl", *ONE)
    write(tmp_path / "sub" / "two.jsonl", *TWO)
    write(tmp_path / ".lctrack" / "state.jsonl", *chain("hidden"))
    write(tmp_path / ".hidden.jsonl", *chain("hidden"))
    write(tmp_path / "notes.txt", b"not a log\n")
    return tmp_path


def runs(*paths: str | Path) -> list[str]:
    return load(paths).runs["run_id"].to_list()


def test_a_directory_is_searched_in_depth_but_for_what_begins_with_a_dot(logs: Path) -> None:
    assert runs(logs) == ["a", "b", "c"]


def test_a_single_file_is_read_whatever_its_name(logs: Path) -> None:
    write(logs / "renamed.log", *TWO)
    assert runs(logs / "renamed.log") == ["c"]


def test_a_path_may_be_text_or_an_object_and_one_or_many(logs: Path) -> None:
    ways: list[Any] = [logs, str(logs), [logs], [str(logs / "one.jsonl"), logs / "sub"]]
    for paths in ways:
        assert load(paths).runs.height == 3


def test_a_pattern_stands_for_what_it_matches(logs: Path) -> None:
    assert runs(f"{logs}/*.jsonl") == ["a", "b"]
    assert runs(f"{logs}/**/t*.jsonl") == ["c"]
    assert runs(f"{logs}/s*") == ["c"]


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path: Path) -> None:
    write(tmp_path / "[1].jsonl", *TWO)
    assert runs(tmp_path / "[1].jsonl") == ["c"]


def test_a_file_named_twice_is_read_once(logs: Path) -> None:
    (logs / "link.jsonl").symlink_to(logs / "one.jsonl")
    counted = load([logs, logs / "one.jsonl", logs / "." / "one.jsonl"]).events.height
    assert counted == len(ONE) + len(TWO)


def test_a_file_whose_name_is_no_text_is_read(tmp_path: Path) -> None:
    write(tmp_path / "x.jsonl", *chain("a"), b"nonsense\n")
    os.rename(tmp_path / "x.jsonl", os.fsencode(tmp_path) + b"/\xff.jsonl")  # noqa: PTH104  # a Path is text
    result = load(tmp_path)
    assert result.events["segment"].unique().to_list() == ["\\xff"]
    assert result.problems["file"][0].endswith("\\xff.jsonl")


def test_a_pipe_is_read_from_its_first_line_to_its_last(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    if os.fork() == 0:
        with pipe.open("wb") as stream:
            for number in range(1_000):
                stream.write(b'{"ts": 1, "event": "text", "run_id": "%d"}\n' % number)
        os._exit(0)
    assert load(pipe).events.height == 1_000
    os.wait()


def test_a_segment_that_was_copied_counts_once(logs: Path) -> None:
    shutil.copy(logs / "one.jsonl", logs / "copy of one.jsonl")
    result = load(logs)
    assert result.events.height == len(ONE) + len(TWO)
    assert result.runs.height == 3


def test_a_truncated_copy_beside_the_whole_takes_nothing_away(logs: Path) -> None:
    content = (logs / "one.jsonl").read_bytes()
    for name, length in (("a cut.jsonl", len(content) // 2), ("z cut.jsonl", len(content) // 3)):
        (logs / name).write_bytes(content[:length])
    result = load(logs)
    seqs = result.sql("SELECT seq FROM events WHERE segment = 'one' ORDER BY seq")["seq"].to_list()
    assert list(range(len(ONE))) == seqs
    assert result.runs["status"].to_list() == ["ok", "ok", "ok"]


def test_files_that_share_a_name_and_its_numbers_but_not_their_content_both_count(tmp_path: Path) -> None:
    write(tmp_path / "a" / "log.jsonl", *numbered(chain("a")))
    write(tmp_path / "b" / "log.jsonl", *numbered(chain("b")))
    assert runs(tmp_path) == ["a", "b"]


def test_two_segments_in_one_file_keep_their_names(tmp_path: Path) -> None:
    file = write(tmp_path / "all.jsonl", *ONE, *TWO)
    counted = load(file).sql("SELECT segment, count(*) FROM events GROUP BY segment ORDER BY segment").rows()
    assert counted == [("one", len(ONE)), ("two", len(TWO))]


def test_events_are_in_the_order_of_files_and_lines(logs: Path) -> None:
    events = load([logs / "sub", logs]).events.select("segment", "seq").rows()
    assert [("one", seq) for seq in range(len(ONE))] + [("two", seq) for seq in range(len(TWO))] == events


def test_a_path_that_does_not_exist_is_wrong_usage(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path / "nothing-*.jsonl", tmp_path / ("x" * 300)):
        with pytest.raises(UsageError):
            load(path)


def test_a_directory_without_logs_holds_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoLogsError, match="no log files in"):
        load(tmp_path)
    with pytest.raises(NoLogsError, match="no log files in nothing"):
        load([])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no event yet"),
        (b"\n\n", "holds no event yet"),
        (b"hello\n", "line 1 is not JSON"),
        (b'{"ts": 1, "ev', "line 1 is torn"),
        (b"\x00\x01\x02\n", "line 1 is not JSON"),
    ],
)
def test_files_without_an_event_say_so(content: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(NoLogsError, match=sentence):
        load(write(tmp_path / "x.jsonl", content))


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    write(tmp_path / "x.jsonl", event("text"))
    with pytest.raises(UsageError, match=r"gone\.jsonl cannot be read: No such file"):
        load(tmp_path)
