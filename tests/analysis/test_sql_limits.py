"""A query that takes too long or too much memory ends, and what comes after it is answered."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from lctrack_analysis import Logs, QueryError, load
from lctrack_analysis.limits import memory_of
from sample_logs.make import HERE

ENDLESS = [
    "SELECT count(*) FROM range(1000000000000) AS a(x) WHERE sin(x) > 2",
    "SELECT max(x) FROM (WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) FROM t)",
    "PIVOT (SELECT i FROM range(1000000000) AS t(i)) ON i % 7 USING count(*)",
    "EXPLAIN ANALYZE SELECT count(*) FROM range(1000000000) AS a(x), range(1000000000) AS b(x)",
]
HUGE = "SELECT list_sum(range(1000000000))"
COMMAND = [sys.executable, "-m", "lctrack_analysis.cli", str(HERE / "i-spans")]


@pytest.fixture
def small(sample_files: Path) -> Iterator[Logs]:
    """Give samples with little memory."""
    logs = load(sample_files, memory_limit="50MB", cache=False)
    yield logs
    logs.close()


@pytest.mark.parametrize("query", ENDLESS)
def test_a_query_ends_when_its_time_is_up_and_the_next_is_answered(query: str, samples: Logs) -> None:
    with pytest.raises(QueryError, match=r"the query was stopped after 0\.3 s: --timeout gives it more"):
        samples.sql(query, timeout=0.3)
    assert samples.sql("SELECT 1", timeout=60).item() == 1


def test_the_statement_that_took_too_long_is_told(samples: Logs) -> None:
    with pytest.raises(QueryError, match="statement 2 of 2: the query was stopped after"):
        samples.script(f"SELECT 1; {ENDLESS[0]}", timeout=0.3)


@pytest.mark.parametrize("query", ["FROM range(1000000000000)", "SELECT repeat('x', 1000) FROM range(1000000)"])
def test_rows_that_fill_the_memory_end_the_query_and_the_next_is_answered(query: str, small: Logs) -> None:
    with pytest.raises(QueryError, match=r"more memory than|too much memory"):
        small.sql(query)
    assert small.sql("SELECT 1").item() == 1


def test_work_that_fills_the_memory_ends_the_query(small: Logs) -> None:
    with pytest.raises(QueryError, match="Out of Memory"):
        small.sql("SELECT len(list(i)) FROM range(100000000) AS a(i)")


def test_a_table_may_be_larger_than_the_limit_where_our_own_program_asks_for_it(small: Logs) -> None:
    small._memory.bytes = 1
    with pytest.raises(QueryError, match="the rows take more memory"):
        small.sql("FROM events")
    assert small.events.height > 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            ["--memory-limit", "50MB"],
            b"the query was stopped, for it took too much memory: --memory-limit gives it more",
        ),
        (["--timeout", "1", "--memory-limit", "100GB"], b"the query was stopped after 1 s: --timeout gives it more"),
    ],
)
def test_the_command_ends_where_a_query_cannot_be_stopped(options: list[str], sentence: bytes) -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("this system does not tell how much memory a process has")
    began = time.monotonic()
    done = subprocess.run([*COMMAND, "--sql", HUGE, *options], capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"lctrack-analyze: " + sentence + b"\n")
    assert time.monotonic() - began < 50


def test_the_command_stops_a_query_whose_time_is_up() -> None:
    done = subprocess.run(
        [*COMMAND, "--sql", f"SELECT 1 AS a; {ENDLESS[0]}", "--timeout", "0.5", "--format", "csv"],
        capture_output=True, check=False, env=os.environ,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b"a\n1\n")
    assert done.stderr.endswith(b"statement 2 of 2: the query was stopped after 0.5 s: --timeout gives it more\n")


@pytest.mark.parametrize(("given", "expected"), [("50MB", 50e6), ("2GB", 2e9), ("1TB", 1e12), ("100KB", 1e5)])
def test_the_limit_is_what_was_given(given: str, expected: float) -> None:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"SET memory_limit = '{given}'")
        assert memory_of(connection) == pytest.approx(expected, rel=0.1)
