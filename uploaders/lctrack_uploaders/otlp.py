"""Spans as OpenTelemetry's protobuf messages, which MLflow and every OTLP back end take."""

from collections.abc import Mapping

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message
from opentelemetry.proto.trace.v1.trace_pb2 import Status

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


def _key_values(attributes: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=name, value=_any_value(value)) for name, value in attributes.items()]


def _any_value(value: Value) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value) if value in _INT64 else AnyValue(string_value=str(value))
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(array_value=ArrayValue(values=[_any_value(item) for item in value]))
