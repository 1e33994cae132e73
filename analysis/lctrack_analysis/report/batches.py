"""Traces in batches that memory holds, each of lines that lie side by side: logs are read once, a part at a time.

DuckDB skips what lies outside of a batch's ranges. To sort everything at once takes more memory than there may be.
"""

from collections.abc import Iterator
from typing import NamedTuple

from lctrack_analysis.ingest.piece import SOURCE_SHIFT
from lctrack_analysis.questions.asking import Asked, literals

__all__ = ["Batch", "batches"]

BYTES, TRACES = 64_000_000, 10_000
"""How much recorded JSON and how many traces make a batch; a single trace may have more."""

_RANGES = f"""
WITH places AS (
    SELECT
        run_id, row_id >> {SOURCE_SHIFT} AS source, sum(strlen(data)) AS bytes,
        min(row_id) AS first, max(row_id) AS last
    FROM stage.lines WHERE run_id IS NOT NULL GROUP BY ALL
)
SELECT trace_id, source, sum(bytes)::BIGINT AS bytes, min(first) AS first, max(last) AS last
FROM stage.run_core JOIN places USING (run_id) GROUP BY trace_id, source
ORDER BY min(min(first)) OVER (PARTITION BY trace_id), trace_id, source
"""  # noqa: S608  # a number of our own


class Batch(NamedTuple):
    """Some traces."""

    traces: frozenset[str]
    rows: dict[int, tuple[int, int]]
    """For each source of lines, the first and the last row with one of these traces."""

    @property
    def is_trace(self) -> str:
        """The right side of a condition on `trace_id`, as SQL."""
        return f"IN {literals(sorted(self.traces))}"

    @property
    def is_row(self) -> str:
        """A condition on `row_id`, as SQL, that holds for all lines of these traces."""
        return f"({' OR '.join(f'row_id BETWEEN {first} AND {last}' for first, last in self.rows.values())})"


def batches(logs: Asked) -> Iterator[Batch]:
    """Give all traces, in the order of their first lines.

    Args:
        logs: The logs.

    Yields:
        Batches; no trace is in two.
    """
    traces: set[str] = set()
    rows: dict[int, tuple[int, int]] = {}
    size = 0
    for row in logs.rows(_RANGES):
        if row["trace_id"] not in traces and (size >= BYTES or len(traces) >= TRACES):
            yield Batch(frozenset(traces), rows)
            traces, rows, size = set(), {}, 0
        traces.add(row["trace_id"])
        first, last = rows.get(row["source"], (row["first"], row["last"]))
        rows[row["source"]] = min(first, row["first"]), max(last, row["last"])
        size += row["bytes"]
    if traces:
        yield Batch(frozenset(traces), rows)
