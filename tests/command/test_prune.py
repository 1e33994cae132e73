"""`lctrack prune` removes sealed segments that are old, and nothing else."""

import re
import time
from pathlib import Path

import pytest

from lctrack._seal import seal
from tests.command.conftest import Command
from tests.command.logs import end, finished, line, listing, segment, start

DAY = 86_400 * 1_000_000_000


def sealed(directory: Path, name: str, days: float) -> Path:
    """Make a sealed segment whose last event is so old."""
    ts = time.time_ns() - int(days * DAY)
    return seal(segment(directory, [line(0, ts=ts), line(1, "segment_end", ts=ts)], name))


def test_only_old_sealed_segments_go(lctrack: Command, tmp_path: Path) -> None:
    sealed(tmp_path, "old", days=31)
    sealed(tmp_path, "young", days=29)
    finished(tmp_path, "jsonl")
    segment(tmp_path, [start()], "open")
    (tmp_path / "export.parquet").write_bytes(b"of somebody")
    result = lctrack("prune", tmp_path, "--older-than", "30d")
    assert listing(tmp_path) == ["export.parquet", "jsonl.jsonl", "open.jsonl", "young.parquet"]
    assert result.code == 0
    assert re.fullmatch(r"old\.parquet removed: last event [\d-]+ [\d:]+ UTC, [\d.]+ kB\n", result.out)
    assert result.err.startswith("1 sealed segment removed, ")


def test_a_dry_run_says_the_same_and_removes_nothing(lctrack: Command, tmp_path: Path) -> None:
    sealed(tmp_path, "old", days=31)
    said = lctrack("prune", tmp_path, "--older-than", "30d", "--dry-run")
    assert listing(tmp_path) == ["old.parquet"]
    done = lctrack("prune", tmp_path, "--older-than", "30d")
    assert said.out.replace("would be removed", "removed") == done.out
    assert listing(tmp_path) == []


def test_the_age_is_that_of_the_last_event_not_of_the_file(lctrack: Command, tmp_path: Path) -> None:
    path = sealed(tmp_path, "old", days=31)
    assert time.time() - path.stat().st_mtime < 3_600
    lctrack("prune", tmp_path, "--older-than", "30d")
    assert listing(tmp_path) == []


@pytest.mark.parametrize(("age", "left"), [("59m", 0), ("61m", 1), ("2h", 1), ("1d", 1), ("1w", 1)])
def test_ages_have_units(lctrack: Command, tmp_path: Path, age: str, left: int) -> None:
    sealed(tmp_path, "x", days=1 / 24)
    assert lctrack("prune", tmp_path, "--older-than", age).code == 0
    assert left == len(listing(tmp_path))


@pytest.mark.parametrize("age", ["30", "d", "-1d", "1.5d", "30 d", "30D", ""])
def test_what_is_no_age_is_wrong_usage(lctrack: Command, tmp_path: Path, age: str) -> None:
    sealed(tmp_path, "x", days=99)
    result = lctrack("prune", tmp_path, f"--older-than={age}")
    assert (result.code, listing(tmp_path)) == (2, ["x.parquet"])
    assert "is no age: give a number and a unit" in result.err


def test_the_age_must_be_given(lctrack: Command, tmp_path: Path) -> None:
    sealed(tmp_path, "x", days=99)
    assert lctrack("prune", tmp_path).code == 2
    assert listing(tmp_path) == ["x.parquet"]


def test_a_segment_that_is_not_sealed_to_the_end_stays(lctrack: Command, tmp_path: Path) -> None:
    path = segment(tmp_path, [line(0, ts=0), end(1)])
    content = path.read_bytes()
    seal(path)
    path.write_bytes(content)
    lctrack("prune", tmp_path, "--older-than", "0d")
    assert len(listing(tmp_path)) == 2


def test_a_damaged_segment_stays_and_is_told(lctrack: Command, tmp_path: Path) -> None:
    path = seal(finished(tmp_path))
    path.write_bytes(path.read_bytes()[:-9])
    result = lctrack("prune", tmp_path, "--older-than", "0d")
    assert (result.code, listing(tmp_path)) == (1, [path.name])
    assert "is damaged" in result.err


def test_a_table_of_somebody_else_stays_even_if_it_is_named(lctrack: Command, tmp_path: Path) -> None:
    import polars as pl

    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "export.parquet")
    result = lctrack("prune", tmp_path / "export.parquet", "--older-than", "0d")
    assert (result.code, listing(tmp_path)) == (1, ["export.parquet"])
    assert "is no sealed segment: it stays" in result.err
