"""The details of each trace, in pieces of about a megabyte, sorted by the traces' ids.

Rows of several tables, each in the order of its traces, are read side by side, so that one trace is held at a time.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

import orjson

from lctrack_analysis.notebook.tree import placed_runs
from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.report.pieces import Pieces
from lctrack_analysis.report.pool import Pool
from lctrack_analysis.report.safe import as_json

__all__ = ["write_details"]

PIECE = 1_000_000
"""Bytes of JSON after which a piece is full."""

_MILLION = 1e6  # nanoseconds in a millisecond
_RUNS = """
SELECT
    trace_id, run_id, parent_run_id, session_id, kind, run_type, name, start_time, end_time, duration_ms, status,
    error_type, error_message, inputs, outputs, tags, metadata, params, model, input_tokens, output_tokens,
    total_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost, priced_by, time_to_first_token_ms, chunks,
    serialized
FROM runs ORDER BY trace_id, start_time, depth, run_id
"""
_BESIDE = {
    "messages": """
        SELECT
            trace_id, run_id, direction, batch_index, role, content, blocks, name, tool_call_id, tool_calls
        FROM messages ORDER BY trace_id, run_id, batch_index, position
    """,
    "errors": "SELECT trace_id, run_id, traceback FROM errors ORDER BY trace_id, run_id, time",
    "scores": "SELECT trace_id, run_id, key, value, label, comment FROM scores ORDER BY trace_id, run_id, time",
    "pictures": """
        SELECT trace_id, run_id, dependency_tree, entities FROM generations
        WHERE dependency_tree IS NOT NULL OR entities IS NOT NULL
        ORDER BY trace_id, run_id, prompt_index, generation_index
    """,
}
"""What stands beside the runs, each with the trace and the run that it belongs to."""
_JSON = ("inputs", "outputs", "metadata", "params", "serialized", "blocks", "tool_calls")


class _Following:
    """Rows in the order of their traces, of which those of one trace after the other are asked for."""

    def __init__(self, rows: Iterator[dict[str, Any]]) -> None:
        self._groups = groupby(rows, key=lambda row: row["trace_id"] or "")
        self._next: tuple[str, list[dict[str, Any]]] | None = None
        self._advance()

    def of(self, trace_id: str) -> list[dict[str, Any]]:
        """Give the rows of a trace; ids that are asked for only ever grow."""
        while self._next is not None and self._next[0] < trace_id:
            self._advance()
        return self._next[1] if self._next is not None and self._next[0] == trace_id else []

    def _advance(self) -> None:
        found = next(self._groups, None)
        self._next = None if found is None else (found[0], list(found[1]))


def write_details(logs: Asked, pieces: Pieces, show: Callable[[int], None]) -> list[str]:
    """Write the details of all traces.

    Args:
        logs: The logs.
        pieces: Where to; the pieces are `traces-0`, `traces-1`, …
        show: Is told how many traces are done.

    Returns:
        For each piece the id of its first trace, by which a browser finds the piece of a trace.
    """
    beside = {name: _Following(logs.rows(query)) for name, query in _BESIDE.items()}
    firsts: list[str] = []
    held: list[Any] = []
    size = 0
    for done, (trace_id, rows) in enumerate(groupby(logs.rows(_RUNS), key=lambda row: row["trace_id"] or ""), 1):
        detail = as_json(_trace(trace_id, list(rows), {name: each.of(trace_id) for name, each in beside.items()}))
        if not held:
            firsts.append(trace_id)
        held.append(orjson.Fragment(detail))
        size += len(detail)
        if size >= PIECE:
            pieces.put(f"traces-{len(firsts) - 1}", held)
            held, size = [], 0
        show(done)
    if held:
        pieces.put(f"traces-{len(firsts) - 1}", held)
    return firsts


def _trace(trace_id: str, rows: list[dict[str, Any]], beside: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    times = [row[name] for row in rows for name in ("start_time", "end_time") if row[name] is not None]
    first = min(times, default=None)
    pool = Pool()
    runs = []
    for depth, row in placed_runs(rows):
        run = {name: value for name, value in row.items() if value is not None and name not in _TIMES}
        run["depth"] = depth
        if row["start_time"] is not None and first is not None:
            run["offset"] = (row["start_time"] - first) / _MILLION
        for name, found in beside.items():
            own = [_own(each) for each in found if each["run_id"] == row["run_id"]]
            if own:
                run[name] = own
        runs.append(pool.taken(_parsed(run)))
    end = max(times, default=None)
    return {
        "id": trace_id,
        "session": rows[0]["session_id"],
        "start": None if first is None else first / _MILLION,
        "length": None if first is None or end is None else (end - first) / _MILLION,
        "runs": runs,
        "pool": pool.values,
    }


_TIMES = ("trace_id", "session_id", "start_time", "end_time")


def _own(row: dict[str, Any]) -> dict[str, Any]:
    return _parsed({name: value for name, value in row.items() if value is not None and name not in _IDS})


_IDS = ("trace_id", "run_id")


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    """Read the JSON in a row; what is none stays text."""
    for name in _JSON:
        if isinstance(row.get(name), str):
            try:
                row[name] = orjson.loads(row[name])
            except orjson.JSONDecodeError:
                continue
    return row
