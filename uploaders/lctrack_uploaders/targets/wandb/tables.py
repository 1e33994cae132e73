"""A session's tables as W&B's tables, and as files of an artifact."""

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

import polars as pl

from lctrack_uploaders.units import PICTURES, Unit

SHOWN = ("action_records", "session_analysis")
"""Tables that are shown with the run; an artifact has them all."""
PAGES = (*PICTURES, "chat_html")
"""Columns of `session_analysis` whose cells are HTML."""
MAX_ROWS = 200_000
"""Most rows that the SDK puts into a table."""


def cells(unit: Unit, name: str) -> tuple[list[str], list[list[Any]]]:
    """Give a table's columns and rows.

    Args:
        unit: The session.
        name: The table.

    Returns:
        Both; times are ISO 8601 in UTC with nanoseconds, lists are JSON, a picture is the text of its file. Columns
        that are empty are left out.
    """
    frame = unit.tables[name].head(MAX_ROWS)
    frame = frame[[column.name for column in frame if column.null_count() < frame.height]]
    plain = frame.with_columns(
        pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ"), pl.selectors.float().fill_nan(None)
    )
    rows = [[_cell(unit, column, value) for column, value in row.items()] for row in plain.to_dicts()]
    return plain.columns, rows


def parquet(frame: pl.DataFrame) -> bytes:
    """Give a table as a Parquet file."""
    buffer = BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def pages(columns: Sequence[str]) -> list[str]:
    """Name those of the columns whose cells are HTML."""
    return [column for column in columns if column in PAGES]


def _cell(unit: Unit, column: str, value: Any) -> Any:
    if column in PICTURES and value is not None:
        path = unit.pictures.get(value)
        return path.read_text(encoding="utf-8") if path and path.is_file() else None
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
