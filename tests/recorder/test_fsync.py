"""What a power cut may take, for each way to sync: a disk that forgets whatever was not synced tells."""

import contextlib
import json
import logging
import shutil
import time
import types
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from langchain_core.messages import HumanMessage

from lctrack import Recorder, _disk, _journal, _rotation, _segment, _syncing
from tests.recorder.power import Disk, PowerCutError
from tests.recorder.support import files, names, read, read_file

INTERVAL = 1.0
MESSAGES = [HumanMessage("x" * size) for size in (0, 10, 700, 1_500)]
"""What the events refer to: an event without the blob it needs is lost too."""


class Written(NamedTuple):
    """An event that the recorder acknowledged: its value, when, and in which segment."""

    value: int
    when: float
    segment: str


class Outcome(NamedTuple):
    written: list[Written]
    found: set[int]

    @property
    def missing(self) -> list[Written]:
        return [event for event in self.written if event.value not in self.found]


class Cuts:
    """Records on a disk whose power is cut at a random moment, and reads what is left."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = directory
        self._patch = monkeypatch
        self._now = 0.0
        clock = types.SimpleNamespace(**{**vars(time), "monotonic": lambda: self._now})
        for module in (_journal, _rotation, _syncing):
            monkeypatch.setattr(module, "time", clock)

    def cut(self, seed: int, *, refusing: float = 0.0, **options: Any) -> Outcome:
        random = Random(seed)  # noqa: S311  # not for secrets
        disk = Disk(random, calls=random.randint(1, 120), refusing=refusing)
        for module in (_segment, _disk):
            self._patch.setattr(module, "os", disk)
        logs, left = self._directory / "logs", self._directory / "left"
        left.mkdir()
        recorder = Recorder(logs, rotate_bytes=random.choice((600, 3_000, None)), **options)
        written = []
        with contextlib.suppress(PowerCutError):
            for value in range(40):
                self._now += random.choice((0.01, 0.3, 2.0))
                before = recorder.stats()["dropped"]
                recorder.emit("text", {"text": [value, random.choice(MESSAGES)]})
                if recorder.stats()["dropped"] == before:
                    assert recorder._journal._segment
                    written.append(Written(value, self._now, recorder._journal._segment.name))
            recorder.close()
        disk.survivors(left)
        found = {value for file in files(left) for value in _values(file)}
        recorder._journal.after_fork()  # the machine is off: nobody closes anything
        shutil.rmtree(logs, ignore_errors=True)
        shutil.rmtree(left)
        return Outcome(written, found)


def _values(file: Path) -> list[int]:
    values, blobs = [], set()
    for line in file.read_bytes().split(b"\n"):
        with contextlib.suppress(ValueError):
            record = json.loads(line)
            if record["event"] == "blob":
                blobs.add(record["digest"])
            elif record["event"] == "text" and record["text"][1]["$blob"] in blobs:
                values.append(record["text"][0])
    return values


@pytest.fixture
def cuts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Cuts:
    caplog.set_level(logging.ERROR, "lctrack")
    return Cuts(tmp_path, monkeypatch)


def test_always_loses_nothing_that_was_acknowledged(cuts: Cuts) -> None:
    outcomes = [cuts.cut(seed, fsync="always") for seed in range(150)]
    assert [outcome.missing for outcome in outcomes if outcome.missing] == []
    assert sum(len(outcome.written) for outcome in outcomes) > 1_000


def test_always_loses_nothing_where_the_disk_refuses_now_and_then(cuts: Cuts) -> None:
    outcomes = [cuts.cut(seed, fsync="always", refusing=0.2) for seed in range(150)]
    assert [outcome.missing for outcome in outcomes if outcome.missing] == []
    assert sum(len(outcome.written) for outcome in outcomes) > 500


def test_rotate_loses_nothing_of_closed_segments(cuts: Cuts) -> None:
    checked = 0
    for seed in range(150):
        outcome = cuts.cut(seed, fsync="rotate")
        closed = [event for event in outcome.written if event.segment != outcome.written[-1].segment]
        assert [event for event in closed if event in outcome.missing] == []
        checked += len(closed)
    assert checked > 1_000


def test_interval_loses_nothing_older_than_the_interval(cuts: Cuts) -> None:
    checked = 0
    for seed in range(150):
        outcome = cuts.cut(seed, fsync="interval", fsync_interval=INTERVAL)
        older = [event for event in outcome.written if event.when <= outcome.written[-1].when - INTERVAL]
        assert [event for event in older if event in outcome.missing] == []
        checked += len(older)
    assert checked > 1_000


@pytest.mark.parametrize("fsync", ["never", "rotate", "interval"])
def test_what_was_not_synced_can_be_missing(cuts: Cuts, fsync: str) -> None:
    assert any(cuts.cut(seed, fsync=fsync, fsync_interval=INTERVAL).missing for seed in range(50))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(Random(0))  # noqa: S311  # not for secrets
    for module in (_segment, _disk):
        monkeypatch.setattr(module, "os", disk)
    return disk


@pytest.mark.parametrize(
    ("fsync", "expected"),
    [
        ("never", []),
        ("rotate", ["directory {}", "directory {}/a", "directory {}/a/b", "file"]),
        ("interval", ["directory {}", "directory {}/a", "directory {}/a/b", "file"]),
        ("always", ["directory {}", "directory {}/a", "directory {}/a/b", "file", "file", "file", "file"]),
    ],
)
def test_directories_are_synced_with_the_first_file_and_files_when_asked(
    tmp_path: Path, disk: Disk, fsync: Any, expected: list[str]
) -> None:
    with Recorder(tmp_path / "a" / "b", fsync=fsync, fsync_interval=60) as recorder:
        recorder.score("x", 1)
        recorder.score("x", 2)
    assert disk.syncs == [call.format(tmp_path) for call in expected]


def test_a_refusal_is_counted_said_once_and_followed_by_a_new_segment(
    tmp_path: Path, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    with Recorder(tmp_path, fsync="always") as recorder:
        recorder.score("x", 1)
        disk.refusing = 1.0
        recorder.score("x", 2)
        disk.refusing = 0.0
        recorder.score("x", 3)
    first, second = map(read_file, files(tmp_path))
    assert names(first) == ["segment_start", "session_start", "score", "score", "segment_end"]
    assert names(second) == ["segment_start", "dropped", "score", "session_end", "segment_end"]
    assert (second[1]["count"], second[1]["reason"]) == (1, "OSError: [Errno 5] fsync: Input/output error")
    assert recorder.stats()["dropped"] == len(caplog.records) == 1
    assert first[-1]["reason"] == "rotated"


def test_a_disk_that_keeps_refusing_does_not_get_a_file_for_each_event(tmp_path: Path, disk: Disk) -> None:
    disk.refusing = 1.0
    with Recorder(tmp_path, fsync="always") as recorder:
        for number in range(50):
            recorder.score("x", number)
    assert len(files(tmp_path)) <= 3
    assert names(read(tmp_path)).count("score") == 50
    assert recorder.stats()["dropped"] >= 50


def test_a_file_system_that_cannot_sync_directories_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(_descriptor: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr("lctrack._disk.os.fsync", unsupported)
    with Recorder(tmp_path, fsync="always") as recorder:
        recorder.score("x", 1)
    assert recorder.stats()["dropped"] == 0


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> Callable[[OSError | None], list[str]]:
    """Makes syncing what it is on macOS, where `F_FULLFSYNC` gives an error or none; gives the calls made."""
    calls: list[str] = []

    def prepare(error: OSError | None) -> list[str]:
        def control(_descriptor: int, _command: int) -> int:
            calls.append("F_FULLFSYNC")
            if error:
                raise error
            return 0

        monkeypatch.setattr(_disk, "_FULL", 51)
        monkeypatch.setattr(_disk, "fcntl", types.SimpleNamespace(fcntl=control))
        monkeypatch.delattr("lctrack._disk.os.fdatasync")
        monkeypatch.setattr("lctrack._disk.os.fsync", lambda _: calls.append("fsync"))
        return calls

    return prepare


@pytest.mark.parametrize(
    ("error", "calls"),
    [(None, ["F_FULLFSYNC"]), (OSError(45, "Operation not supported"), ["F_FULLFSYNC", "fsync"])],
)
def test_on_macos_the_drive_is_asked_too(
    mac: Callable[[OSError | None], list[str]], error: OSError | None, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_disk, "_UNSUPPORTED", {45})
    made = mac(error)
    _disk.sync_file(0)
    assert made == calls
