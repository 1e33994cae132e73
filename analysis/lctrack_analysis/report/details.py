"""All there is about each trace, as a page shows it.

Of each table, the rows of a batch are read one after the other: several at the same time take too much memory.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from lctrack_analysis.notebook.tree import placed_runs
from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.report.batches import Batch
from lctrack_analysis.report.events import Events, given, made
from lctrack_analysis.report.excerpt import excerpt
from lctrack_analysis.report.pool import Pool
from lctrack_analysis.report.safe import as_json, parsed

__all__ = ["details_of"]

_MILLION = 1e6  # nanoseconds in a millisecond
_RUNS = """
SELECT
    core.trace_id, core.run_id, core.parent_run_id, core.session_id, core.kind, core.run_type, core.name,
    core.start_time, core.end_time, core.duration_ms, core.status, core.error_type, core.error_message, core.tags,
    core.model, core.input_tokens, core.output_tokens, core.total_tokens, core.cached_tokens, core.cache_write_tokens,
    core.reasoning_tokens, costs.cost, costs.priced_by, core.time_to_first_token_ms, core.chunks,
    core.depth, core.start_row, core.end_row
FROM stage.run_core AS core LEFT JOIN stage.run_costs AS costs ON costs.place = core.place
WHERE core.trace_id {is_trace}
"""
"""The table `runs` without what its events hold."""
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
_JSON = ("blocks", "tool_calls")


def details_of(logs: Asked, batch: Batch, events: dict[str, Events]) -> Iterator[tuple[str, bytes, list[str]]]:
    """Give the details of all traces in a batch.

    Args:
        logs: The logs; costs and complexity are filled in.
        batch: The traces.
        events: The events of each.

    Yields:
        The id of a trace, in their order; its details as JSON; and a line each about what went in and came out.
    """
    beside = {name: _by_trace(logs.rows(query.format(is_trace=batch.is_trace))) for name, query in _BESIDE.items()}
    runs = sorted(logs.rows(_RUNS.format(is_trace=batch.is_trace)), key=_place)
    for trace_id, found in groupby(runs, key=lambda row: row["trace_id"]):
        own = events.get(trace_id, Events([], is_short=True))
        rows = _with_values(list(found), own)
        root = min(rows, key=lambda row: _height(row, trace_id))
        told = [excerpt(root["inputs"]), excerpt(root["outputs"]) or (root["error_message"] or "")[:160]]
        of_trace = {name: each.get(trace_id, []) for name, each in beside.items()}
        yield trace_id, as_json(_trace(trace_id, rows, of_trace, own.pool())), told


def _with_values(rows: list[dict[str, Any]], events: Events) -> list[dict[str, Any]]:
    """Add what the events of each run hold, as the table `runs` has it."""
    by_place = {event["row_id"]: event for event in events.rows}
    for row in rows:
        start, end = by_place.get(row["start_row"], {}), by_place.get(row["end_row"], {})
        data = start.get("data") or {}
        late = (end.get("data") or {}).get("inputs")  # a streamed chain gives its inputs only at its end
        row["inputs"] = given(start) if late is None else late
        row["outputs"] = made(end)
        row |= {"metadata": start.get("metadata"), "params": data.get("params"), "serialized": data.get("serialized")}
    return rows


def _place(row: dict[str, Any]) -> tuple[str, bool, int, int, str]:
    """Give what runs are put in order by: what has no start is last."""
    start = row["start_time"]
    return row["trace_id"], start is None, start or 0, row["depth"], row["run_id"]


def _by_trace(rows: Iterator[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    return {trace_id or "": list(found) for trace_id, found in groupby(rows, key=lambda row: row["trace_id"])}


def _height(row: dict[str, Any], trace_id: str) -> tuple[bool, int, bool, int, str]:
    """Give what a run is compared by when the highest of a trace stands in for its root, as in the table `traces`."""
    start = row["start_time"]
    return row["run_id"] != trace_id, row["depth"], start is None, start or 0, row["run_id"]


def _trace(
    trace_id: str, rows: list[dict[str, Any]], beside: dict[str, list[dict[str, Any]]], pool: Pool
) -> dict[str, Any]:
    times = [row[name] for row in rows for name in ("start_time", "end_time") if row[name] is not None]
    first = min(times, default=None)
    of_runs = {name: _by_run(found) for name, found in beside.items()}
    runs = []
    for depth, row in placed_runs(rows):
        run = {name: value for name, value in row.items() if value is not None and name not in _TIMES}
        run["depth"] = depth
        if row["start_time"] is not None and first is not None:
            run["offset"] = (row["start_time"] - first) / _MILLION
        run |= {name: found[row["run_id"]] for name, found in of_runs.items() if row["run_id"] in found}
        runs.append(pool.taken(run))
    end = max(times, default=None)
    return {
        "id": trace_id,
        "session": rows[0]["session_id"],
        "start": None if first is None else first / _MILLION,
        "length": None if first is None or end is None else (end - first) / _MILLION,
        "runs": runs,
        "pool": pool.values,
    }


_TIMES = ("trace_id", "session_id", "start_time", "end_time", "start_row", "end_row")


def _by_run(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        own = {name: value for name, value in row.items() if value is not None and name not in _IDS}
        found.setdefault(row["run_id"], []).append(parsed(own, _JSON))
    return found


_IDS = ("trace_id", "run_id")
