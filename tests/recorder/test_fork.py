"""A forked process records into a file of its own, and knows the runs it was forked in."""

import os
import signal
import threading
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from lctrack import Recorder
from tests.recorder.support import files, names, read, read_file


def in_child(action: Callable[[], object]) -> None:
    """Do something in a forked process, which ends without Python's own ending."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            action()
            os._exit(0)
        except BaseException:  # noqa: BLE001  # the child must never return into the test run
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def span(recorder: Recorder, name: str) -> None:
    with recorder.span(name):
        pass


def test_a_child_opens_its_own_file_and_keeps_the_trace(tmp_path: Path) -> None:
    with Recorder(tmp_path, name="both") as recorder, recorder.span("parent") as parent:
        in_child(lambda: span(recorder, "child"))
        span(recorder, "after")
    by_parent, by_child = map(read_file, files(tmp_path))
    assert [line["name"] for line in by_parent if "name" in line] == ["parent", "after"]
    start = by_child[1]
    assert (start["name"], start["parent_run_id"], start["trace_id"]) == ("child", parent.run_id, parent.run_id)
    assert start["session_id"] == by_parent[0]["session_id"]


def test_a_child_describes_the_session_but_does_not_end_it(tmp_path: Path) -> None:
    def flush_and_close() -> None:
        span(recorder, "child")
        recorder.close()

    with Recorder(tmp_path, name="both") as recorder:
        span(recorder, "parent")
        in_child(flush_and_close)
    by_parent, by_child = map(read_file, files(tmp_path))
    assert names(by_child) == ["segment_start", "span_start", "span_end", "segment_end"]
    assert by_child[0]["session"] == {"name": "both"}
    assert names(by_parent)[-2:] == ["session_end", "segment_end"]


def test_a_child_ends_the_sessions_it_begins(tmp_path: Path) -> None:
    def begin_and_end() -> None:
        recorder.flush()
        span(recorder, "child")
        recorder.close()

    with Recorder(tmp_path) as recorder:
        span(recorder, "parent")
        in_child(begin_and_end)
    by_parent, by_child = map(read_file, files(tmp_path))
    assert names(by_child) == [
        "segment_start",
        "session_start",
        "span_start",
        "span_end",
        "session_end",
        "segment_end",
    ]
    assert by_parent[0]["session_id"] != by_child[0]["session_id"]


def test_a_child_counts_for_itself(tmp_path: Path) -> None:
    def check() -> None:
        span(recorder, "child")
        assert recorder.stats()["events"] == 2

    with Recorder(tmp_path) as recorder:
        span(recorder, "parent")
        in_child(check)
    assert recorder.stats()["events"] == 2


def test_a_child_does_not_tell_of_the_losses_of_its_parent(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        recorder.failed(OSError("lost in the parent"))
        in_child(lambda: span(recorder, "child"))
        span(recorder, "parent")
    assert names(read(tmp_path)).count("dropped") == 1


def test_a_fork_while_another_thread_writes_does_not_hang(tmp_path: Path) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with recorder._turns.lock:
            held.set()
            done.wait(30)

    with Recorder(tmp_path) as recorder:
        span(recorder, "parent")
        writer = threading.Thread(target=hold)
        writer.start()
        held.wait(30)
        in_child(lambda: span(recorder, "child"))
        done.set()
        writer.join()
    assert len(files(tmp_path)) == 2
