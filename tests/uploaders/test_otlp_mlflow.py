"""Traces in a real back end that takes OTLP and has nothing to do with the target `mlflow`: MLflow's own endpoint."""

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lctrack_uploaders.cli import main
from tests.uploaders.frames import Rows, agent


@pytest.fixture
def found(
    server: str, logs: Path, read_as: Callable[[Rows], None], monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Any], str]:
    """Deliver a session twice, the second time without a ledger, and give its traces."""
    mlflow = pytest.importorskip("mlflow")
    client = mlflow.MlflowClient(server)
    experiment = client.create_experiment(uuid.uuid4().hex)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-mlflow-experiment-id={experiment}")
    salt = uuid.uuid4().hex[:8]
    text = repr(agent()).replace("0190a5b2", salt)
    read_as(eval(text, {}))  # noqa: S307  # our own text
    for ledger in ("one", "two"):
        line = [str(logs), "--to", "otlp", "--otlp-endpoint", server, "--state", str(logs / ledger)]
        assert main(line) == 0
    traces: list[Any] = []
    deadline = time.monotonic() + 30
    while len(traces) < 2 and time.monotonic() < deadline:
        traces = list(client.search_traces(locations=[experiment]))
    return sorted(traces, key=lambda trace: trace.info.request_time), salt


def test_every_span_is_there_once_with_its_error_and_tokens(found: tuple[list[Any], str]) -> None:
    traces, salt = found
    assert [len(trace.data.spans) for trace in traces] == [6, 2]
    assert [trace.info.trace_id[:11] for trace in traces] == [f"tr-{salt}"] * 2
    assert [trace.info.state.value for trace in traces] == ["OK", "ERROR"]
    usage = traces[0].info.token_usage
    assert (usage["input_tokens"], usage["output_tokens"]) == (105, 26)
    names = {row["name"]: (row["start_time"], row["end_time"]) for row in agent()["runs"][1:6]}
    assert names == {
        span.name: (span.start_time_ns, span.end_time_ns) for span in traces[0].data.spans if span.parent_id is not None
    }


def test_a_check_is_let_in(server: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-mlflow-experiment-id=0")
    assert main(["--to", "otlp", "--otlp-endpoint", server, "--check"]) == 0
    assert "/v1/traces answers" in capsys.readouterr().out
