"""Code that runs in the middle of a write, like a signal handler or a finaliser, does no harm."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lctrack import Recorder, _segment
from tests.recorder.support import descriptors, files, names, read


def interrupt(monkeypatch: pytest.MonkeyPatch, action: Callable[[], None]) -> None:
    """Run something once, in the middle of the next write."""
    write = os.write

    def interrupted(descriptor: int, line: bytes) -> int:
        monkeypatch.setattr("lctrack._segment.os.write", write)
        action()
        return write(descriptor, line)

    monkeypatch.setattr("lctrack._segment.os.write", interrupted)


def test_an_event_within_the_writing_of_another_follows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Recorder(tmp_path) as recorder:
        recorder.score("first", 1)
        interrupt(monkeypatch, lambda: recorder.score("within", 1))
        recorder.score("around", 1)
    keys = [line["key"] for line in read(tmp_path) if line["event"] == "score"]
    assert keys == ["first", "around", "within"]
    assert recorder.stats()["bytes"] == files(tmp_path)[0].stat().st_size


def test_closing_within_the_writing_of_an_event_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(tmp_path)
    recorder.score("first", 1)
    before = descriptors()
    interrupt(monkeypatch, recorder.close)
    recorder.score("around", 1)
    assert names(read(tmp_path)) == [
        "segment_start",
        "session_start",
        "score",
        "score",
        "session_end",
        "segment_end",
    ]
    assert recorder.stats()["dropped"] == 0
    assert len(before) - 1 == len(descriptors())


def test_a_closed_segment_refuses_lines_rather_than_writing_into_another_file(tmp_path: Path) -> None:
    segment = _segment.Segment(tmp_path)
    segment.close()
    other = os.open(tmp_path / "other", os.O_CREAT | os.O_WRONLY)
    with pytest.raises(OSError, match="Bad file descriptor"):
        segment.write(b'{"event":"x"}')
    os.close(other)
    assert (tmp_path / "other").read_bytes() == b""


def test_an_interruption_of_what_was_postponed_does_not_jam_the_recorder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raise_interrupt() -> None:
        raise KeyboardInterrupt

    with Recorder(tmp_path) as recorder:
        recorder.score("first", 1)
        interrupt(monkeypatch, lambda: recorder._turns.take(raise_interrupt))
        with pytest.raises(KeyboardInterrupt):
            recorder.score("around", 1)
        recorder.score("after", 1)
    assert [line["key"] for line in read(tmp_path) if line["event"] == "score"] == ["first", "around", "after"]
