"""All targets say the same of all sample scenarios: one table, in which each target has a row.

A reader delivers sessions to a target and gives, for each run that it then holds, what it knows of it. A new target
takes part with a reader of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from lctrack_analysis import load
from lctrack_uploaders.testing.suite import create
from lctrack_uploaders.units import Unit, units
from tests.uploaders.lake_reading import FolderRoot, Lake
from tests.uploaders.langsmith_server import serving
from tests.uploaders.otlp_collector import collecting
from tests.uploaders.test_conformance_otlp import spans_of

SAMPLES = Path(__file__).parents[2] / "sample_logs"
TOKENS = ("input_tokens", "output_tokens", "total_tokens")
OFF_BY = 0.001
"""Milliseconds by which a duration may be off, where times are kept as microseconds."""


class Known(NamedTuple):
    """What is known of a run."""

    failed: bool
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    milliseconds: float | None


Reader = Callable[[list[Unit], Path], AbstractContextManager[dict[str, Known]]]


def deliver(kind: str, options: Mapping[str, Any], found: Iterable[Unit], state: Path) -> None:
    target = create(kind, options, state)
    for unit in found:
        delivery = target.open(unit)
        for step in target.plan(unit):
            delivery.do(step)
        delivery.verify()


def _spans(found: Iterable[dict[str, Any]]) -> dict[str, Known]:
    known = {}
    for span in found:
        about = span["attributes"]
        tokens = [about.get(f"gen_ai.usage.{name}_tokens") for name in ("input", "output")]
        start, end = span["times"]
        lasted = None if about.get("lctrack.open") else (end - start) / 1e6
        known[about["lctrack.run_id"]] = Known(
            span["status"][0] == 2, tokens[0], tokens[1], about.get("llm.token_count.total"), lasted
        )
    return known


@contextmanager
def otlp(found: list[Unit], state: Path) -> Iterator[dict[str, Known]]:
    with collecting() as collector:
        deliver("otlp", {"otlp_endpoint": collector.url}, found, state)
        yield _spans(collector.spans_plain())


@contextmanager
def otlp_file(found: list[Unit], state: Path) -> Iterator[dict[str, Known]]:
    deliver("otlp-file", {}, found, state)
    lines = [line for path in sorted((state / "otlp").glob("*.jsonl")) for line in path.read_text().splitlines()]
    yield _spans(span for line in lines for span in spans_of(line))


@contextmanager
def langsmith(found: list[Unit], state: Path) -> Iterator[dict[str, Known]]:
    with serving() as server:
        deliver("langsmith", {"langsmith_endpoint": server.url}, found, state)
        yield {run["extra"]["metadata"]["lctrack.run_id"]: _run(run) for run in server.runs.values()}


def _run(run: Mapping[str, Any]) -> Known:
    usage = run["extra"]["metadata"].get("usage_metadata", {})
    times = [datetime.fromisoformat(run[name]) for name in ("start_time", "end_time") if run[name]]
    lasted = (times[1] - times[0]).total_seconds() * 1000 if len(times) == 2 else None
    tokens = [usage.get(name) for name in TOKENS]
    return Known(run["error"] is not None, tokens[0], tokens[1], tokens[2], lasted)


@contextmanager
def parquet(found: list[Unit], state: Path) -> Iterator[dict[str, Known]]:
    yield _lake("parquet", found, state)


@contextmanager
def delta(found: list[Unit], state: Path) -> Iterator[dict[str, Known]]:
    pytest.importorskip("deltalake")
    yield _lake("delta", found, state)


def _lake(kind: str, found: list[Unit], state: Path) -> dict[str, Known]:
    lake = Lake(kind, FolderRoot(state))
    deliver(kind, lake.options, found, state)
    return _rows(lake.tables()["runs"])


def _rows(runs: pl.DataFrame) -> dict[str, Known]:
    return {
        run_id: Known(status == "error", *rest)
        for run_id, status, *rest in runs.select("run_id", "status", *TOKENS, "duration_ms").iter_rows()
    }


READERS: dict[str, Reader] = {
    "otlp": otlp,
    "otlp-file": otlp_file,
    "langsmith": langsmith,
    "parquet": parquet,
    "delta": delta,
}


@pytest.fixture(scope="module")
def samples() -> tuple[list[Unit], dict[str, Known]]:
    """Give the sample scenarios, and what their tables say of each run."""
    logs = load([SAMPLES])
    return list(units(logs)), _rows(logs.runs)


@pytest.mark.parametrize("kind", READERS)
def test_a_target_holds_the_runs_errors_tokens_and_durations_of_the_tables(
    kind: str, samples: tuple[list[Unit], dict[str, Known]], tmp_path: Path
) -> None:
    found, expected = samples
    with READERS[kind](found, tmp_path) as held:
        # A root that was not recorded is made up where a trace needs one.
        known = {run_id: held[run_id] for run_id in expected}
        made_up = held.keys() - expected.keys()
    assert [run_id for run_id in made_up if held[run_id].input_tokens is not None] == []
    assert {run_id: each[:4] for run_id, each in known.items()} == {
        run_id: each[:4] for run_id, each in expected.items()
    }
    off = {run_id: _off(known[run_id].milliseconds, each.milliseconds) for run_id, each in expected.items()}
    assert {run_id: by for run_id, by in off.items() if by > OFF_BY + 1e-9} == {}


def _off(held: float | None, expected: float | None) -> float:
    if expected is None:
        return 0.0 if held is None else float("inf")
    return float("inf") if held is None else abs(held - expected)
