"""All there is about each trace, as a page shows it.

Rows of several tables, each in the order of its traces, are read side by side, so that one trace is held at a time.
"""

from collections.abc import Iterator
from itertools import chain, groupby
from typing import Any

from lctrack_analysis.notebook.tree import placed_runs
from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.report.batches import Batch
from lctrack_analysis.report.excerpt import excerpt
from lctrack_analysis.report.pool import pool_for
from lctrack_analysis.report.safe import as_json, parsed

__all__ = ["details_of"]

_MILLION = 1e6  # nanoseconds in a millisecond
_RUNS = """
WITH recorded AS (FROM stage.recorded WHERE {is_row})
SELECT
    core.trace_id, core.run_id, core.parent_run_id, core.session_id, core.kind, core.run_type, core.name,
    core.start_time, core.end_time, core.duration_ms, core.status, core.error_type, core.error_message,
    coalesce(ends.inputs_at_end, starts.inputs) AS inputs, ends.outputs, core.tags, starts.metadata, starts.params,
    core.model, core.input_tokens, core.output_tokens, core.total_tokens, core.cached_tokens, core.cache_write_tokens,
    core.reasoning_tokens, costs.cost, costs.priced_by, core.time_to_first_token_ms, core.chunks, starts.serialized,
    core.depth AS tree_depth
FROM stage.run_core AS core
LEFT JOIN recorded AS starts ON starts.row_id = core.start_row
LEFT JOIN recorded AS ends ON ends.row_id = core.end_row
LEFT JOIN stage.run_costs AS costs ON costs.place = core.place
WHERE core.trace_id {is_trace} ORDER BY core.trace_id, core.start_time, core.depth, core.run_id
"""
"""The table `runs`, of which no more is read than the rows of a batch."""
_BESIDE = {
    "messages": """
        SELECT
            trace_id, run_id, direction, batch_index, role, content, blocks, name, tool_call_id, tool_calls
        FROM messages WHERE trace_id {is_trace} ORDER BY trace_id, run_id, batch_index, position
    """,
    "errors": """
        SELECT trace_id, run_id, traceback FROM errors WHERE trace_id {is_trace} ORDER BY trace_id, run_id, time
    """,
    "scores": """
        SELECT trace_id, run_id, key, value, label, comment
        FROM scores WHERE trace_id {is_trace} ORDER BY trace_id, run_id, time
    """,
    "pictures": """
        SELECT trace_id, run_id, dependency_tree, entities FROM generations
        WHERE trace_id {is_trace} AND (dependency_tree IS NOT NULL OR entities IS NOT NULL)
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


def details_of(logs: Asked, batch: Batch) -> Iterator[tuple[str, bytes, list[str]]]:
    """Give the details of all traces in a batch.

    Args:
        logs: The logs; costs and complexity are filled in.
        batch: The traces.

    Yields:
        The id of a trace, in their order; its details as JSON; and a line each about what went in and came out.
    """
    beside = {name: _Following(logs.rows(query.format(is_trace=batch.is_trace))) for name, query in _BESIDE.items()}
    runs = logs.rows(_RUNS.format(is_trace=batch.is_trace, is_row=batch.is_row))
    for trace_id, found in groupby(runs, key=lambda row: row["trace_id"]):
        rows = list(found)
        root = min(rows, key=lambda row: _is_lower(row, trace_id))
        told = [excerpt(root["inputs"]), excerpt(root["outputs"]) or (root["error_message"] or "")[:160]]
        yield (
            trace_id,
            as_json(_trace(trace_id, rows, {name: each.of(trace_id) for name, each in beside.items()})),
            told,
        )


def _is_lower(row: dict[str, Any], trace_id: str) -> tuple[bool, int, bool, int, str]:
    """Give what a run is compared by when the highest of a trace stands in for its root, as in the table `traces`."""
    start = row["start_time"]
    return row["run_id"] != trace_id, row["tree_depth"], start is None, start or 0, row["run_id"]


def _trace(trace_id: str, rows: list[dict[str, Any]], beside: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    times = [row[name] for row in rows for name in ("start_time", "end_time") if row[name] is not None]
    first = min(times, default=None)
    pool = pool_for([*rows, *chain(*beside.values())], _JSON)
    of_runs = {name: _by_run(found) for name, found in beside.items()}
    runs = []
    for depth, row in placed_runs(rows):
        run = {name: value for name, value in row.items() if value is not None and name not in _TIMES}
        run["depth"] = depth
        if row["start_time"] is not None and first is not None:
            run["offset"] = (row["start_time"] - first) / _MILLION
        run |= {name: found[row["run_id"]] for name, found in of_runs.items() if row["run_id"] in found}
        runs.append(pool.taken(parsed(run, _JSON)))
    end = max(times, default=None)
    return {
        "id": trace_id,
        "session": rows[0]["session_id"],
        "start": None if first is None else first / _MILLION,
        "length": None if first is None or end is None else (end - first) / _MILLION,
        "runs": runs,
        "pool": pool.values,
    }


_TIMES = ("trace_id", "session_id", "start_time", "end_time", "tree_depth")


def _by_run(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        own = {name: value for name, value in row.items() if value is not None and name not in _IDS}
        found.setdefault(row["run_id"], []).append(parsed(own, _JSON))
    return found


_IDS = ("trace_id", "run_id")
