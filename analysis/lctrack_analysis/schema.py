"""What a table and a column are, and the columns that many tables have."""

from typing import NamedTuple

__all__ = [
    "ERROR_MESSAGE",
    "ERROR_TYPE",
    "GENERATION_INDEX",
    "PROMPT_INDEX",
    "RUN",
    "SESSION",
    "TOKENS",
    "TRACE",
    "Column",
    "Table",
]


class Column(NamedTuple):
    """One column: its name, its DuckDB type, and what it holds."""

    name: str
    type: str
    doc: str


class Table(NamedTuple):
    """One table: what a row stands for, and its columns in order."""

    name: str
    row: str
    columns: tuple[Column, ...]


SESSION = Column("session_id", "VARCHAR", "session it belongs to")
TRACE = Column("trace_id", "VARCHAR", "run id of its root run")
RUN = Column("run_id", "VARCHAR", "run it belongs to")
PROMPT_INDEX = Column("prompt_index", "BIGINT", "which prompt of the call, from 0")
GENERATION_INDEX = Column("generation_index", "BIGINT", "which answer to that prompt, from 0")
ERROR_TYPE = Column("error_type", "VARCHAR", "class of the exception")
ERROR_MESSAGE = Column("error_message", "VARCHAR", "text of the exception")

TOKENS = (
    Column("input_tokens", "BIGINT", "prompt tokens"),
    Column("output_tokens", "BIGINT", "completion tokens"),
    Column("total_tokens", "BIGINT", "both together, as reported"),
    Column("cached_tokens", "BIGINT", "prompt tokens read from a cache (part of `input_tokens`)"),
    Column("reasoning_tokens", "BIGINT", "completion tokens spent on reasoning (part of `output_tokens`)"),
)
"""The five token columns, the same wherever tokens are summed."""
