"""A trace as W&B's own trace tree: what its table of traces, timeline and model architecture are drawn from.

W&B knows four kinds of span. Whatever fetches something for a model (a retriever, a reranker, an embedding) is a
`TOOL` there; its own kind stays among the attributes, as its times do, which are milliseconds otherwise.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from lctrack_uploaders.spans import Span
from lctrack_uploaders.units import Trace

KINDS = {
    "llm": "LLM",
    "chat_model": "LLM",
    "agent": "AGENT",
    "tool": "TOOL",
    "retriever": "TOOL",
    "reranker": "TOOL",
    "embedding": "TOOL",
}
"""Kind of span at W&B, by kind of run; any other is a `CHAIN`."""

LARGEST = 8_000_000
"""Characters of a trace: the service drops a line of history of ten million bytes without a word."""
DEEPEST = 100
"""Levels of a trace: the SDK walks down it by recursion."""
_SHORTER = (1_000_000, 100_000, 10_000, 1_000, 100, 10)
"""To how many characters texts are cut until a trace is small enough."""
_NAMES = {
    "llm": ("prompts", "generations"),
    "chat_model": ("messages", "generations"),
    "retriever": ("query", "documents"),
}
"""What inputs and outputs are called that have no names of their own."""


def tree(trace: Trace) -> dict[str, Any]:
    """Give a trace as one span with its children in it.

    Args:
        trace: The trace.

    Returns:
        The fields of the SDK's `Span`, in which long texts are cut where the whole would be too large.
    """
    found = _tree(trace)
    for most in _SHORTER:
        if len(json.dumps(found)) <= LARGEST:
            break
        found = _shorter(found, most)
    return found


def _tree(trace: Trace) -> dict[str, Any]:
    below: defaultdict[bytes | None, list[Span]] = defaultdict(list)
    for span in trace.spans:
        below[span.parent_id].append(span)
    root = trace.spans[0]
    made = {root.span_id: _span(root)}
    # Each span with where it hangs and how deep. What is too deep for the SDK hangs beside its parent.
    waiting = [(child, root.span_id, 1) for child in below[root.span_id]]
    for span, place, depth in waiting:
        made[span.span_id] = _span(span)
        made[place]["child_spans"].append(made[span.span_id])
        under, deeper = (span.span_id, depth + 1) if depth < DEEPEST else (place, depth)
        waiting += [(child, under, deeper) for child in below[span.span_id]]
    for each in made.values():
        each["child_spans"].sort(key=lambda child: child["start_time_ms"])
    return made[root.span_id]


def _span(span: Span) -> dict[str, Any]:
    error = span.error
    given, got = _NAMES.get(span.kind, ("input", "output"))
    inputs, outputs = _named(span.inputs, given), _named(span.outputs, got)
    return {
        "span_id": span.run_id,
        "name": span.name,
        "start_time_ms": span.start // 1_000_000,
        "end_time_ms": span.end // 1_000_000,
        "status_code": {"ok": "SUCCESS", "error": "ERROR"}.get(span.status),
        "status_message": f"{error.type}: {error.message}" if error else None,
        "attributes": _attributes(span),
        "results": [{"inputs": inputs, "outputs": outputs}] if inputs or outputs else None,
        "span_kind": KINDS.get(span.kind, "CHAIN"),
        "child_spans": [],
    }


def _attributes(span: Span) -> dict[str, Any]:
    found = {
        "kind": span.kind,
        "model": span.model,
        "tags": list(span.tags),
        "metadata": dict(span.metadata),
        "params": _parsed(span.params),
        "tokens": dict(span.tokens),
        "time_to_first_token_ms": span.time_to_first_token_ms,
        "traceback": span.error.traceback if span.error else None,
        "start_time_ns": str(span.start),
        "end_time_ns": str(span.end),
        "open": span.status == "open" or None,
        "made_up": span.made_up or None,
    }
    return {key: value for key, value in found.items() if value not in (None, [], {}, "")}


def _named(text: str | None, name: str) -> Mapping[str, Any] | None:
    value = _parsed(text)
    if value is None or isinstance(value, dict):
        return value or None
    return {name: value}


def _parsed(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return text


def _shorter(value: Any, most: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= most else value[:most] + "…"
    if isinstance(value, dict):
        return {key: _shorter(part, most) for key, part in value.items()}
    return [_shorter(part, most) for part in value] if isinstance(value, list) else value
