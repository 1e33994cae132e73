"""Rows on their way from events to tables: what one event alone can tell, before starts meet ends.

Each staging table is listed here with its columns. `Stage` collects rows and hands them to DuckDB in chunks, so that
memory holds one chunk whatever the size of the logs.
"""

from collections.abc import Sequence
from typing import Any

import duckdb
import polars as pl

from lctrack_analysis.columns import TABLES, TOKENS

__all__ = ["STAGES", "Stage"]

_TOKEN_COLUMNS = tuple((column.name, column.type) for column in TOKENS)

STAGES: dict[str, tuple[tuple[str, str], ...]] = {
    # These four are final: one event makes one row.
    **{
        name: tuple((column.name, column.type) for column in TABLES[name].columns)
        for name in ("events", "assets", "problems")
    },
    "score_events": (("id", "BIGINT"), *((column.name, column.type) for column in TABLES["scores"].columns)),
    "run_starts": (
        ("id", "BIGINT"),
        ("run_id", "VARCHAR"),
        ("parent_run_id", "VARCHAR"),
        ("trace_id", "VARCHAR"),
        ("session_id", "VARCHAR"),
        ("kind", "VARCHAR"),
        ("run_type", "VARCHAR"),
        ("name", "VARCHAR"),
        ("time", "TIMESTAMP_NS"),
        ("inputs", "JSON"),
        ("tags", "VARCHAR[]"),
        ("metadata", "JSON"),
        ("params", "JSON"),
        ("model", "VARCHAR"),
        ("serialized", "JSON"),
        ("thread", "BIGINT"),
        ("tool_call_id", "VARCHAR"),
    ),
    "run_ends": (
        ("id", "BIGINT"),
        ("run_id", "VARCHAR"),
        ("parent_run_id", "VARCHAR"),
        ("trace_id", "VARCHAR"),
        ("session_id", "VARCHAR"),
        ("kind", "VARCHAR"),
        ("time", "TIMESTAMP_NS"),
        ("status", "VARCHAR"),
        ("error_type", "VARCHAR"),
        ("error_message", "VARCHAR"),
        ("traceback", "VARCHAR"),
        ("inputs", "JSON"),
        ("outputs", "JSON"),
        ("model", "VARCHAR"),
        *_TOKEN_COLUMNS,
        ("first_token_time", "TIMESTAMP_NS"),
        ("chunks", "BIGINT"),
    ),
    "prompts": (
        ("id", "BIGINT"),
        ("run_id", "VARCHAR"),
        ("prompt_index", "BIGINT"),
        ("prompt", "VARCHAR"),
        ("messages", "JSON"),
    ),
    "answers": (
        ("id", "BIGINT"),
        ("run_id", "VARCHAR"),
        ("prompt_index", "BIGINT"),
        ("generation_index", "BIGINT"),
        ("text", "VARCHAR"),
        ("message", "JSON"),
        ("finish_reason", "VARCHAR"),
        *_TOKEN_COLUMNS,
        ("partial", "BOOLEAN"),
    ),
    "chat_messages": (
        ("id", "BIGINT"),
        ("run_id", "VARCHAR"),
        ("direction", "VARCHAR"),
        ("batch_index", "BIGINT"),
        ("position", "BIGINT"),
        ("time", "TIMESTAMP_NS"),
        ("role", "VARCHAR"),
        ("content", "VARCHAR"),
        ("blocks", "JSON"),
        ("name", "VARCHAR"),
        ("message_id", "VARCHAR"),
        ("tool_call_id", "VARCHAR"),
        ("tool_calls", "JSON"),
    ),
    "tool_requests": (
        ("id", "BIGINT"),
        ("run_id", "VARCHAR"),
        ("tool_call_id", "VARCHAR"),
        ("name", "VARCHAR"),
        ("arguments", "JSON"),
        ("time", "TIMESTAMP_NS"),
    ),
    "session_marks": (
        ("id", "BIGINT"),
        ("session_id", "VARCHAR"),
        ("time", "TIMESTAMP_NS"),
        ("mark", "VARCHAR"),
        ("labels", "JSON"),
        ("host", "VARCHAR"),
    ),
}
"""Columns of each staging table: name and DuckDB type."""

_POLARS: dict[str, pl.DataType | type[pl.DataType]] = {
    "VARCHAR": pl.String,
    "JSON": pl.String,
    "BIGINT": pl.Int64,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
    "VARCHAR[]": pl.List(pl.String),
    "TIMESTAMP_NS": pl.Datetime("ns"),
}
_CHUNK = 50_000


class Stage:
    """Collects rows of the staging tables.

    Args:
        connection: Database that receives the tables; they are made at once.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._rows: dict[str, list[Sequence[Any]]] = {name: [] for name in STAGES}
        for name, columns in STAGES.items():
            declared = ", ".join(f"{column} {kind}" for column, kind in columns)
            connection.execute(f"CREATE TABLE {name} ({declared})")

    def add(self, table: str, row: Sequence[Any]) -> None:
        """Add a row, its values in the order of `STAGES`; times are Unix nanoseconds."""
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= _CHUNK:
            self._move(table)

    def finish(self) -> None:
        """Hand over what is still here."""
        for table in STAGES:
            self._move(table)

    def _move(self, table: str) -> None:
        rows = self._rows[table]
        if not rows:
            return
        columns = STAGES[table]
        frame = pl.DataFrame(
            [
                pl.Series(name, values, dtype=_POLARS[kind], strict=True)
                for (name, kind), values in zip(columns, zip(*rows, strict=True), strict=True)
            ]
        )
        rows.clear()
        self._connection.register("chunk", frame.to_arrow())
        self._connection.execute(f"INSERT INTO {table} SELECT * FROM chunk")  # noqa: S608  # names of our own
        self._connection.unregister("chunk")
