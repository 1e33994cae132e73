"""The events of each run as they were recorded: what a reader may unfold, and what the details are taken from.

DuckDB could take the values out of the events, but holds each as ten times its size while it does.
"""

from itertools import groupby
from typing import Any, NamedTuple

from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.report.batches import Batch
from lctrack_analysis.report.pool import KEY, NoPool, Pool
from lctrack_analysis.report.safe import as_json, parsed

__all__ = ["Events", "events_of", "given", "made"]

_SHORT = 30_000
"""Characters of JSON that are written sooner than searched for what they repeat."""

_EVENTS = """
SELECT
    runs.trace_id, lines.row_id, lines.run_id, lines.time, lines.event, lines.segment, lines.seq, lines.file,
    lines.line, lines.session_id, lines.parent_run_id, lines.name, lines.tags, lines.metadata, lines.thread, lines.data,
    lines.masked, lines.lossy
FROM stage.lines JOIN stage.run_core AS runs USING (run_id) WHERE runs.trace_id {is_trace} AND {is_row}
"""
_JSON = ("data", "metadata")
_NOT_SHOWN = ("trace_id", "row_id")

_GIVEN = {
    "llm_start": ("prompts",),
    "chat_model_start": ("messages",),
    "tool_start": ("inputs", "input_str"),
    "retriever_start": ("query",),
}
_MADE = {"llm_end": "generations", "llm_error": "generations", "tool_end": "output", "retriever_end": "documents"}
"""Where inputs and outputs stand, as in the table `runs`; else in the fields of these names."""


class Events(NamedTuple):
    """The events of a trace in their order, what is JSON in them read."""

    rows: list[dict[str, Any]]
    is_short: bool
    """Whether there is little to repeat, and nothing that a pool could mistake for its own."""

    def pool(self) -> Pool:
        """Give a pool for what is taken from them."""
        return NoPool() if self.is_short else Pool()

    def json(self, trace_id: str) -> bytes:
        """Write them; their times are Unix nanoseconds."""
        pool = self.pool()
        events = [
            pool.taken(
                {name: value for name, value in row.items() if value not in (None, []) and name not in _NOT_SHOWN}
            )
            for row in self.rows
        ]
        return as_json({"id": trace_id, "events": events, "pool": pool.values})


def events_of(logs: Asked, batch: Batch) -> dict[str, Events]:
    """Give the events of all runs in a batch.

    Args:
        logs: The logs.
        batch: The traces.

    Returns:
        Those of each trace.
    """
    query = _EVENTS.format(is_trace=batch.is_trace, is_row=batch.is_row)
    # DuckDB would take more memory to sort them.
    rows = sorted(logs.rows(query), key=lambda row: (row["trace_id"], row["time"], row["segment"], row["seq"]))
    return {trace_id: _events(list(found)) for trace_id, found in groupby(rows, key=lambda row: row["trace_id"])}


def _events(rows: list[dict[str, Any]]) -> Events:
    texts = [row[name] or "" for row in rows for name in _JSON]
    is_short = sum(map(len, texts)) <= _SHORT and not any(KEY in text for text in texts)
    return Events([parsed(row, _JSON) for row in rows], is_short)


def given(event: dict[str, Any]) -> Any:
    """Give what went into a run, of the event that began it."""
    data = _data(event)
    names = _GIVEN.get(event.get("event", ""), ("inputs",))
    return next((data[name] for name in names if data.get(name) is not None), None)


def made(event: dict[str, Any]) -> Any:
    """Give what came out of a run, of the event that ended it."""
    return _data(event).get(_MADE.get(event.get("event", ""), "outputs"))


def _data(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("data")
    return data if isinstance(data, dict) else {}
