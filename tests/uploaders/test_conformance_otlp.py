"""The suite on OTLP: a back end that decodes and refuses, and a directory of files."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lctrack_uploaders.testing import Destination, TargetSuite
from tests.uploaders.otlp_collector import Collector, collecting, plain, salt
from tests.uploaders.standin import answering


class Otlp:
    """A back end that is sent spans."""

    def __init__(self, collector: Collector) -> None:
        self.salt = salt()
        self.options: dict[str, Any] = {"otlp_endpoint": collector.url}
        self._collector = collector

    def everything(self) -> Any:
        return self._neutral(self._collector.of(self.salt))

    def _neutral(self, spans: Any) -> Any:
        # Hashes of ids do not begin with the salt: each becomes the place of its span.
        places = {span["ids"][1]: number for number, span in enumerate(sorted(spans, key=_place))}
        for span in spans:
            trace, own, parent = span["ids"]
            span["ids"] = (trace, places[own], places.get(parent))
        return sorted(spans, key=_place)

    @contextmanager
    def broken(self) -> Iterator[None]:
        with answering((503, b"down for maintenance")) as (address, _):
            before, self.options = self.options, {"otlp_endpoint": f"http://{address}"}
            yield
            self.options = before


class OtlpFiles(Otlp):
    """A directory of files, read as OTLP's JSON."""

    def __init__(self, directory: Path) -> None:
        self.salt = salt()
        self._directory = directory / self.salt
        self.options = {"otlp_file_directory": str(self._directory)}

    def everything(self) -> Any:
        found = sorted(self._directory.glob("*")) if self._directory.is_dir() else []
        # Hidden files are nobody's to read.
        lines = [(path.name, line) for path in found if path.name[0] != "." for line in path.read_text().splitlines()]
        return [(name, self._neutral(list(spans_of(line)))) for name, line in lines]

    @contextmanager
    def broken(self) -> Iterator[None]:
        aside = self._directory.with_suffix(".aside")
        if self._directory.exists():
            self._directory.rename(aside)
        self._directory.write_text("in the way")
        yield
        self._directory.unlink()
        if aside.exists():
            aside.rename(self._directory)


def spans_of(line: str) -> Iterator[dict[str, Any]]:
    """Read a line of OTLP's JSON with protobuf's own reader, to which ids are given as it wants them."""
    from google.protobuf.json_format import ParseDict
    from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

    content = json.loads(line)
    for resource in content["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                span.update(
                    {name: _base64(span[name]) for name in ("traceId", "spanId", "parentSpanId") if name in span}
                )
    for resource in ParseDict(content, TracesData()).resource_spans:
        for scope in resource.scope_spans:
            yield from (plain(span, resource.resource.attributes) for span in scope.spans)


def _base64(text: str) -> str:
    return base64.b64encode(bytes.fromhex(text)).decode()


def _place(span: Any) -> Any:
    return span["times"], span["name"]


class TestOtlp(TargetSuite):
    kind: ClassVar = "otlp"
    wrong: ClassVar = [
        {"otlp_endpoint": "ftp://host/"},
        {"otlp_endpoint": "localhost:4318"},
        {"otlp_endpoint": "http://bob:canary-4711-secret@host/"},
        {"otlp_endpoint": "http://host/?key=1"},
    ]

    @pytest.fixture
    def make_destination(self) -> Iterator[Callable[[], Destination]]:
        with collecting() as collector:
            yield lambda: Otlp(collector)


class TestOtlpFile(TargetSuite):
    kind: ClassVar = "otlp-file"
    wrong: ClassVar = [{"otlp_file_directory": "s3://bucket/spans"}]

    @pytest.fixture
    def make_destination(self, tmp_path: Path) -> Callable[[], Destination]:
        return lambda: OtlpFiles(tmp_path)
