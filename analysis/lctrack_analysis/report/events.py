"""The events of each run as they were recorded, beside the details of the traces: a reader seldom wants them."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.report.batches import Batch
from lctrack_analysis.report.pool import pool_for
from lctrack_analysis.report.safe import as_json, parsed

__all__ = ["events_of"]

_EVENTS = """
SELECT
    runs.trace_id, lines.run_id, lines.time, lines.event, lines.segment, lines.seq, lines.file, lines.line,
    lines.session_id, lines.parent_run_id, lines.name, lines.tags, lines.metadata, lines.thread, lines.data,
    lines.masked, lines.lossy
FROM stage.lines JOIN stage.run_core AS runs USING (run_id) WHERE runs.trace_id {is_trace} AND {is_row}
ORDER BY runs.trace_id, lines.time, lines.segment, lines.seq
"""
_JSON = ("data", "metadata")


def events_of(logs: Asked, batch: Batch) -> Iterator[tuple[str, bytes]]:
    """Give the events of all runs in a batch.

    Args:
        logs: The logs.
        batch: The traces.

    Yields:
        The id of a trace, in their order, and JSON with its `events`; their times are Unix nanoseconds.
    """
    query = _EVENTS.format(is_trace=batch.is_trace, is_row=batch.is_row)
    for trace_id, found in groupby(logs.rows(query), key=lambda row: row["trace_id"]):
        rows = list(found)
        pool = pool_for(rows, _JSON)
        events = [pool.taken(_event(row)) for row in rows]
        yield trace_id, as_json({"id": trace_id, "events": events, "pool": pool.values})


def _event(row: dict[str, Any]) -> dict[str, Any]:
    """Give an event without what it lacks."""
    return parsed({name: value for name, value in row.items() if value not in (None, []) and name != "trace_id"}, _JSON)
