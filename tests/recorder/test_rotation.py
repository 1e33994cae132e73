"""A segment that is big or old enough is left for another, and nothing of the recording is."""

import errno
import os
import shutil
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from lctrack import LogCallbackHandler, Recorder, _journal, _rotation
from lctrack._lines import read_lines
from lctrack.command.check import Check, Finding
from tests.recorder.applications import SYNC
from tests.recorder.support import Line, files, names, only, read, read_events, read_file

OWN = ("seq", "ts", "session_id", "monotonic_ns")
"""What differs between two recordings of the same events."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Gives a function that lets seconds pass."""
    now = [100.0]
    stopped = types.SimpleNamespace(**{**vars(time), "monotonic": lambda: now[0]})
    for module in (_journal, _rotation):
        monkeypatch.setattr(module, "time", stopped)

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def ends(directory: Path) -> list[str]:
    return [read_file(file)[-1]["reason"] for file in files(directory)]


def findings(directory: Path) -> list[Finding]:
    found = []
    for file in files(directory):
        check = Check()
        for line in read_lines(file):
            check.add(line)
        check.finish()
        found += check.findings
    return found


def told(directory: Path) -> list[Line]:
    """Give the events in an order that does not depend on which thread was first."""
    lines = [{key: value for key, value in line.items() if key not in OWN} for line in read_events(directory)]
    return sorted(lines, key=repr)


def test_the_event_after_the_limit_begins_a_new_segment(tmp_path: Path) -> None:
    with Recorder(tmp_path, rotate_bytes=2_000) as recorder:
        for number in range(20):
            recorder.score("n", number, comment="x" * 400)
    sizes = [file.stat().st_size for file in files(tmp_path)]
    assert len(sizes) > 3
    assert all(2_000 <= size < 2_000 + 800 for size in sizes[:-1])
    assert ends(tmp_path) == ["rotated"] * (len(sizes) - 1) + ["closed"]
    assert [line["value"] for line in read(tmp_path) if line["event"] == "score"] == list(range(20))
    assert recorder.stats()["segments"] == len(sizes)
    assert recorder.stats()["bytes"] == sum(sizes)


def test_the_event_after_the_age_begins_a_new_segment(tmp_path: Path, clock: Callable[[float], None]) -> None:
    with Recorder(tmp_path, rotate_seconds=60) as recorder:
        for _ in range(3):
            recorder.score("n", 1)
            clock(59)
            recorder.score("n", 2)
            clock(1)
    assert [names(read_file(file)).count("score") for file in files(tmp_path)] == [2, 2, 2]


def test_nobody_rotates_what_is_idle_flushed_or_closed(tmp_path: Path, clock: Callable[[float], None]) -> None:
    with Recorder(tmp_path, rotate_seconds=60, rotate_bytes=1) as recorder:
        recorder.score("n", 1)
        clock(1_000)
        recorder.flush()
    assert ends(tmp_path) == ["closed"]


def test_an_event_larger_than_the_limit_gets_a_segment_of_its_own(tmp_path: Path) -> None:
    with Recorder(tmp_path, rotate_bytes=1_000) as recorder:
        for _ in range(3):
            recorder.score("n", 1, comment="x" * 50_000)
    assert [names(read_file(file)).count("score") for file in files(tmp_path)] == [1, 1, 1]


@pytest.mark.parametrize("application", SYNC)
def test_a_rotated_recording_tells_the_same(tmp_path: Path, application: str) -> None:
    whole, rotated = tmp_path / "whole", tmp_path / "rotated"
    with LogCallbackHandler(whole) as one, LogCallbackHandler(rotated, rotate_bytes=1) as other:
        SYNC[application]({"callbacks": [one, other]})
    assert _without_extras(told(whole)) == _without_extras(told(rotated))
    assert len(files(rotated)) == one.stats()["events"]
    assert findings(rotated) == []


def _without_extras(lines: list[Line]) -> list[Line]:
    """Leave out when the first token came, which is not the same moment for both."""
    return [{**line, "stream": line.get("stream", {}).get("chunks")} for line in lines]


@given(
    turns=st.lists(st.text(max_size=60), min_size=1, max_size=12),
    limit=st.integers(1, 4_000),
    changed=st.integers(0, 11),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_segment_of_a_growing_conversation_stands_alone(
    tmp_path_factory: pytest.TempPathFactory, turns: list[str], limit: int, changed: int
) -> None:
    directory = tmp_path_factory.mktemp("logs")
    expected: list[list[str]] = []
    history: list[BaseMessage] = []
    with Recorder(directory, rotate_bytes=limit) as recorder:
        for turn, text in enumerate(turns):
            history += [HumanMessage(text), AIMessage(text[::-1])]
            if turn == changed:
                history[0].content = "changed in place"
            expected.append([str(message.content) for message in history])
            recorder.emit("chat_model_start", {"messages": [history]})
    starts = [line for line in read_events(directory) if line["event"] == "chat_model_start"]
    assert expected == [[message["content"] for message in line["messages"][0]] for line in starts]
    assert findings(directory) == []


def test_a_run_goes_on_in_the_next_segment(tmp_path: Path) -> None:
    with Recorder(tmp_path, rotate_bytes=1) as recorder, recorder.span("outer") as outer, recorder.span("inner"):
        recorder.score("n", 1)
    lines = read_events(tmp_path)
    assert len(files(tmp_path)) == len(lines) == 5
    assert {line["trace_id"] for line in lines} == {outer.run_id}
    assert len({line["session_id"] for line in read(tmp_path) if "session_id" in line}) == 1


def test_each_segment_says_how_its_session_is_labelled(tmp_path: Path) -> None:
    with Recorder(tmp_path, rotate_bytes=1, project="p", name="n") as recorder:
        for number in range(3):
            recorder.score("n", number)
    starts = [line for line in read(tmp_path) if line["event"] == "segment_start"]
    assert [start["session"] for start in starts] == [{"project": "p", "name": "n"}] * 3
    assert only(tmp_path, "session_start")["session_id"] == starts[2]["session_id"]
    assert only(tmp_path, "session_end")["events"] == 3


@contextmanager
def no_file_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: Any) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr("lctrack._segment.os.open", refuse)
        yield


def test_where_no_other_segment_can_be_opened_the_old_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    with Recorder(tmp_path, rotate_bytes=500) as recorder:
        recorder.score("n", 0, comment="x" * 500)
        with no_file_can_be_opened(monkeypatch):
            for number in range(1, 4):
                recorder.score("n", number)
                clock(5)
        recorder.score("n", 4)
    first, second = map(read_file, files(tmp_path))
    assert [line["value"] for line in first if line["event"] == "score"] == [0, 1, 2, 3]
    assert [line["value"] for line in second if line["event"] == "score"] == [4]
    assert recorder.stats()["dropped"] == 0


def test_opening_another_is_tried_once_a_second_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Callable[[float], None]
) -> None:
    with Recorder(tmp_path, rotate_bytes=1) as recorder:
        recorder.score("n", 0)
        with no_file_can_be_opened(monkeypatch):
            recorder.score("n", 1)
        recorder.score("n", 2)
        assert len(files(tmp_path)) == 1
        clock(1)
        recorder.score("n", 3)
    assert len(files(tmp_path)) == 2


def test_a_directory_that_is_removed_is_noticed_and_made_again(
    tmp_path: Path, clock: Callable[[float], None], caplog: pytest.LogCaptureFixture
) -> None:
    logs = tmp_path / "logs"
    with Recorder(logs, project="p") as recorder:
        recorder.score("n", 1)
        shutil.rmtree(logs)
        clock(1)
        recorder.score("n", 2)
        recorder.score("n", 3)
    lines = read(logs)
    assert [line["value"] for line in lines if line["event"] == "score"] == [2, 3]
    assert lines[0]["session"] == {"project": "p"}
    assert "removed while it was written to" in only(logs, "dropped")["reason"]
    assert recorder.stats()["dropped"] == len(caplog.records) == 1


def test_a_directory_that_is_removed_is_noticed_at_the_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    logs = tmp_path / "logs"
    with Recorder(logs) as recorder:
        recorder.score("n", 1)
        shutil.rmtree(logs)
    assert recorder.stats()["dropped"] == len(caplog.records) == 1
    assert not logs.exists()


def test_a_directory_that_cannot_be_made_again_costs_only_what_comes_meanwhile(
    tmp_path: Path, clock: Callable[[float], None]
) -> None:
    logs = tmp_path / "logs"
    with Recorder(logs) as recorder:
        recorder.score("n", 1)
        shutil.rmtree(logs)
        logs.write_text("in the way")
        clock(1)
        recorder.score("n", 2)
        logs.unlink()
        recorder.score("n", 3)
    assert [line["value"] for line in read(logs) if line["event"] == "score"] == [3]


def test_a_directory_that_is_moved_takes_its_open_segment_along(tmp_path: Path, clock: Callable[[float], None]) -> None:
    with Recorder(tmp_path / "logs") as recorder:
        recorder.score("n", 1)
        (tmp_path / "logs").rename(tmp_path / "moved")
        clock(1)
        recorder.score("n", 2)
    assert [line["value"] for line in read(tmp_path / "moved") if line["event"] == "score"] == [1, 2]
