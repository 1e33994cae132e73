"""The database takes little memory, and more where that is not enough."""

from pathlib import Path

import pytest

from lctrack_analysis import QueryError, load
from lctrack_analysis.limits import memory_of

HUNGRY = "SELECT len(list(i)) FROM range(5000000) AS a(i)"
LITTLE = 50_000_000


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lctrack_analysis.memory._LITTLE", LITTLE)


def test_a_question_that_needs_more_than_little_is_answered_with_all_there_is(sample_files: Path) -> None:
    with load(sample_files, memory_limit="1GB", cache=False) as logs:
        assert logs.sql(HUNGRY).item() == 5_000_000


def test_what_was_taken_for_a_question_is_given_back(sample_files: Path) -> None:
    with load(sample_files, memory_limit="1GB", cache=False) as logs:
        logs.sql(HUNGRY)
        next(logs.rows("FROM runs"))
        assert memory_of(logs._connection) == pytest.approx(LITTLE, rel=0.01)


def test_without_more_such_a_question_is_refused(sample_files: Path) -> None:
    with load(sample_files, memory_limit="50MB", cache=False) as logs, pytest.raises(QueryError, match="Out of Memory"):
        logs.sql(HUNGRY)


def test_tables_that_do_not_fit_into_little_are_made_in_all_there_is(
    sample_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with load(sample_files, cache=False) as logs:
        expected = logs.runs
    monkeypatch.setattr("lctrack_analysis.memory._LITTLE", 1_000_000)
    with load(sample_files, cache=False) as logs:
        assert expected.equals(logs.runs)


def test_frames_that_are_read_later_are_read_with_all_there_is(sample_files: Path) -> None:
    with load(sample_files, memory_limit="1GB", cache=False) as logs:
        frame = logs.lazy_table("runs")
        assert memory_of(logs._connection.cursor()) == pytest.approx(1e9, rel=0.01)
        assert frame.collect().height == logs.runs.height
