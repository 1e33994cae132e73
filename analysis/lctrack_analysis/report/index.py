"""The index of traces: a row for each, the latest first, in pieces that a browser loads one after the other."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.report.pieces import Pieces
from lctrack_analysis.report.spool import Spool

__all__ = ["COLUMNS", "write_index"]

COLUMNS = (
    "id", "session", "name", "kind", "start", "duration", "status", "error", "tokens", "cost", "first_token", "runs",
    "errors", "input", "output",
)  # fmt: skip
"""What a row holds, in this order: `start` in Unix milliseconds, durations in milliseconds, cost in US dollars."""

ROWS = 500
"""Rows of a piece."""

_TRACES = """
SELECT
    trace_id, session_id, name, kind, start_time, duration_ms, status, error_type, total_tokens, cost,
    time_to_first_token_ms, runs, errors
FROM traces ORDER BY start_time DESC NULLS LAST, trace_id
"""
_MILLION = 1e6  # nanoseconds in a millisecond


def write_index(
    logs: Asked, pieces: Pieces, sessions: dict[str, int], excerpts: Spool, show: Callable[[int], None]
) -> int:
    """Write the index.

    Args:
        logs: The logs.
        pieces: Where to; the pieces are `index-0`, `index-1`, …
        sessions: The number of each session in the list of sessions.
        excerpts: A line each about what went into a trace and what came out of it.
        show: Is told how many traces are in it.

    Returns:
        How many pieces there are.
    """
    count = 0
    found = _rows(logs, sessions, excerpts)
    while rows := list(islice(found, ROWS)):
        pieces.put(f"index-{count}", rows)
        count += 1
        show(count * ROWS)
    return count


def _rows(logs: Asked, sessions: dict[str, int], excerpts: Spool) -> Iterator[list[Any]]:
    for row in logs.rows(_TRACES):
        start = None if row["start_time"] is None else row["start_time"] / _MILLION
        yield [
            row["trace_id"],
            sessions.get(row["session_id"]),
            row["name"],
            row["kind"],
            start,
            row["duration_ms"],
            row["status"],
            row["error_type"],
            row["total_tokens"],
            row["cost"],
            row["time_to_first_token_ms"],
            row["runs"],
            row["errors"],
            *excerpts.take(row["trace_id"]),
        ]
