"""`--slowest`: the runs that took longest."""

import pytest

from lctrack_analysis import Logs, NoMatchError
from lctrack_analysis.questions import slowest
from tests.analysis.conftest import Load
from tests.analysis.writing import chain


@pytest.mark.parametrize("kind", [None, "chat_model", "tool"])
def test_the_slowest_are_the_first_of_all_sorted(kind: str | None, samples: Logs) -> None:
    runs = samples.runs if kind is None else samples.runs.filter(kind=kind)
    expected = runs.sort("duration_ms", "start_time", "run_id", descending=[True, False, False], nulls_last=True).head(
        7
    )
    columns = [
        "run_id",
        "trace_id",
        "kind",
        "name",
        "duration_ms",
        "time_to_first_token_ms",
        "total_tokens",
        "start_time",
    ]
    assert expected.select(columns).equals(slowest(samples, 7, kind).frame.select(columns))


def test_a_run_that_has_not_ended_is_not_slow(load_events: Load) -> None:
    logs = load_events(*chain("open", 0, None), *chain("done", 0, 1))
    assert slowest(logs).frame["run_id"].to_list() == ["done"]


def test_a_kind_that_is_not_there_is_told_with_what_is_near(samples: Logs) -> None:
    with pytest.raises(NoMatchError, match="no run is of the kind Tool: near is tool"):
        slowest(samples, kind="Tool")


def test_a_kind_is_no_sql(samples: Logs) -> None:
    with pytest.raises(NoMatchError):
        slowest(samples, kind="tool' OR 'x' = 'x")
