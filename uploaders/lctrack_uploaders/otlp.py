"""Spans as OpenTelemetry's protobuf messages, which MLflow and every OTLP back end take; and those as OTLP's JSON."""

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from lctrack_analysis.text import is_unicode
from lctrack_uploaders.attributes import Value
from lctrack_uploaders.spans import Span

_STATUS = {
    "ok": Status.STATUS_CODE_OK,
    "interrupted": Status.STATUS_CODE_OK,  # a pause is no error
    "error": Status.STATUS_CODE_ERROR,
    "open": Status.STATUS_CODE_UNSET,
}
_CALLS_ELSEWHERE = ("llm", "chat_model", "embedding")
_INT64 = range(-(2**63), 2**63)
SCOPE = "lctrack"
"""What the spans say they come from."""
_IDS = ("traceId", "spanId", "parentSpanId")


def encode(span: Span, attributes: Mapping[str, Value]) -> Message:
    """Encode one span.

    Args:
        span: The run.
        attributes: Its attributes, under the names the back end reads.

    Returns:
        The message; an error is its status and an `exception` event.
    """
    message = Message(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_id or b"",
        name=span.name,
        kind=Message.SPAN_KIND_CLIENT if span.kind in _CALLS_ELSEWHERE else Message.SPAN_KIND_INTERNAL,
        start_time_unix_nano=span.start,
        end_time_unix_nano=span.end,
        attributes=_key_values(attributes),
        status=Status(code=_STATUS.get(span.status, Status.STATUS_CODE_UNSET)),
    )
    if span.error:
        message.status.message = span.error.message or span.error.type
        described = {
            "exception.type": span.error.type,
            "exception.message": span.error.message,
            "exception.stacktrace": span.error.traceback,
        }
        message.events.add(
            name="exception",
            time_unix_nano=span.error.time,
            attributes=_key_values({name: text for name, text in described.items() if text}),
        )
    return message


def event(message: Message, name: str, time: int, attributes: Mapping[str, Value]) -> None:
    """Add an event to a span.

    Args:
        message: The span, changed.
        name: Name of the event.
        time: Unix nanoseconds.
        attributes: The event's.
    """
    message.events.add(name=name, time_unix_nano=time, attributes=_key_values(attributes))


def request(messages: Iterable[Message], resource: Mapping[str, Value]) -> ExportTraceServiceRequest:
    """Put spans into what a back end is sent.

    Args:
        messages: The spans.
        resource: Attributes of what recorded them.

    Returns:
        The request.
    """
    made = ExportTraceServiceRequest()
    spans = made.resource_spans.add()
    spans.resource.attributes.extend(_key_values(resource))
    scope = spans.scope_spans.add()
    scope.scope.name = SCOPE
    scope.spans.extend(messages)
    return made


def as_json(made: ExportTraceServiceRequest) -> str:
    """Write a request as one line of OTLP's JSON, which is protobuf's but for ids, which are hexadecimal.

    Args:
        made: The request.

    Returns:
        The line, without its end; enumerations are numbers, 64-bit integers are text.
    """
    found = MessageToDict(made, use_integers_for_enums=True)
    for spans in found.get("resourceSpans", ()):
        for scope in spans.get("scopeSpans", ()):
            for span in scope.get("spans", ()):
                _hexadecimal(span)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _hexadecimal(span: dict[str, Any]) -> None:
    for name in _IDS:
        if name in span:
            span[name] = base64.b64decode(span[name]).hex()


def _key_values(attributes: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=name, value=_any_value(value)) for name, value in attributes.items()]


def _any_value(value: Value) -> AnyValue:
    if isinstance(value, str):
        # Half a surrogate pair, which JSON can hold and protobuf cannot, becomes a question mark.
        return AnyValue(string_value=value if is_unicode(value) else value.encode(errors="replace").decode())
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value) if value in _INT64 else AnyValue(string_value=str(value))
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(array_value=ArrayValue(values=[_any_value(item) for item in value]))
