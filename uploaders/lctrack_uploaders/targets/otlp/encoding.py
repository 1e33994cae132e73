"""What a step tells, as OTLP's messages. Needs the extra `otlp`."""

from collections.abc import Iterable

from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from lctrack_uploaders import otlp
from lctrack_uploaders.targets.otlp.plan import Told


def messages(spans: Iterable[Told]) -> list[Message]:
    """Encode spans.

    Args:
        spans: With all that is told of them.

    Returns:
        A message for each.
    """
    return [_message(told) for told in spans]


def _message(told: Told) -> Message:
    message = otlp.encode(told.span, told.attributes)
    for event in told.events:
        otlp.event(message, event.name, event.time, event.attributes)
    return message
