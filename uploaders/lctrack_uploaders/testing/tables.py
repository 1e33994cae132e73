"""Tables made by hand: what uploaders read, without log files and their reader."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from lctrack_analysis.columns import TABLES

TYPES: Mapping[str, pl.DataType] = {
    "VARCHAR": pl.String(),
    "JSON": pl.String(),
    "BIGINT": pl.Int64(),
    "DOUBLE": pl.Float64(),
    "BOOLEAN": pl.Boolean(),
    "TIMESTAMP_NS": pl.Datetime("ns"),
    "VARCHAR[]": pl.List(pl.String()),
}
"""What polars calls the types of columns."""

Rows = dict[str, list[dict[str, Any]]]
"""Rows by table; each names only the columns that matter, with times as Unix nanoseconds."""


class TableLogs:
    """The tables as attributes, like `lctrack_analysis.Logs`."""

    def __init__(self, rows: Mapping[str, list[dict[str, Any]]], pictures: Path | None = None) -> None:
        self.pictures = pictures
        self._frames = {name: frame(name, rows.get(name, [])) for name in TABLES}

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Give a table."""
        try:
            return self._frames[name]
        except KeyError:
            raise AttributeError(name) from None


def frame(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Make a table.

    Args:
        table: Its name.
        rows: Its rows; columns that they do not name are null.

    Returns:
        The table, with all its columns.

    Raises:
        ValueError: A row names a column that the table does not have.
    """
    columns = TABLES[table].columns
    unknown = {name for row in rows for name in row} - {column.name for column in columns}
    if unknown:
        raise ValueError(f"{table} has no columns {unknown}")
    return pl.DataFrame(
        {
            column.name: pl.Series([row.get(column.name) for row in rows], dtype=_physical(column.type)).cast(
                TYPES[column.type]
            )
            for column in columns
        },
        schema={column.name: TYPES[column.type] for column in columns},
    )


def _physical(kind: str) -> pl.DataType:
    # Python's datetimes have no nanoseconds, so times are given as integers.
    return pl.Int64() if kind == "TIMESTAMP_NS" else TYPES[kind]
