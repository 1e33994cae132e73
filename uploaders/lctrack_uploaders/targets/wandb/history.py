"""What of a session is a row of its run's history: model calls, scores and traces, each at its own time.

History can only be appended to. So each row has a mark that follows from its content, under `ROW`: of two deliveries
the second asks which marks are there, and sends the rest. A run that has not ended may still change, and its trace is
sent once that is over. What there is once (counters, totals, percentiles, complexity) is in the run's summary.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lctrack_uploaders.units import Trace, Unit, digest

ROW = "lctrack_row"
"""The mark's column."""
TRACE = "langchain_trace"
"""The column that LangChain's tracer for W&B logs its traces under."""
FAMILIES = ("call", "score")
"""Families of metrics that are series; a column of that name counts the values."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. The time is Unix seconds."""

    mark: str
    time: float
    values: Mapping[str, float] = field(default_factory=dict)
    trace: Trace | None = None


def rows(unit: Unit) -> list[Row]:
    """Give the rows of a session by time."""
    return sorted([*_points(unit), *_traces(unit)], key=lambda row: (row.time, row.mark))


def totals(unit: Unit) -> dict[str, float]:
    """Give the numbers that there are once."""
    return {point.key: number(point.value) for point in unit.metrics if _family(point.key) is None}


def number(value: float) -> float:
    """Give a number as a whole one where it is."""
    return int(value) if float(value).is_integer() else value


def _points(unit: Unit) -> Iterator[Row]:
    # One row for each call, and for each score: the points of one family, step and time; scores also of one name.
    found: defaultdict[tuple[str, int, int, str], dict[str, float]] = defaultdict(dict)
    for point in unit.metrics:
        if family := _family(point.key):
            found[family, point.step, point.time, point.key if family == "score" else ""][point.key] = point.value
    seen: Counter[str] = Counter()
    for (family, step, time, _), values in found.items():
        plain = {key: number(value) for key, value in values.items()}
        mark = digest(family, time, sorted(plain.items()))
        seen[mark] += 1
        yield Row(f"{mark}-{seen[mark]}", time / 1000, {family: step, **plain})


def _traces(unit: Unit) -> Iterator[Row]:
    for trace in unit.traces:
        root = trace.spans[0]
        if root.status != "open" or not unit.is_open:
            yield Row(f"trace-{trace.root_run_id}", root.end / 1e9, trace=trace)


def _family(key: str) -> str | None:
    return next((family for family in FAMILIES if key.startswith(f"{family}/")), None)
