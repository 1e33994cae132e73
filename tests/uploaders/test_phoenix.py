"""Traces in a real Phoenix, read back through its own interface.

Phoenix is some hundred packages with pins of their own, so it is not installed with what tests lctrack. Where it is,
LCTRACK_PHOENIX names its command: `LCTRACK_PHOENIX=/opt/phoenix/bin/phoenix ./scripts/test tests/uploaders`.
"""

import json
import os
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lctrack_analysis import load
from lctrack_uploaders.cli import main

SAMPLES = Path(__file__).parents[2] / "sample_logs"
PHOENIX = os.environ.get("LCTRACK_PHOENIX")

pytestmark = pytest.mark.skipif(not PHOENIX, reason="LCTRACK_PHOENIX does not name the command of an installed Phoenix")


def ask(url: str, **query: str) -> Any:
    with urllib.request.urlopen(f"{url}?{urllib.parse.urlencode(query)}", timeout=30) as answer:  # noqa: S310  # our own
        return json.load(answer)


@pytest.fixture(scope="module")
def phoenix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("phoenix")
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    environment = {
        **os.environ,
        "PHOENIX_WORKING_DIR": str(directory),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(ports[0]),
        "PHOENIX_GRPC_PORT": str(ports[1]),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([str(PHOENIX), "serve"], env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{ports[0]}"
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        try:
            ask(f"{url}/v1/projects")
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("Phoenix did not start")


def spans_in(phoenix: str, expected: int) -> list[dict[str, Any]]:
    """Read all spans; Phoenix says that it has taken them before it shows them."""
    deadline = time.monotonic() + 120
    found: list[dict[str, Any]] = []
    while time.monotonic() < deadline and len(found) < expected:
        time.sleep(0.5)
        projects = [project["name"] for project in ask(f"{phoenix}/v1/projects")["data"]]
        found = [
            span for name in projects for span in _pages(f"{phoenix}/v1/projects/{urllib.parse.quote(name)}/spans")
        ]
    return found


def _pages(url: str) -> Iterator[dict[str, Any]]:
    cursor = ""
    while True:
        page = ask(url, limit="1000", **({"cursor": cursor} if cursor else {}))
        yield from page["data"]
        cursor = page.get("next_cursor") or ""
        if not cursor:
            return


def test_spans_tokens_errors_and_times_read_back_as_recorded_also_when_sent_twice(phoenix: str, tmp_path: Path) -> None:
    logs = load([SAMPLES])
    for ledger in ("one", "two"):
        line = [str(SAMPLES), "--to", "otlp", "--otlp-endpoint", phoenix, "--state", str(tmp_path / ledger)]
        assert main([*line, "--idle", "0"]) == 0

    found = spans_in(phoenix, logs.runs.height)

    spans = {span["attributes"]["lctrack.run_id"]: span for span in found}
    made_up = [span for span in found if "lctrack.made_up" in span["attributes"]]
    assert len(found) == len(spans)
    assert set(logs.runs["run_id"]) == spans.keys() - {span["attributes"]["lctrack.run_id"] for span in made_up}
    assert logs.runs["input_tokens"].sum() == sum(span["attributes"].get("llm.token_count.prompt", 0) for span in found)
    assert logs.runs.filter(status="error").height == sum(span["status_code"] == "ERROR" for span in found)
    # Phoenix keeps microseconds, and rounds through a float.
    started = logs.runs.filter(pl.col("start_time").is_not_null()).select("run_id", pl.col("start_time").cast(pl.Int64))
    off = {run_id: time // 1000 - _microseconds(spans[run_id]["start_time"]) for run_id, time in started.iter_rows()}
    assert {run_id: by for run_id, by in off.items() if abs(by) > 1} == {}


def test_a_check_of_a_real_server_writes_nothing(phoenix: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--to", "otlp", "--otlp-endpoint", phoenix, "--check"]) == 0
    assert "answers" in capsys.readouterr().out


def _microseconds(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(moment.replace(microsecond=0).timestamp()) * 1_000_000 + moment.microsecond
