"""What the first page shows: totals, how they went over time, models, kinds of runs, distributions of complexity."""

from collections.abc import Callable
from typing import Any

from lctrack_analysis.columns import METRICS
from lctrack_analysis.questions.asking import Asked

__all__ = ["overview", "sessions"]

_BUCKETS = 48
"""Into how many spans of time the logs are cut."""
_BINS = 24
"""Bars of a distribution."""
_MILLION = 1e6  # nanoseconds in a millisecond

_TOTALS = """
SELECT
    (SELECT count(*) FROM sessions) AS sessions, count(*) AS traces, sum(runs)::BIGINT AS runs,
    sum(llm_calls)::BIGINT AS calls, sum(total_tokens)::BIGINT AS tokens, sum(cost) AS cost,
    (SELECT count(*) FROM errors WHERE is_origin) AS errors, (SELECT count(*) FROM problems) AS problems,
    epoch_ns(min(start_time)) AS first, epoch_ns(max(coalesce(end_time, start_time))) AS last,
    quantile_cont(duration_ms, 0.5) AS p50, quantile_cont(duration_ms, 0.9) AS p90,
    quantile_cont(duration_ms, 0.99) AS p99
FROM traces
"""
_OVER_TIME = """
SELECT
    ((epoch_ns(start_time) - {first}) // {width})::BIGINT AS bucket, count(*) AS traces,
    count(DISTINCT session_id) AS sessions, sum(total_tokens)::BIGINT AS tokens, sum(cost) AS cost,
    sum(errors)::BIGINT AS errors, quantile_cont(duration_ms, 0.5) AS p50, quantile_cont(duration_ms, 0.9) AS p90,
    quantile_cont(duration_ms, 0.99) AS p99, median(time_to_first_token_ms) AS first_token
FROM traces WHERE start_time IS NOT NULL GROUP BY bucket ORDER BY bucket
"""
_MODELS = """
SELECT
    coalesce(model, '(unknown)') AS model, count(*) AS calls, count(*) FILTER (WHERE status = 'error') AS errors,
    sum(input_tokens)::BIGINT AS input_tokens, sum(output_tokens)::BIGINT AS output_tokens, sum(cost) AS cost,
    median(duration_ms) AS p50_ms, quantile_cont(duration_ms, 0.9) AS p90_ms,
    median(time_to_first_token_ms) AS first_token_ms
FROM runs WHERE kind IN ('llm', 'chat_model') GROUP BY ALL ORDER BY calls DESC, model
"""
_KINDS = """
SELECT
    kind, count(*) AS runs, count(*) FILTER (WHERE status = 'error') AS errors,
    count(*) FILTER (WHERE status = 'open') AS open, median(duration_ms) AS p50_ms,
    quantile_cont(duration_ms, 0.9) AS p90_ms, quantile_cont(duration_ms, 0.99) AS p99_ms
FROM runs GROUP BY kind ORDER BY runs DESC, kind
"""
_SESSIONS = """
SELECT
    session_id, name, project, start_time, duration_ms, traces, llm_starts, total_tokens, cost, errors, status
FROM sessions ORDER BY start_time, session_id
"""
_DISTRIBUTION = """
WITH found AS (SELECT {metric}::DOUBLE AS value FROM generations WHERE {metric} IS NOT NULL),
ends AS (SELECT quantile_cont(value, 0.01) AS low, quantile_cont(value, 0.99) AS high FROM found)
SELECT
    low, high,
    least(greatest(floor((value - low) / nullif(high - low, 0) * {bins}), 0), {bins} - 1)::BIGINT AS bin,
    count(*) AS texts
FROM found, ends GROUP BY ALL ORDER BY bin
"""


def overview(logs: Asked, show: Callable[[int, int], None]) -> dict[str, Any]:
    """Count what the first page shows.

    Args:
        logs: The logs.
        show: Is told how many questions are answered, of how many.

    Returns:
        `totals`; `time` with its `first` moment and `width` of a bucket in milliseconds, and `buckets`; `models` and
        `kinds` as rows; `complexity`, for each metric its ends and how many texts are in each bin; each with the `sql`.
    """
    totals = logs.query(_TOTALS).frame.row(0, named=True)
    first, last = totals["first"], totals["last"]
    over_time: dict[str, Any] | None = None
    if first is not None:
        width = max((last - first) // _BUCKETS + 1, 1)
        query = _OVER_TIME.format(first=first, width=width)
        over_time = {
            "first": first / _MILLION,
            "width": width / _MILLION,
            "buckets": logs.query(query).frame.to_dicts(),
            "sql": " ".join(query.split()),
        }
    for name in ("first", "last"):
        totals[name] = None if totals[name] is None else totals[name] / _MILLION
    rows = {"models": _rows(logs, _MODELS), "kinds": _rows(logs, _KINDS)}
    numbers = [metric.name for metric in METRICS if metric.type != "VARCHAR"]
    distributions = []
    for done, metric in enumerate(numbers, 1):
        distributions.append(_distribution(logs, metric))
        show(done, len(numbers))
    return {
        "totals": totals,
        "sql": " ".join(_TOTALS.split()),
        "time": over_time,
        **rows,
        "complexity": [found for found in distributions if found],
    }


def sessions(logs: Asked) -> list[dict[str, Any]]:
    """Give the sessions in the order in which they started, times in Unix milliseconds.

    Args:
        logs: The logs.

    Returns:
        Rows of `sessions` with the columns that a list of them has.
    """
    found = []
    for row in logs.rows(_SESSIONS):
        row["start_time"] = None if row["start_time"] is None else row["start_time"] / _MILLION
        found.append(row)
    return found


def _rows(logs: Asked, query: str) -> dict[str, Any]:
    return {"rows": logs.query(query).frame.to_dicts(), "sql": " ".join(query.split())}


def _distribution(logs: Asked, metric: str) -> dict[str, Any] | None:
    query = _DISTRIBUTION.format(metric=metric, bins=_BINS)
    rows = logs.query(query).frame.to_dicts()
    if not rows:
        return None
    bins = [0] * _BINS
    for row in rows:
        bins[row["bin"] or 0] += row["texts"]
    ends = {"low": rows[0]["low"], "high": rows[0]["high"]}
    return {"metric": metric, **ends, "bins": bins, "sql": " ".join(query.split())}
