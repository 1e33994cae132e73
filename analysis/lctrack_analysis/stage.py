"""Rows on their way from events to tables: what one event alone can tell, before starts meet ends.

Each staging table is listed here with its columns. `Stage` collects rows and writes them to one Parquet file for each
table, a few megabytes at a time, so that memory holds little whatever the size of the logs. Memory that is touched for
the first time is the dearest part of reading a log: buffers are small and used again.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from lctrack_analysis.columns import TABLES, TOKENS

__all__ = ["SCHEMAS", "STAGES", "Stage", "new_file"]

_TOKEN_COLUMNS = tuple((column.name, column.type) for column in TOKENS)

STAGES: dict[str, tuple[tuple[str, str], ...]] = {
    # Which file an event is from, its id tells: the same segment may be found under another path next time.
    "events": (
        ("id", "BIGINT"),
        *((column.name, column.type) for column in TABLES["events"].columns if column.name not in ("file", "line")),
    ),
    "assets": (("id", "BIGINT"), *((column.name, column.type) for column in TABLES["assets"].columns)),
    "problems": (
        ("id", "BIGINT"),
        *((column.name, column.type) for column in TABLES["problems"].columns if column.name not in ("file", "line")),
    ),
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
        ("tags", "VARCHAR[]"),
        ("model", "VARCHAR"),
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
    ),
    "answers": (
        ("id", "BIGINT"),
        ("run_id", "VARCHAR"),
        ("prompt_index", "BIGINT"),
        ("generation_index", "BIGINT"),
        ("text", "VARCHAR"),
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
        ("batch_index", "BIGINT"),
        ("position", "BIGINT"),
        ("call_index", "BIGINT"),
    ),
    "streamed": (
        ("id", "BIGINT"),
        ("run_id", "VARCHAR"),
        ("session_id", "VARCHAR"),
        ("time", "TIMESTAMP_NS"),
        ("is_token", "BOOLEAN"),
    ),
    "session_marks": (
        ("id", "BIGINT"),
        ("session_id", "VARCHAR"),
        ("time", "TIMESTAMP_NS"),
        ("mark", "VARCHAR"),
        ("segment", "VARCHAR"),
        ("labels", "JSON"),
        ("host", "VARCHAR"),
    ),
}
"""Columns of each staging table: name and DuckDB type."""

_ARROW = {
    "VARCHAR": pa.string(),
    "JSON": pa.json_(pa.string()),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "VARCHAR[]": pa.list_(pa.string()),
    "TIMESTAMP_NS": pa.timestamp("ns"),
}
SCHEMAS = {name: pa.schema([(column, _ARROW[kind]) for column, kind in columns]) for name, columns in STAGES.items()}
"""The same, for Arrow."""

_MOST_ROWS = 4_096
_MOST_TEXT = 8_000_000


class Stage:
    """Collects rows of the staging tables and writes them.

    Args:
        directory: Receives `<table>.parquet` for each table that has a row.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._rows: dict[str, list[Sequence[Any]]] = {name: [] for name in STAGES}
        self._writers: dict[str, tuple[pq.ParquetWriter, BinaryIO]] = {}
        self._text = 0
        self.counts = dict.fromkeys(STAGES, 0)

    def add(self, table: str, row: Sequence[Any]) -> None:
        """Add a row, its values in the order of `STAGES`; times are Unix nanoseconds."""
        self._rows[table].append(row)

    def grow(self, size: int) -> None:
        """Tell how long the line was whose rows were added; may write what is here."""
        self._text += size
        if self._text >= _MOST_TEXT or len(self._rows["events"]) >= _MOST_ROWS:
            self.write()

    def put(self, table: str, rows: pa.RecordBatch) -> None:
        """Write rows that are in columns already."""
        self.counts[table] += rows.num_rows
        self._writer(table).write_batch(rows)

    def finish(self) -> None:
        """Write what is still here, and close the files."""
        self.write()
        for writer, file in self._writers.values():
            writer.close()
            file.close()

    def write(self) -> None:
        """Write the rows that were added."""
        self._text = 0
        for table, rows in self._rows.items():
            if rows:
                self.put(table, _batch(table, rows))
                rows.clear()

    def _writer(self, table: str) -> pq.ParquetWriter:
        if table not in self._writers:
            file = new_file(self._directory / f"{table}.parquet")
            writer = pq.ParquetWriter(
                file,
                SCHEMAS[table],
                compression="zstd",
                compression_level=1,
                use_dictionary=False,
                write_statistics=["id"],  # by which a query finds a row of its own
            )
            self._writers[table] = (writer, file)
        return self._writers[table][0]


def new_file(path: Path) -> BinaryIO:
    """Make a file that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _batch(table: str, rows: list[Sequence[Any]]) -> pa.RecordBatch:
    schema = SCHEMAS[table]
    columns = zip(*rows, strict=True)
    return pa.record_batch(
        [_array(values, field.type) for field, values in zip(schema, columns, strict=True)], schema=schema
    )


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if isinstance(kind, pa.JsonType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, type=kind.storage_type))
    return pa.array(values, type=kind)
