"""Runs and feedback as LangSmith's API has them.

Accepted trade-offs. LangSmith's ids are UUIDs: an id that is none becomes a hash of itself, and stands in the metadata
as recorded. Its times are microseconds: the rest is cut off.
"""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lctrack_uploaders import ids
from lctrack_uploaders.spans import Span
from lctrack_uploaders.targets.mlflow import feedback
from lctrack_uploaders.units import Trace, Unit, digest

_TYPES = {"chat_model": "llm", "llm": "llm", "tool": "tool", "retriever": "retriever", "embedding": "embedding"}
_OTHER = "chain"
_INPUTS = {"chat_model": "messages", "llm": "prompts", "retriever": "query"}
_OUTPUTS = {"chat_model": "generations", "llm": "generations", "retriever": "documents"}
_USAGE = ("input_tokens", "output_tokens", "total_tokens")
_DETAILS = {
    "cached_tokens": ("input_token_details", "cache_read"),
    "cache_write_tokens": ("input_token_details", "cache_creation"),
    "reasoning_tokens": ("output_token_details", "reasoning"),
}

Run = Mapping[str, Any]


def run_id(recorded: str) -> str:
    """Give LangSmith's id of a run.

    Args:
        recorded: Run id.

    Returns:
        A UUID: the recorded one, where it is.
    """
    return str(uuid.UUID(bytes=ids.trace_id(recorded)))


def of_trace(trace: Trace, unit: Unit) -> Iterator[Run]:
    """Give the runs of a trace.

    Args:
        trace: The trace.
        unit: The session it belongs to.

    Yields:
        The runs, parents before their children.
    """
    below: defaultdict[bytes | None, list[Span]] = defaultdict(list)
    for span in trace.spans:
        below[span.parent_id].append(span)
    trace_id = run_id(trace.root_run_id)
    # A run's place begins with that of its parent; spans form a tree, so this ends.
    waiting: list[tuple[Span, str, str | None]] = [(span, "", None) for span in below[None]]
    while waiting:
        span, above, parent = waiting.pop()
        own = run_id(span.run_id)
        order = f"{above}{_moment(span.start):%Y%m%dT%H%M%S%fZ}{own}"
        yield {
            "id": own,
            "trace_id": trace_id,
            "parent_run_id": parent,
            "dotted_order": order,
            **_told(span, unit),
        }
        waiting += [(child, f"{order}.", own) for child in reversed(below[span.span_id])]


def scores(unit: Unit) -> list[dict[str, Any]]:
    """Give a session's scores as feedback on its runs.

    Args:
        unit: The session.

    Returns:
        The feedback, each with an id that follows from what was recorded.
    """
    return [
        {
            "id": str(uuid.UUID(hex=digest(row["run_id"], row["trace_id"], row["time"], row["key"]))),
            "run_id": run_id(row["run_id"] or row["trace_id"]),
            "trace_id": run_id(row["trace_id"]),
            "key": row["key"] or "score",
            "score": row["value"],
            "value": row["label"],
            "comment": row["comment"],
            "created_at": None if row["time"] is None else _moment(row["time"]).isoformat(),
            "feedback_source": {"type": "api", "metadata": {"lctrack.session": unit.session_id}},
        }
        for row in feedback.rows(unit)
    ]


def _told(span: Span, unit: Unit) -> dict[str, Any]:
    ended = span.status != "open"
    return {
        "name": span.name,
        "run_type": _TYPES.get(span.kind, _OTHER),
        "start_time": _moment(span.start).isoformat(),
        "end_time": _moment(span.end).isoformat() if ended else None,
        "inputs": _object(span.inputs, _INPUTS.get(span.kind, "input")),
        "outputs": _object(span.outputs, _OUTPUTS.get(span.kind, "output")) if span.outputs is not None else None,
        "error": _error(span),
        "tags": list(span.tags),
        "extra": {
            "metadata": _metadata(span, unit),
            **({"invocation_params": _read(span.params)} if span.params else {}),
        },
        "events": _events(span),
    }


def _metadata(span: Span, unit: Unit) -> dict[str, Any]:
    found: dict[str, Any] = {
        **span.metadata,
        "lctrack.session": unit.session_id,
        "lctrack.run_id": span.run_id,
        "lctrack.kind": span.kind,
        "lctrack.status": span.status,
    }
    if span.made_up:
        found["lctrack.made_up"] = True
    if span.model:
        found["ls_model_name"] = span.model
    if usage := _usage(span.tokens):
        found["usage_metadata"] = usage
    if span.parent_id is None:
        found.update({f"lctrack.session.{name}": text for name, text in unit.labels.items()})
    return found


def _usage(tokens: Mapping[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = {name: tokens[name] for name in _USAGE if name in tokens}
    for column, (group, name) in _DETAILS.items():
        if column in tokens:
            found.setdefault(group, {})[name] = tokens[column]
    if found and "total_tokens" not in found:
        found["total_tokens"] = found.get("input_tokens", 0) + found.get("output_tokens", 0)
    return found


def _events(span: Span) -> Sequence[Mapping[str, str]]:
    if span.time_to_first_token_ms is None:
        return []
    # LangSmith takes the time to the first token from here.
    first = _moment(span.start + round(span.time_to_first_token_ms * 1_000_000))
    return [{"name": "new_token", "time": first.isoformat()}]


def _error(span: Span) -> str | None:
    if span.error is None:
        return None
    line = ": ".join(filter(None, (span.error.type, span.error.message)))
    return "\n\n".join(filter(None, (line, span.error.traceback))) or "error"


def _object(text: str | None, name: str) -> dict[str, Any]:
    value = _read(text)
    if value is None:
        return {}
    return value if isinstance(value, dict) else {name: value}


def _read(text: str | None) -> Any:
    try:
        # What is no number to JSON's other readers is null to them.
        return None if text is None else json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return text


def _moment(nanoseconds: int) -> datetime:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest // 1000)
