"""A full disk costs events, which are counted, but neither the application nor the lines around them."""

import errno
import json
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from lctrack import Recorder
from lctrack._segment import Segment
from tests.recorder.support import Line, descriptors, files, names, only, read, read_file
from tests.recorder.test_fork import in_child


def span(recorder: Recorder, name: str) -> None:
    with recorder.span(name, inputs="x" * 1_000):
        pass


@contextmanager
def room_for(file: Path, spare: int) -> Iterator[None]:
    """Let files grow no further than `spare` bytes beyond what this one has."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + spare, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def sound_lines(file: Path) -> list[Line]:
    """Give the lines that parse; exactly one must not."""
    lines: list[Line] = []
    torn = 0
    for text in file.read_bytes().splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            torn += 1
    assert torn == 1
    return lines


@pytest.mark.parametrize("spare", [1, 100, 1_000])
def test_a_short_write_costs_its_event_only(tmp_path: Path, spare: int) -> None:
    with Recorder(tmp_path) as recorder:
        span(recorder, "before")
        (file,) = files(tmp_path)
        with room_for(file, spare):
            span(recorder, "lost")
        assert recorder.stats()["dropped"] >= 1
        dropped = recorder.stats()["dropped"]
        span(recorder, "after")
    lines = sound_lines(file)
    assert list(range(len(lines))) == [line["seq"] for line in lines]
    (told,) = [line for line in lines if line["event"] == "dropped"]
    assert told["count"] == dropped
    assert "File too large" in told["reason"]
    assert {"before", "after"} <= {line.get("name") for line in lines}


def test_nothing_but_the_line_break_missing_loses_nothing(tmp_path: Path) -> None:
    body = b'{"event":"x"}'
    segment = Segment(tmp_path)
    segment.write(body)
    line = len(body) + len('"seq":1,') + 1
    with room_for(segment.path, line - 1):
        segment.write(body)
    segment.write(body)
    segment.close()
    assert [line["seq"] for line in read(tmp_path)] == [0, 1, 2]
    assert segment.size == segment.path.stat().st_size


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the disk "full", and lets it have "room" again."""
    write = os.write

    def full(_descriptor: int, _line: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda state: monkeypatch.setattr("lctrack._segment.os.write", {"full": full, "room": write}[state])


def test_every_lost_event_is_told_of_once_writing_works_again(tmp_path: Path, disk: Callable[[str], None]) -> None:
    with Recorder(tmp_path) as recorder:
        span(recorder, "before")
        disk("full")
        for _ in range(10):
            span(recorder, "lost")
        disk("room")
        span(recorder, "after")
    told = only(tmp_path, "dropped")
    assert (told["count"], told["reason"]) == (20, "OSError: [Errno 28] No space left on device")
    assert recorder.stats()["dropped"] == 20
    assert recorder.stats()["events"] == 4


def test_losses_are_told_of_when_the_recording_is_closed(tmp_path: Path, disk: Callable[[str], None]) -> None:
    with Recorder(tmp_path) as recorder:
        span(recorder, "before")
        disk("full")
        span(recorder, "lost")
        disk("room")
    assert names(read(tmp_path))[-3:] == ["dropped", "session_end", "segment_end"]


def test_a_file_whose_first_line_failed_still_gets_it(tmp_path: Path, disk: Callable[[str], None]) -> None:
    with Recorder(tmp_path) as recorder:
        disk("full")
        recorder.score("lost", 1)
        disk("room")
        span(recorder, "after")
    assert len(files(tmp_path)) == 1
    assert names(read(tmp_path)) == [
        "segment_start",
        "dropped",
        "session_start",
        "span_start",
        "span_end",
        "session_end",
        "segment_end",
    ]


def test_a_disk_that_stays_full_does_not_keep_the_file_open(tmp_path: Path, disk: Callable[[str], None]) -> None:
    before = descriptors()
    recorder = Recorder(tmp_path)
    span(recorder, "before")
    disk("full")
    recorder.close()
    assert before == descriptors()


def test_a_device_without_room_costs_the_application_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> int:
        return os_open("/dev/full", os.O_WRONLY)

    os_open = os.open
    monkeypatch.setattr("lctrack._segment.os.open", full)
    with Recorder(tmp_path) as recorder:
        span(recorder, "lost")
    assert recorder.stats()["dropped"] >= 2
    assert recorder.stats()["events"] == recorder.stats()["bytes"] == 0


EAGER: dict[str, Any] = {"rotate_bytes": 2_500, "fsync": "always"}
"""Options with which every event makes the recorder do more than to append a line."""


@pytest.mark.parametrize("spare", [1, 100, 1_000, 3_000])
def test_with_rotation_and_syncing_too_a_short_write_costs_its_event_only(tmp_path: Path, spare: int) -> None:
    with Recorder(tmp_path, **EAGER) as recorder:
        span(recorder, "before")
        with room_for(files(tmp_path)[-1], spare):
            for _ in range(5):
                span(recorder, "meanwhile")
        span(recorder, "after")
    lines = [line for file in files(tmp_path) for line in parsed(file)]
    kept = [line for line in lines if line["event"] in ("span_start", "span_end")]
    told = sum(line["count"] for line in lines if line["event"] == "dropped")
    assert recorder.stats()["events"] == len(kept)
    assert len(kept) + recorder.stats()["dropped"] >= 14
    assert told == recorder.stats()["dropped"]
    assert {"before", "after"} <= {line.get("name") for line in lines}


def parsed(file: Path) -> list[Line]:
    """Give the lines that parse, which must be numbered without a gap."""
    lines: list[Line] = []
    for text in file.read_bytes().splitlines():
        with suppress(ValueError):
            lines.append(json.loads(text))
    assert list(range(len(lines))) == [line["seq"] for line in lines]
    return lines


def test_a_disk_that_is_full_when_a_segment_is_left_keeps_what_is_in_it(
    tmp_path: Path, disk: Callable[[str], None]
) -> None:
    with Recorder(tmp_path, rotate_bytes=1, fsync="always") as recorder:
        recorder.score("n", 1)
        disk("full")
        recorder.score("n", 2)
        disk("room")
        recorder.score("n", 3)
    first, second = map(read_file, files(tmp_path))
    assert names(first) == ["segment_start", "session_start", "score"]
    assert names(second)[:3] == ["segment_start", "dropped", "score"]
    assert (first[2]["value"], second[2]["value"]) == (1, 3)


def unprivileged() -> None:
    """Make this process one that file rights stop."""
    if os.geteuid() == 0:
        os.setuid(65534)


def test_a_directory_that_may_not_be_written_to_costs_the_application_nothing(tmp_path: Path) -> None:
    def record() -> None:
        unprivileged()
        with Recorder(tmp_path) as recorder:
            span(recorder, "lost")
        assert recorder.stats()["dropped"] >= 2

    tmp_path.chmod(0o500)
    in_child(record)
    tmp_path.chmod(0o700)
    assert files(tmp_path) == []


def test_where_the_directory_becomes_read_only_the_open_segment_goes_on(tmp_path: Path) -> None:
    def record() -> None:
        with Recorder(tmp_path, rotate_bytes=1) as recorder:
            span(recorder, "before")
            tmp_path.chmod(0o500)
            unprivileged()
            span(recorder, "after")
        assert recorder.stats()["dropped"] == 0

    in_child(record)
    tmp_path.chmod(0o700)
    assert [line["name"] for line in read(tmp_path) if "name" in line] == ["before", "after"]
    assert names(read_file(files(tmp_path)[-1]))[-1] == "segment_end"
