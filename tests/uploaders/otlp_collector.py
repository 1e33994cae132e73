"""A stand-in for an OTLP back end: it decodes what it is sent, refuses what a real one refuses, and keeps the spans.

Spans are known by their ids, so that one that comes again replaces the first. Refused are another kind of content, a
body that is no such message, ids that are empty or too short, a span that ends before it starts, attributes of the same
name twice, and a request that is too large.
"""

import gzip
import http.server
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

Answer = tuple[int, Mapping[str, str], bytes]
PROTOBUF = {"Content-Type": "application/x-protobuf"}


@dataclass
class Collector:
    """What the stand-in has got, and what it is told to do."""

    url: str = ""
    spans: dict[tuple[str, str], Any] = field(default_factory=dict)
    """Span with the attributes of its resource, by trace and span id."""
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    """Path, headers by name in lower case, and body of each request, as it came."""
    answers: list[Answer] = field(default_factory=list)
    """Given to the next requests in place of its own; nothing of those is kept."""
    largest: int = 64_000_000
    """Bytes of a body, before compression, that it takes."""
    delay: float = 0.0
    """Seconds that each answer takes."""
    reject: str = ""
    """Name of spans that are refused, while others of the request are kept."""

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Take a request."""
        self.requests.append((path, headers, body))
        time.sleep(self.delay)
        if self.answers:
            return self.answers.pop(0)
        content = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        if path != "/v1/traces":
            return 404, {}, b"not found"
        if headers.get("content-type") != "application/x-protobuf":
            return 415, {}, b"unsupported media type"
        return self._keep(content) if len(content) <= self.largest else (413, {}, b"request body too large")

    def _keep(self, content: bytes) -> Answer:
        from google.protobuf.message import DecodeError
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service

        try:
            request = service.ExportTraceServiceRequest.FromString(content)
        except DecodeError as error:
            return 400, {}, str(error).encode()
        found = list(_spans(request))
        for span, resource in found:
            if reason := _complaint(span, resource):
                # As a google.rpc.Status, whose text is field 2.
                return 400, PROTOBUF, service.ExportTracePartialSuccess(error_message=reason).SerializeToString()
        answer = service.ExportTraceServiceResponse()
        for span, resource in found:
            if self.reject and span.name == self.reject:
                answer.partial_success.rejected_spans += 1
                answer.partial_success.error_message = f"spans named {self.reject} are not welcome"
            else:
                self.spans[span.trace_id.hex(), span.span_id.hex()] = (span, resource)
        return 200, PROTOBUF, answer.SerializeToString()

    def of(self, salt: str) -> list[dict[str, Any]]:
        """Give the spans whose trace ids begin with a salt, as plain values."""
        return [span for span in self.spans_plain() if span["ids"][0].startswith(salt)]

    def spans_plain(self) -> list[dict[str, Any]]:
        """Give all spans as plain values, by their ids."""
        return [plain(span, resource) for _, (span, resource) in sorted(self.spans.items(), key=lambda each: each[0])]


def plain(span: Any, resource: Any) -> dict[str, Any]:
    """Give a span as plain values."""
    return {
        "name": span.name,
        "ids": (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()),
        "kind": span.kind,
        "times": (span.start_time_unix_nano, span.end_time_unix_nano),
        "status": (span.status.code, span.status.message),
        "attributes": attributes(span.attributes),
        "events": [(event.name, event.time_unix_nano, attributes(event.attributes)) for event in span.events],
        "resource": attributes(resource),
    }


def attributes(found: Sequence[Any]) -> dict[str, Any]:
    """Give attributes as plain values."""
    return {each.key: value(each.value) for each in found}


def value(found: Any) -> Any:
    """Give the plain value of an attribute."""
    kind = found.WhichOneof("value")
    return [value(item) for item in found.array_value.values] if kind == "array_value" else getattr(found, kind)


def _spans(request: Any) -> Iterator[tuple[Any, Any]]:
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield span, resource.resource.attributes


def _complaint(span: Any, resource: Any) -> str | None:
    if len(span.trace_id) != 16 or not any(span.trace_id):
        return "invalid trace id"
    if len(span.span_id) != 8 or not any(span.span_id):
        return "invalid span id"
    if span.end_time_unix_nano < span.start_time_unix_nano:
        return "a span ends before it starts"
    if not dict(attributes(resource)).get("service.name"):
        return "no service.name"
    for found in (resource, span.attributes, *(event.attributes for event in span.events)):
        if len({each.key for each in found}) != len(found):
            return "an attribute twice"
    return None


@contextmanager
def collecting() -> Iterator[Collector]:
    """Run a collector on a free loopback port."""
    pytest.importorskip("opentelemetry.proto")
    collector = Collector()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            headers = {name.lower(): text for name, text in self.headers.items()}
            status, told, content = collector.take(self.path, headers, body)
            self.send_response(status)
            for name, text in told.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        collector.url = f"http://127.0.0.1:{server.server_port}"
        yield collector
        server.shutdown()


def salt() -> str:
    """Give eight hexadecimal digits that no other test has."""
    return uuid.uuid4().hex[:8]
