"""`--errors`: failures where they arose, those that say the same taken together."""

from collections import Counter
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_analysis import Logs
from lctrack_analysis.questions import error_groups
from lctrack_analysis.questions.error_groups import normalised
from tests.analysis.conftest import Load
from tests.analysis.writing import Line, event


def said(message: str) -> str:
    row = duckdb.execute(f"SELECT {normalised('$1')}", [message]).fetchone()
    assert row is not None
    return str(row[0])


def failed(run_id: str, second: float, message: str, kind: str = "ValueError", parent: str | None = None) -> list[Line]:
    error = {"type": kind, "message": message, "traceback": "…"}
    return [
        event("tool_start", 0, run_id=run_id, parent_run_id=parent, name="lookup"),
        event("tool_error", second, run_id=run_id, error=error),
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("no answer within 5 seconds", "no answer within 12.5 seconds", "no answer within <n> seconds"),
        (
            "run 01a1fb53-442f-733a-a55d-129a8df5381f failed",
            "run 01A1FB53442F733AA55D129A8DF5381F failed",
            "run <id> failed",
        ),
        ("KeyError: 'colour'", 'KeyError: "it\'s"', "KeyError: <text>"),
        ("no file /var/log/a.txt", "no file ../logs/b-2.txt", "no file <path>"),
        (
            "[Errno 2] No such file: /tmp/a",
            "[Errno 13] No such file: /srv/x/y.json",
            "[Errno <n>] No such file: <path>",
        ),
        ("no file ~/a", "no file C:\\Users\\me\\a.txt", "no file <path>"),
        ("GET https://a.example/v1?x=1 gave 503", "GET http://10.0.0.1:80/ gave 502", "GET <url> gave <n>"),
        ("<Chat object at 0x7f886a6cab90>", "<Chat object at 0x1A>", "<Chat object at <hex>>"),
        ("commit 9f86d081884c7d65", "commit a90b8e5", "commit <hex>"),
        ("request req_011CSHoEeq failed", "request req_2b failed", "request <id> failed"),
        ("unknown call_9", "unknown call_8f3-22", "unknown <id>"),
        ("at 2026-11-20 23:38:20.5", "at 2025-01-01 00:00:00", "at <n><n><n> <n>"),
        ("balance -3.5e-7", "balance +12", "balance <n>"),
    ],
)
def test_what_changes_from_time_to_time_is_put_out(one: str, other: str, same: str) -> None:
    assert said(one) == same == said(other)


@pytest.mark.parametrize(
    "message", ["the model is overloaded, try again later", "isn't it", "and/or", "bad self_check"]
)
def test_words_stay(message: str) -> None:
    assert message == said(message)


@given(st.text())
def test_any_message_has_its_place(message: str) -> None:
    row = duckdb.execute(f"SELECT {normalised('$1')}", [message]).fetchone()
    assert row is not None


def test_errors_that_say_the_same_are_counted_together(load_events: Load) -> None:
    logs = load_events(
        *failed("a", 1, "sensor 'B2' gave no answer within 5 s"),
        *failed("b", 9, "sensor 'B7' gave no answer within 30 s"),
        *failed("c", 5, "sensor 'B2' gave no answer within 5 s"),
        *failed("d", 2, "sensor 'B2' gave no answer within 5 s", "OSError"),
    )
    rows = error_groups(logs).frame.to_dicts()
    message = "sensor <text> gave no answer within <n> s"
    assert [(row["times"], row["type"], row["message"]) for row in rows] == [
        (3, "ValueError", message),
        (1, "OSError", message),
    ]
    times = logs.errors.filter(type="ValueError")["time"]
    expected: dict[str, Any] = {"run_id": "b", "trace_id": "b", "run": "lookup", "sessions": 1}
    expected |= {"example": "sensor 'B7' gave no answer within 30 s", "first": times.min(), "last": times.max()}
    assert expected == {key: rows[0][key] for key in expected}


def test_an_error_on_its_way_up_counts_once(load_events: Load) -> None:
    logs = load_events(*failed("root", 3, "no"), *failed("child", 2, "no", parent="root"))
    assert error_groups(logs).frame.select("times", "run_id").rows() == [(1, "child")]


def test_the_counts_of_the_samples_are_those_of_their_errors(samples: Logs) -> None:
    expected = Counter(row["type"] for row in samples.errors.to_dicts() if row["is_origin"])
    actual: Counter[str] = Counter()
    for row in error_groups(samples).frame.to_dicts():
        actual[row["type"]] += row["times"]
    assert expected == actual
