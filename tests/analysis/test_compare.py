"""`--compare`: two sides, measured as somebody with polars would measure them."""

from typing import Any

import polars as pl
import pytest

from lctrack_analysis import Logs, NoMatchError
from lctrack_analysis.columns import METRICS, TOKENS
from lctrack_analysis.questions import compare
from lctrack_analysis.questions.groups import find_group
from tests.analysis.conftest import Load
from tests.analysis.writing import chain, event

LLM = ("llm", "chat_model")


def by_hand(logs: Logs, session_ids: list[str]) -> dict[str, Any]:
    """Measure sessions with polars alone."""
    runs = logs.runs.filter(pl.col("session_id").is_in(session_ids))
    traces = logs.traces.filter(pl.col("session_id").is_in(session_ids))
    texts = logs.generations.filter(pl.col("session_id").is_in(session_ids))
    calls = runs.filter(pl.col("kind").is_in(LLM))
    measured: dict[str, Any] = {
        "sessions": len(session_ids),
        "traces": traces.height,
        "runs": runs.height,
        "llm_calls": calls.height,
        "tool_calls": runs.filter(kind="tool").height,
        "retrievals": runs.filter(kind="retriever").height,
        "failed_traces": traces.filter(status="error").height,
        "failed_runs": runs.filter(status="error").height,
        "errors": logs.errors.filter(pl.col("session_id").is_in(session_ids), pl.col("is_origin")).height,
    }
    for column in TOKENS:
        told = runs[column.name].drop_nulls()
        measured[column.name] = told.sum() if len(told) else None
    told = calls["total_tokens"].drop_nulls()
    measured["tokens_per_call"] = told.sum() / calls.height if len(told) else None
    paid = runs["cost"].drop_nulls()
    measured["cost"] = paid.sum() if len(paid) else None
    sides = {"trace": traces["duration_ms"], "llm": calls["duration_ms"], "ttft": calls["time_to_first_token_ms"]}
    sides |= {kind: runs.filter(kind=kind)["duration_ms"] for kind in ("chain", "tool", "retriever")}
    for name, values in sides.items():
        for percent in (50, 90, 99):
            measured[f"{name}_p{percent}_ms"] = values.quantile(percent / 100, "linear")
    for metric in METRICS:
        values = texts[metric.name]
        if metric.name == "text_standard":
            values = values.str.extract(r"(\d+)\w+ grade$").cast(pl.Float64)
        measured[metric.name] = values.cast(pl.Float64).mean()
    return measured


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("temperature 0.0", "temperature 0.9"),
        ("adviser", "turbine"),
        ("project:cold-store", "tag:test"),
        ("chat", "chat"),
    ],
)
def test_each_measure_is_what_polars_finds(a: str, b: str, samples: Logs) -> None:
    rows = compare(samples, a, b).frame.to_dicts()
    for side, called in (("a", a), ("b", b)):
        expected = by_hand(samples, list(find_group(samples, called).session_ids))
        assert expected == {
            row["measure"]: row[side] if row[side] is None else pytest.approx(row[side]) for row in rows
        }


def test_the_difference_is_b_minus_a_and_per_cent_of_a(samples: Logs) -> None:
    for row in compare(samples, "adviser", "turbine").frame.to_dicts():
        a, b = row["a"], row["b"]
        if a is None or b is None:
            assert (row["difference"], row["percent"]) == (None, None)
            continue
        assert b - a == row["difference"]
        assert row["percent"] == (None if a == 0 else pytest.approx((b - a) / abs(a) * 100))


@pytest.fixture
def labelled(load_events: Load) -> Logs:
    labels = {
        "aaaa-1": {"project": "p", "name": "same", "group": "g", "tags": ["t"]},
        "aaaa-2": {"project": "p", "name": "same"},
        "bbbb-1": {"project": "same", "name": "other", "tags": ["t"]},
    }
    lines = [event("session_start", 0, session=given) | {"session_id": each} for each, given in labels.items()]
    return load_events(*lines, *[line | {"session_id": "aaaa-1"} for line in chain("r")])


@pytest.mark.parametrize(
    ("called", "found"),
    [
        ("aaaa-1", {"aaaa-1"}),
        ("same", {"aaaa-1", "aaaa-2"}),
        ("project:same", {"bbbb-1"}),
        ("aaaa", {"aaaa-1", "aaaa-2"}),
        ("session:aaaa", {"aaaa-1", "aaaa-2"}),
        ("p", {"aaaa-1", "aaaa-2"}),
        ("name:other", {"bbbb-1"}),
        ("group:g", {"aaaa-1"}),
        ("g", {"aaaa-1"}),
        ("tag:t", {"aaaa-1", "bbbb-1"}),
    ],
)
def test_a_side_is_called_by_what_a_session_is_known_by(called: str, found: set[str], labelled: Logs) -> None:
    assert found == set(find_group(labelled, called).session_ids)


@pytest.mark.parametrize(
    ("called", "sentence"),
    [
        ("sme", "there is no session, project, group or tag sme: near is same"),
        ("tag:u", "there is no tag u: there is t"),
        ("session:zzzz", "there is no session zzzz: there is other, same"),
    ],
)
def test_a_side_that_is_not_there_is_told(called: str, sentence: str, labelled: Logs) -> None:
    with pytest.raises(NoMatchError, match=sentence):
        compare(labelled, "same", called)
