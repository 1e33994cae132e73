"""Rows that are written as they come are those that are written at once."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from lctrack_analysis import Logs, QueryError, query
from lctrack_analysis.pouring import POURED, pour_into
from lctrack_analysis.render import write_file

QUERIES = ["FROM action_records", "FROM runs", "FROM sessions", "SELECT name, name FROM runs", "FROM runs WHERE false"]
COMMAND = [sys.executable, "-m", "lctrack_analysis.cli"]


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "_POURED_ROWS", 7)
    monkeypatch.setattr("lctrack_analysis.pouring._GROUP_ROWS", 20)


@pytest.mark.parametrize("question", QUERIES)
@pytest.mark.parametrize("output_format", POURED)
def test_poured_rows_are_the_rows(output_format: str, question: str, samples: Logs, tmp_path: Path) -> None:
    [expected] = samples.script(question)
    path = tmp_path / "poured"
    count = pour_into(path, output_format, samples, question, timeout=None, raw_csv=False)
    write_file(expected, output_format, tmp_path / "expected")
    assert count == expected.frame.height
    if output_format == "parquet":
        assert pl.read_parquet(tmp_path / "expected").equals(pl.read_parquet(path))
    else:
        assert (tmp_path / "expected").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("question", ["SELECT 1; SELECT 2", "SELECT sum(runs) AS n FROM sessions"])
def test_what_cannot_be_poured_leaves_no_file(question: str, samples: Logs, tmp_path: Path) -> None:
    assert pour_into(tmp_path / "x.csv", "csv", samples, question, timeout=None, raw_csv=False) is None
    assert not list(tmp_path.iterdir())


def test_a_query_that_fails_on_the_way_leaves_what_was_there(samples: Logs, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("before")
    question = "SELECT CASE WHEN i > 20000 THEN error('no') ELSE i::VARCHAR END AS a FROM range(30000) AS t(i)"
    with pytest.raises(QueryError, match="no"):
        pour_into(path, "csv", samples, question, timeout=None, raw_csv=False)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("x.csv", "before")]


def test_the_command_reads_a_query_from_standard_input_once(sample_files: Path, tmp_path: Path) -> None:
    command = [*COMMAND, str(sample_files), "-f", "-", "-o", str(tmp_path / "x.csv"), "--no-cache"]
    done = subprocess.run(command, input=b"SELECT sum(i) AS n FROM range(4) AS t(i)", capture_output=True, check=False)
    assert (done.returncode, (tmp_path / "x.csv").read_text()) == (0, "n\n6\n")
