"""The runs of a trace as spans: what every tracing back end asks for, with nothing of any back end in it.

Accepted trade-offs. A run that has not ended gets the last time known of its trace as its end, because no back end
takes a span without one; its status stays `open`. A trace whose root was not recorded gets one made up, because back
ends find a trace by its root. An end before its start (a clock set back) becomes the start.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lctrack_analysis.columns import TOKENS
from lctrack_uploaders import ids, tree
from lctrack_uploaders.typing import Row


class SpanError(NamedTuple):
    """The exception that ended a run."""

    type: str
    message: str
    traceback: str
    time: int


@dataclass(frozen=True, slots=True)
class Span:
    """One run. Times are Unix nanoseconds; `inputs`, `outputs` and `params` are JSON text or None."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes | None
    run_id: str
    recorded_parent: str | None
    name: str
    kind: str
    start: int
    end: int
    status: str
    error: SpanError | None
    inputs: str | None
    outputs: str | None
    params: str | None
    tags: tuple[str, ...]
    metadata: Mapping[str, Any]
    model: str | None
    tokens: Mapping[str, int]
    time_to_first_token_ms: float | None
    made_up: bool = False


def trace_spans(root: str, runs: Sequence[Row], errors: Mapping[str, Row]) -> tuple[Span, ...]:
    """Build the spans of one trace.

    Args:
        root: Run id of the root run, which need not be among the runs.
        runs: Its rows of the table `runs`, times as integers.
        errors: Rows of the table `errors` by run id, times as integers.

    Returns:
        The root, then the other spans by start.

    Raises:
        TerminalError: If two runs would have the same span id.
    """
    by_id = {row["run_id"]: row for row in sorted(runs, key=lambda row: _start(row) or 0)}
    above = tree.parents({run_id: row["parent_run_id"] for run_id, row in by_id.items()}, root)
    names = ids.span_ids({root: None, **above})
    known = [time for row in by_id.values() for time in (row["start_time"], row["end_time"]) if time is not None]
    first, last = min(known, default=0), max(known, default=0)
    trace_id = ids.trace_id(root)

    def span(run_id: str, row: Row) -> Span:
        parent = above[run_id]
        start = first if (recorded := _start(row)) is None else recorded
        end = last if row["end_time"] is None else row["end_time"]
        return Span(
            trace_id=trace_id,
            span_id=names[run_id],
            parent_id=None if parent is None else names[parent],
            run_id=run_id,
            recorded_parent=row["parent_run_id"],
            name=row["name"] or row["kind"] or "run",
            kind=row["kind"] or "chain",
            start=start,
            end=max(start, end),
            status=row["status"] or "open",
            error=_error(row, errors.get(run_id), max(start, end)),
            inputs=row["inputs"],
            outputs=row["outputs"],
            params=row["params"],
            tags=tuple(row["tags"] or ()),
            metadata=_object(row["metadata"]),
            model=row["model"],
            tokens={column.name: row[column.name] for column in TOKENS if row[column.name] is not None},
            time_to_first_token_ms=row["time_to_first_token_ms"],
        )

    spans = [span(run_id, row) for run_id, row in by_id.items()]
    if root not in by_id:
        spans.append(_made_up_root(root, trace_id, names[root], first, last))
    return tuple(sorted(spans, key=lambda each: each.parent_id is not None))


def _start(row: Row) -> int | None:
    """Give a run's start, or where only the end was recorded, its end."""
    start: int | None = row["end_time"] if row["start_time"] is None else row["start_time"]
    return start


def _error(row: Row, error: Row | None, end: int) -> SpanError | None:
    if row["status"] != "error":
        return None
    error = error or {}
    time = error.get("time")
    return SpanError(
        type=row["error_type"] or error.get("type") or "",
        message=row["error_message"] or error.get("message") or "",
        traceback=error.get("traceback") or "",
        time=end if time is None else time,
    )


def _made_up_root(root: str, trace_id: bytes, span_id: bytes, first: int, last: int) -> Span:
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_id=None,
        run_id=root,
        recorded_parent=None,
        name="(root not recorded)",
        kind="chain",
        start=first,
        end=last,
        status="open",
        error=None,
        inputs=None,
        outputs=None,
        params=None,
        tags=(),
        metadata={},
        model=None,
        tokens={},
        time_to_first_token_ms=None,
        made_up=True,
    )


def _object(text: str | None) -> dict[str, Any]:
    """Read a JSON object; anything else counts as an empty one."""
    value = json.loads(text) if text else None
    return value if isinstance(value, dict) else {}
