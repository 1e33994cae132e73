"""Metrics of one's own, beside the sixteen: rows of the table `metrics`, and of the aggregates.

From Python:

    from lctrack_analysis import complexity

    complexity.register("lix", lambda row: row["words"] / row["sentences"] + 100 * row["long_words"] / row["words"])
    complexity.register("question_marks", lambda text: text.count("?"), of="text")

Or from an installed package, by an entry point of the group `lctrack.metrics` that names a function over the counts,
or an `OwnMetric`.
"""

import math
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from typing import Any, Literal, NamedTuple

import polars as pl

from lctrack_analysis.complexity.schema import SCHEMA
from lctrack_analysis.errors import UsageError

__all__ = ["GROUP", "OwnMetric", "own_metrics", "register", "values"]

GROUP = "lctrack.metrics"
"""Entry point group."""

_NAME = re.compile("[a-z][a-z0-9_]*")


class OwnMetric(NamedTuple):
    """A metric and what it is a function of.

    `function` takes the text (`of="text"`), or a row of the sixteen metrics and the counts by name (`of="counts"`),
    and gives a number, or None where there is none. It should give the same number whenever it is asked.
    """

    function: Callable[[Any], float | None]
    of: Literal["counts", "text"] = "counts"


_registered: dict[str, OwnMetric] = {}


def register(name: str, function: Callable[[Any], float | None], of: Literal["counts", "text"] = "counts") -> None:
    """Add a metric to those of this process, or replace it; logs loaded before do not have it.

    Args:
        name: Small letters, digits and underscores.
        function: As `OwnMetric` wants it.
        of: What it is a function of.

    Raises:
        UsageError: The name will not do.
    """
    _registered[_checked(name)] = OwnMetric(function, of)


def own_metrics() -> dict[str, OwnMetric]:
    """Give the metrics of installed packages and of this process, by name.

    Raises:
        UsageError: The name of one will not do.
    """
    found = {}
    for entry in entry_points(group=GROUP):
        loaded = entry.load()
        found[_checked(entry.name)] = loaded if isinstance(loaded, OwnMetric) else OwnMetric(loaded)
    return found | _registered


def values(name: str, metric: OwnMetric, texts: Sequence[str | None], measured: pl.DataFrame) -> pl.Series:
    """Compute a metric.

    Args:
        name: Its name, for the warning when it fails.
        metric: The metric.
        texts: Some texts.
        measured: Their metrics and counts.

    Returns:
        A value for each text; null where there is no text, where it fails, or gives no finite number.
    """
    failures: list[Exception] = []
    rows = texts if metric.of == "text" else measured.iter_rows(named=True)
    found = [
        None if text is None else _value(metric.function, given, failures)
        for text, given in zip(texts, rows, strict=True)
    ]
    if failures:
        first = f"{type(failures[0]).__name__}: {failures[0]}"
        warnings.warn(f"the metric {name} failed on {len(failures)} texts, first with {first}", stacklevel=2)
    return pl.Series(name, found, dtype=pl.Float64)


def _value(
    function: Callable[[Any], float | None], given: str | Mapping[str, Any] | None, failures: list[Exception]
) -> float | None:
    try:
        number = function(given)
        return float(number) if number is not None and math.isfinite(number) else None
    except Exception as error:  # noqa: BLE001  # other people's code
        failures.append(error)
        return None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or name in SCHEMA:
        raise UsageError(f"a metric cannot be called {name!r}: small letters, digits and underscores, and none of ours")
    return name
