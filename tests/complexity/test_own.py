"""Metrics of one's own."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from lctrack_analysis import UsageError
from lctrack_analysis.complexity import OwnMetric, own, register
from tests.complexity.conftest import LoadTexts


def lix(row: Mapping[str, Any]) -> float:
    """Björnsson's LIX (1968), as it is published."""
    return float(row["words"] / row["sentences"] + 100 * row["long_words"] / row["words"])


marks = OwnMetric(lambda text: text.count("?"), of="text")


def test_a_function_of_the_counts_makes_rows(load_texts: LoadTexts) -> None:
    register("lix", lix)
    rows = load_texts("Seven words are in this sentence here.").metrics.rows(named=True)
    expected = {"session_id": "s", "run_id": "r0", "prompt_index": 0, "generation_index": 0, "metric": "lix"}
    assert rows == [expected | {"value": pytest.approx(7 + 100 / 7)}]


def test_a_function_of_the_text_makes_rows_and_aggregates(load_texts: LoadTexts) -> None:
    register("marks", lambda text: text.count("?"), of="text")
    logs = load_texts("Why? Why?", "So.", None)
    assert logs.metrics["value"].to_list() == [2.0, 0.0]
    assert logs.complexity.filter(scope="session", metric="marks").select("count", "mean").rows() == [(2, 1.0)]


def test_a_metric_that_fails_warns_and_has_no_value(load_texts: LoadTexts) -> None:
    register("inverse", lambda row: 1 / (row["words"] - 1))
    logs = load_texts("Word", "Two words")
    with pytest.warns(UserWarning, match="the metric inverse failed on 1 texts, first with ZeroDivisionError"):
        assert logs.metrics.select("run_id", "value").rows() == [("r1", 1.0)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_what_is_no_finite_number_is_no_value(value: float | None, load_texts: LoadTexts) -> None:
    register("odd", lambda _: value)
    assert load_texts("Word").metrics.is_empty()


@pytest.mark.parametrize("name", ["", "Lix", "a b", "smog_index", "words", "1st", "x;--"])
def test_a_name_that_will_not_do_is_a_usage_error(name: str) -> None:
    with pytest.raises(UsageError, match="a metric cannot be called"):
        register(name, lix)


def test_installed_packages_add_metrics_by_entry_point(load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint(name, f"{__name__}:{value}", own.GROUP) for name, value in (("lix", "lix"), ("asked", "marks"))
    ]
    monkeypatch.setattr(own, "entry_points", lambda group: points if group == "lctrack.metrics" else [])
    logs = load_texts("Is it so? It is.")
    assert sorted(logs.metrics.select("metric", "value").rows()) == [("asked", 1.0), ("lix", 5.0)]
