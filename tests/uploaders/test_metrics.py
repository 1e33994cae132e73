import math
from typing import Any

import polars as pl

from lctrack_uploaders.metrics import SESSION_COLUMNS, points
from lctrack_uploaders.testing.tables import frame
from tests.uploaders.frames import SECOND, START, agent

MS = 1_000_000


def rows(table: str, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return frame(table, values).with_columns(pl.selectors.datetime().cast(pl.Int64)).to_dicts()


def test_steps_count_the_calls_by_their_ends() -> None:
    logs = agent()
    logs["runs"].reverse()

    found = points(rows("sessions", logs["sessions"])[0], rows("runs", logs["runs"]), [], [], START)

    calls = [(point.step, point.time, point.value) for point in found if point.key == "call/output_tokens"]
    assert calls == [(0, (START + 4 * SECOND) // MS, 20.0), (1, (START + 7 * SECOND) // MS, 6.0)]


def test_a_value_that_is_no_finite_number_makes_no_point() -> None:
    session = dict.fromkeys(SESSION_COLUMNS) | {"events": 1, "llm_p50_ms": math.nan, "llm_p90_ms": math.inf}

    assert [point.key for point in points(session, [], [], [], START)] == ["events"]


def test_scores_of_one_name_are_a_series_at_the_times_they_were_given() -> None:
    given = [{"run_id": "r", "key": key, "value": value, "time": START + at * SECOND}
             for key, value, at in (("b", 1.0, 9), ("a", 0.5, 2), ("a", 0.25, 1), ("a", None, 3))]  # fmt: skip

    found = points(dict.fromkeys(SESSION_COLUMNS), [], rows("scores", given), [], START)

    assert sorted((point.key, point.step, point.time, point.value) for point in found) == [
        ("score/a", 0, (START + SECOND) // MS, 0.25),
        ("score/a", 1, (START + 2 * SECOND) // MS, 0.5),
        ("score/b", 0, (START + 9 * SECOND) // MS, 1.0),
    ]


def test_the_complexity_of_a_session_is_four_metrics_at_its_end() -> None:
    of_session = {"mean": 8.5, "median": 8.0, "p10": 7.0, "p90": 9.0}
    given = [
        {"scope": "session", "session_id": "session-1", "metric": "smog_index", **of_session},
        {"scope": "session_model", "session_id": "session-1", "model": "m", "metric": "smog_index", "mean": 1.0},
    ]

    found = points(dict.fromkeys(SESSION_COLUMNS) | {"events": 7}, [], [], rows("complexity", given), START)

    told = [(point.key, point.value, point.time, point.step) for point in found if point.key.startswith("complexity/")]
    assert told == [
        ("complexity/smog_index", 8.5, START // MS, 7),
        ("complexity/smog_index_median", 8.0, START // MS, 7),
        ("complexity/smog_index_p10", 7.0, START // MS, 7),
        ("complexity/smog_index_p90", 9.0, START // MS, 7),
    ]
