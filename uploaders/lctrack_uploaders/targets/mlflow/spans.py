"""A session's traces as MLflow's own kind of spans.

Inputs and outputs are sent once, as MLflow's attributes; of the shared conventions only the small ones come along.
"""

import json
from collections.abc import Iterator
from typing import Any

from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from lctrack_uploaders.attributes import Value, common
from lctrack_uploaders.otlp import encode
from lctrack_uploaders.spans import Span
from lctrack_uploaders.targets.mlflow import names
from lctrack_uploaders.units import Trace, Unit

MAX_METADATA = 250
"""Longest session or user id of a trace; one that is longer makes MLflow refuse the whole request."""

USAGE = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "total_tokens",
    "cached_tokens": "cache_read_input_tokens",
    "cache_write_tokens": "cache_creation_input_tokens",
}
"""Key of MLflow's token usage, by column."""


def messages(trace: Trace, unit: Unit) -> list[Message]:
    """Encode a trace.

    Args:
        trace: The trace.
        unit: The session it belongs to.

    Returns:
        Its spans as protobuf messages, the root first.
    """
    return [encode(span, dict(_attributes(span, unit))) for span in trace.spans]


def _attributes(span: Span, unit: Unit) -> Iterator[tuple[str, Value]]:
    for name, value in common(span, unit.session_id).items():
        is_id = name in ("session.id", "user.id", "gen_ai.conversation.id")
        yield name, names.cut(value, MAX_METADATA) if is_id and isinstance(value, str) else value
    # Any text is a span type to MLflow; it has its own icons for those it knows.
    yield "mlflow.spanType", span.kind.upper()
    for name, text in (("mlflow.spanInputs", span.inputs), ("mlflow.spanOutputs", span.outputs)):
        if (json_value := _json_value(text)) is not None:
            yield name, json_value
    if span.model:
        yield "mlflow.llm.model", span.model
    if usage := _usage(span):
        yield "mlflow.chat.tokenUsage", json.dumps(usage)
    if span.kind == "chat_model":
        yield "mlflow.message.format", "langchain"
    if span.parent_id is None:
        yield "mlflow.traceTag.mlflow.traceName", names.cut(span.name, MAX_METADATA)
        yield "mlflow.traceTag.lctrack.session", names.session_key(unit.session_id)
        if span.tags:
            yield "mlflow.traceTag.lctrack.tags", names.cut(json.dumps(span.tags, ensure_ascii=False), names.MAX_TAG)


def _json_value(text: str | None) -> Value | None:
    """Give JSON text as the attribute value that MLflow reads back as the same JSON value.

    MLflow encodes every attribute and undoes one layer where it finds two, but only of strings, lists and objects.
    """
    if text is None:
        return None
    try:
        value: Any = json.loads(text)
    except ValueError:
        return json.dumps(text)
    return value if isinstance(value, bool | int | float) else text if value is not None else None


def _usage(span: Span) -> dict[str, int]:
    usage = {key: span.tokens[column] for column, key in USAGE.items() if column in span.tokens}
    if "total_tokens" not in usage and {"input_tokens", "output_tokens"} <= usage.keys():
        usage["total_tokens"] = usage["input_tokens"] + usage["output_tokens"]
    return usage
