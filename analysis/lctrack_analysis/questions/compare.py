"""Two sessions, or two groups of them, side by side."""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from lctrack_analysis.columns import LATENCY_KINDS, METRICS, TOKENS
from lctrack_analysis.query import Result
from lctrack_analysis.questions.asking import Asked, literals
from lctrack_analysis.questions.groups import Group, find_group

__all__ = ["MEASURES", "Measure", "compare"]

_PERCENTILES = (50, 90, 99)
_LLM = "kind IN ('llm', 'chat_model')"


class Measure(NamedTuple):
    """Something that is compared: its name, and SQL that gives it of the rows of a table."""

    name: str
    table: str
    sql: str


def _percentiles(name: str, table: str, column: str, condition: str) -> Iterator[Measure]:
    for percent in _PERCENTILES:
        sql = f"quantile_cont({column}, {percent / 100}) FILTER (WHERE {condition})"
        yield Measure(f"{name}_p{percent}_ms", table, sql)


def _of_kind(kinds: tuple[str, ...]) -> str:
    return f"kind IN {literals(kinds)}"


def _mean(metric: str) -> str:
    # The higher of the two grades that it names, as in the table `complexity`.
    value = rf"regexp_extract({metric}, '(\d+)\w+ grade$', 1)" if metric == "text_standard" else metric
    return f"avg(try_cast({value} AS DOUBLE) ORDER BY try_cast({value} AS DOUBLE))"


MEASURES = (
    Measure("sessions", "sessions", "count(*)"),
    Measure("traces", "traces", "count(*)"),
    Measure("runs", "runs", "count(*)"),
    Measure("llm_calls", "runs", f"count(*) FILTER (WHERE {_LLM})"),
    Measure("tool_calls", "runs", "count(*) FILTER (WHERE kind = 'tool')"),
    Measure("retrievals", "runs", "count(*) FILTER (WHERE kind = 'retriever')"),
    Measure("failed_traces", "traces", "count(*) FILTER (WHERE status = 'error')"),
    Measure("failed_runs", "runs", "count(*) FILTER (WHERE status = 'error')"),
    Measure("errors", "errors", "count(*) FILTER (WHERE is_origin)"),
    *(Measure(column.name, "runs", f"sum({column.name})") for column in TOKENS),
    Measure("tokens_per_call", "runs", f"sum(total_tokens) / nullif(count(*) FILTER (WHERE {_LLM}), 0)"),
    Measure("cost", "runs", "sum(cost)"),
    *_percentiles("trace", "traces", "duration_ms", "true"),
    *(
        measure
        for name, kinds in LATENCY_KINDS.items()
        for measure in _percentiles(name, "runs", "duration_ms", _of_kind(kinds))
    ),
    *_percentiles("ttft", "runs", "time_to_first_token_ms", _LLM),
    *(Measure(metric.name, "generations", _mean(metric.name)) for metric in METRICS),
)
"""All that is compared, in this order; metrics of complexity are means over the generated texts."""


def compare(logs: Asked, a: str, b: str) -> Result:
    """Compare two sessions or groups of sessions.

    Args:
        logs: The logs.
        a: One side, as `groups.find_group` takes it.
        b: The other.

    Returns:
        One row for each of `MEASURES`: `measure`, its value in `a` and in `b`, the `difference` (b minus a) and the
        `percent` that this is of a; null where there is no value.

    Raises:
        NoMatchError: There is no such session or group.
    """
    sides = [_measured(logs, find_group(logs, called)) for called in (a, b)]
    frame = pl.DataFrame(
        {"measure": [measure.name for measure in MEASURES], "a": sides[0], "b": sides[1]},
        schema={"measure": pl.String, "a": pl.Float64, "b": pl.Float64},
    ).with_columns(difference=pl.col("b") - pl.col("a"))
    percent = pl.when(pl.col("a") != 0).then(pl.col("difference") / pl.col("a").abs() * 100)
    return Result(frame.with_columns(percent=percent), frozenset())


def _measured(logs: Asked, group: Group) -> list[float | None]:
    """Give the value of each measure."""
    found: dict[str, float | None] = {}
    for table in dict.fromkeys(measure.table for measure in MEASURES):
        asked = [measure for measure in MEASURES if measure.table == table]
        columns = ", ".join(f"({measure.sql})::DOUBLE AS {measure.name}" for measure in asked)
        row = logs.query(f"SELECT {columns} FROM {table} WHERE session_id IN {literals(group.session_ids)}")  # noqa: S608  # ids are quoted
        found |= row.frame.row(0, named=True)
    return [found[measure.name] for measure in MEASURES]
