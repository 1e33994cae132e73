"""Spans posted to a back end, and its answer understood as OTLP's specification has it.

429, 502, 503 and 504 may pass, after the time that `Retry-After` names; every other failure is final for what was sent.
A back end that takes a part and refuses the rest says so within a success: that is a failure here, in its own words,
and is not tried again, because it would refuse the same again.
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from lctrack_uploaders import otlp
from lctrack_uploaders.attributes import Value
from lctrack_uploaders.errors import RefusedError, TerminalError, TransientError, UnreachableError, UploadError
from lctrack_uploaders.targets.otlp.configuration import SECRETS, Configuration
from lctrack_uploaders.web import Answer, Client

SIZE_OF_A_REQUEST = 4_000_000
"""Bytes of spans, before compression, that go into one request; what collectors take is usually more."""
_RETRYABLE = (429, 502, 503, 504)
_NOT_FOUND = (404, 405, 501)
_UNAUTHORIZED = (401, 403)
_BAD_REQUEST, _TOO_LARGE = 400, 413
_SUCCESS = range(200, 300)
_REDIRECTED = range(300, 400)


class Sender:
    """Posts spans to one back end."""

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self._client = Client(
            f"The OTLP endpoint {settings.url}",
            {"Content-Type": "application/x-protobuf", "User-Agent": "lctrack", **settings.headers},
            timeout=settings.timeout,
            certificates=settings.certificates,
            # Of `Basic abc`, the second word alone is the secret.
            secrets=[word for value in settings.headers.values() for word in (value, value.rpartition(" ")[2])],
        )
        self.remark: str | None = None
        """What the back end said last though it took everything."""

    def send(self, spans: Sequence[Message], resource: Mapping[str, Value]) -> None:
        """Send spans, in as many requests as their size asks for.

        Args:
            spans: The spans.
            resource: Attributes of what recorded them.

        Raises:
            UploadError: They were not taken, or not all of them.
        """
        for part in _portions(spans):
            self._send(part, resource)

    def check(self) -> None:
        """Send nothing, which a back end takes if it lets us in.

        Raises:
            UploadError: A delivery would fail.
        """
        answer = self._post([], {})
        # Some find nothing wrong with a request but that it is empty.
        if answer.status != _BAD_REQUEST:
            self._judge(answer)

    def _send(self, spans: Sequence[Message], resource: Mapping[str, Value]) -> None:
        answer = self._post(spans, resource)
        if answer.status == _TOO_LARGE and len(spans) > 1:
            half = len(spans) // 2
            self._send(spans[:half], resource)
            self._send(spans[half:], resource)
            return
        self._judge(answer)

    def _post(self, spans: Sequence[Message], resource: Mapping[str, Value]) -> Answer:
        body = otlp.request(spans, resource).SerializeToString() if spans else b""
        if not self._settings.compressed:
            return self._client.request("POST", self._settings.url, body)
        packed = gzip.compress(body, compresslevel=1, mtime=0)
        return self._client.request("POST", self._settings.url, packed, {"Content-Encoding": "gzip"})

    def _judge(self, answer: Answer) -> None:
        if answer.status not in _SUCCESS:
            raise self._failure(answer)
        rejected, said = self._partial(answer)
        words = self._client.words(said)
        if rejected:
            spans = f"{rejected} span{'' if rejected == 1 else 's'}"
            raise TerminalError(f"{self._client.name} refused {spans}: {words}.")
        if said:
            self.remark = words

    def _failure(self, answer: Answer) -> UploadError:
        name, status = self._client.name, answer.status
        told = f"HTTP {status}: {self._words(answer)}"
        if status in _RETRYABLE:
            return TransientError(f"{name} did not take the spans now ({told}).", wait=answer.wait)
        if status in _UNAUTHORIZED:
            missing = f", of which {self._settings.left_out} cannot be read" if self._settings.left_out else ""
            return RefusedError(f"{name} does not let us in ({told}): check the headers in {SECRETS[0]}{missing}.")
        if status in _NOT_FOUND or status in _REDIRECTED:
            return UnreachableError(f"What answers takes no OTLP at {self._settings.url} ({told}): check the address.")
        return TerminalError(f"{name} did not take the spans ({told}).")

    def _words(self, answer: Answer) -> str:
        """Give the reason of a failure, which OTLP wraps into a message of its own."""
        if answer.media == "application/x-protobuf":
            try:
                # A google.rpc.Status, whose fields have the same numbers.
                return self._client.words(ExportTracePartialSuccess.FromString(answer.body).error_message)
            except DecodeError:
                pass
        return self._client.words(answer.body)

    def _partial(self, answer: Answer) -> tuple[int, str]:
        """Read how many spans were refused, and what else was said."""
        try:
            if answer.media == "application/json":
                told = json.loads(answer.body or b"{}").get("partialSuccess") or {}
                return int(told.get("rejectedSpans") or 0), str(told.get("errorMessage") or "")
            partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
        except (DecodeError, ValueError, AttributeError) as error:
            # Something on the way may have answered in the back end's place.
            raise TransientError(
                f"What answers at {self._settings.url} did not confirm the spans as OTLP asks for: try again later."
            ) from error
        return partial.rejected_spans, partial.error_message


def _portions(spans: Sequence[Message]) -> Iterator[Sequence[Message]]:
    start, size = 0, 0
    for number, span in enumerate(spans):
        more = span.ByteSize()
        if number > start and size + more > SIZE_OF_A_REQUEST:
            yield spans[start:number]
            start, size = number, 0
        size += more
    yield spans[start:]
