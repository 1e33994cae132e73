"""A segment is finished when it says so, or when its writer is known to be dead."""

import os
import sys
from pathlib import Path

import pytest

from lctrack._finished import is_being_written, writer_of
from lctrack._segment import this_host
from tests.command.logs import end, finished, line, of_dead_writer, segment, start

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open for writing")


def test_a_segment_that_ends_with_segment_end_is_finished(tmp_path: Path) -> None:
    assert writer_of(finished(tmp_path)).state == "ended"


def test_a_segment_end_without_its_line_break_counts(tmp_path: Path) -> None:
    assert writer_of(segment(tmp_path, [start(), end(1).rstrip()])).state == "ended"


def test_a_segment_end_in_the_middle_does_not_count(tmp_path: Path) -> None:
    assert writer_of(segment(tmp_path, [start(), end(1), line(2)])).state == "unknown"


def test_a_long_last_line_is_no_segment_end(tmp_path: Path) -> None:
    assert writer_of(segment(tmp_path, [start(), line(1, text="x" * 100_000)])).state == "unknown"


def test_the_segment_of_a_process_that_is_gone_is_finished(tmp_path: Path) -> None:
    assert writer_of(of_dead_writer(tmp_path)).state == "gone"


def test_the_segment_of_a_process_that_runs_is_not(tmp_path: Path) -> None:
    assert writer_of(segment(tmp_path, [start(host=this_host(), pid=os.getpid())])).state == "alive"


def test_the_segment_of_another_host_is_not(tmp_path: Path) -> None:
    writer = writer_of(segment(tmp_path, [start(host="elsewhere", pid=1)]))
    assert (writer.state, writer.why) == ("unknown", "its writer is process 1 of another host, elsewhere")


@pytest.mark.parametrize("pid", [None, "1", 0, -1, True, 2**31, 2**70])
def test_a_process_that_cannot_be_is_unknown(tmp_path: Path, pid: object) -> None:
    assert writer_of(segment(tmp_path, [start(host=this_host(), pid=pid)])).state == "unknown"


@pytest.mark.parametrize("content", [b"", b"junk\n", b"{", line(0)])
def test_a_segment_that_does_not_tell_its_writer_is_unknown(tmp_path: Path, content: bytes) -> None:
    assert writer_of(segment(tmp_path, [content])).state == "unknown"


@linux_only
def test_a_file_that_somebody_writes_is_known_to_be_written(tmp_path: Path) -> None:
    path = of_dead_writer(tmp_path)
    with path.open("ab"):
        assert is_being_written(path)
        # As in a container that has the host's name, but numbers its processes itself.
        assert writer_of(path).state == "alive"
    assert not is_being_written(path)
    assert writer_of(path).state == "gone"


@linux_only
def test_a_file_that_somebody_only_reads_is_not_being_written(tmp_path: Path) -> None:
    path = of_dead_writer(tmp_path)
    with path.open("rb"):
        assert not is_being_written(path)
