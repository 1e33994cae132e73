"""A session's numbers as points in time.

Four families, by name:

- `call/…`: one point for each model call, at the time the call ended; the step counts the calls.
- `score/…`: one point for each numeric score, at the time it was given; the step counts the scores of that name.
- `complexity/…`: the mean of a complexity metric over the session's generated texts, and with `_median`, `_p10` and
  `_p90` behind its name its median and percentiles, once, at the session's end.
- every numeric column of the table `sessions` under its own name, once, at the session's end. Its step is the number
  of events recorded, so that of two deliveries of a growing session the later counts as the newer, even where a
  percentile has fallen. Complexity is given likewise.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lctrack_analysis.columns import TABLES, TOKENS
from lctrack_uploaders.typing import Row

MODEL_CALLS = ("llm", "chat_model")
"""Kinds of run that are model calls."""

CALL_COLUMNS = {
    "duration_ms": "call/latency_ms",
    "time_to_first_token_ms": "call/time_to_first_token_ms",
    **{column.name: f"call/{column.name}" for column in TOKENS},
}
"""Metric of a model call, by column of the table `runs`."""

SESSION_COLUMNS = tuple(column.name for column in TABLES["sessions"].columns if column.type in ("BIGINT", "DOUBLE"))
"""Numeric columns of the table `sessions`; each is a metric."""


COMPLEXITY_COLUMNS = {"mean": "", "median": "_median", "p10": "_p10", "p90": "_p90"}
"""How the name of a metric ends, by column of the table `complexity`."""


class MetricPoint(NamedTuple):
    """One value of a metric; the time is Unix milliseconds."""

    key: str
    value: float
    time: int
    step: int


def points(
    session: Row, runs: Iterable[Row], scores: Iterable[Row], complexity: Iterable[Row], end: int
) -> tuple[MetricPoint, ...]:
    """Give every metric point of a session.

    Args:
        session: Its row of the table `sessions`, times as integers.
        runs: Its rows of the table `runs`, likewise.
        scores: Its rows of the table `scores`, likewise.
        complexity: Its rows of the table `complexity`.
        end: When the session ended, or its last known time, in nanoseconds.

    Returns:
        The points; a value that is not a finite number makes none.
    """
    calls = [row for row in runs if row["kind"] in MODEL_CALLS and row["end_time"] is not None]
    calls.sort(key=lambda row: (row["end_time"], row["run_id"]))
    columns = ((name, session[name]) for name in SESSION_COLUMNS)
    at_end = (
        (name, value, end, session["events"] or 0)
        for name, value in itertools.chain(columns, _complexity_values(complexity))
    )
    found = itertools.chain(_call_values(calls), _score_values(scores), at_end)
    return tuple(
        MetricPoint(key, float(value), time // 1_000_000, step)
        for key, value, time, step in found
        if value is not None and math.isfinite(value)
    )


def _call_values(calls: Sequence[Row]) -> Iterator[tuple[str, float | None, int, int]]:
    for step, row in enumerate(calls):
        for column, key in CALL_COLUMNS.items():
            yield key, row[column], row["end_time"], step


def _complexity_values(complexity: Iterable[Row]) -> Iterator[tuple[str, float | None]]:
    for row in complexity:
        if row["scope"] == "session":
            for column, ending in COMPLEXITY_COLUMNS.items():
                yield f"complexity/{row['metric']}{ending}", row[column]


def _score_values(scores: Iterable[Row]) -> Iterator[tuple[str, float | None, int, int]]:
    steps: defaultdict[str, int] = defaultdict(int)
    dated = (row for row in scores if row["time"] is not None and row["value"] is not None and row["key"])
    for row in sorted(dated, key=lambda row: (row["time"], row["run_id"] or "")):
        yield f"score/{row['key']}", row["value"], row["time"], steps[row["key"]]
        steps[row["key"]] += 1
