"""A recording in many segments is analysed like the same recording in one."""

from pathlib import Path
from typing import Any

from lctrack import LogCallbackHandler
from lctrack_analysis import load
from tests.recorder.applications import SYNC

RUNS = "run_id, parent_run_id, trace_id, kind, name, status, depth, inputs, outputs, error_type"
SESSIONS = "project, name, status, events, runs, traces, errors"
MESSAGES = "run_id, role, content"


def record(**handlers: LogCallbackHandler) -> None:
    for application in ("chain", "agent", "streamed chat", "failing tool"):
        SYNC[application]({"callbacks": list(handlers.values())})
        for handler in handlers.values():
            handler.flush_tracker(name=application, finish=application == "failing tool")


def rows(directory: Path, columns: str, table: str) -> list[Any]:
    logs = load(directory)
    try:
        assert logs.problems.is_empty()
        return sorted(logs.sql(f"SELECT {columns} FROM {table}").rows(), key=repr)  # noqa: S608  # our own names
    finally:
        logs.close()


def test_rotation_changes_no_run_no_session_and_no_message(tmp_path: Path) -> None:
    whole, rotated = tmp_path / "whole", tmp_path / "rotated"
    record(
        one=LogCallbackHandler(whole, project="p"),
        other=LogCallbackHandler(rotated, project="p", rotate_bytes=1),
    )
    assert len(list(rotated.iterdir())) > 20
    for columns, table in ((RUNS, "runs"), (SESSIONS, "sessions"), (MESSAGES, "messages")):
        expected = rows(whole, columns, table)
        assert expected
        assert expected == rows(rotated, columns, table)
