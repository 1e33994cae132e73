"""The columns that measuring a text gives."""

import polars as pl

from lctrack_analysis.complexity.counts import COUNTS
from lctrack_analysis.complexity.metrics import METRICS

__all__ = ["SCHEMA"]

_TYPES = {"DOUBLE": pl.Float64, "BIGINT": pl.Int64, "VARCHAR": pl.String}

SCHEMA: dict[str, type[pl.DataType]] = {
    **{metric.name: _TYPES[metric.type] for metric in METRICS},
    **{counted.name: pl.Int64 for counted in COUNTS},
}
"""The metrics, then the counts, with their types in polars."""
