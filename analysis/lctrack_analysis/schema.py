"""What a table and a column are, and the columns that many tables have."""

from typing import NamedTuple

__all__ = [
    "COST",
    "ERROR_MESSAGE",
    "ERROR_TYPE",
    "GENERATION_INDEX",
    "PROMPT_INDEX",
    "RUN",
    "SESSION",
    "TOKENS",
    "TOTAL_COST",
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
    Column("cache_write_tokens", "BIGINT", "prompt tokens written to a cache (part of `input_tokens`)"),
    Column("reasoning_tokens", "BIGINT", "completion tokens spent on reasoning (part of `output_tokens`)"),
)
"""The six token columns, the same wherever tokens are summed."""

COST = Column(
    "cost", "DOUBLE", "US dollars, from its tokens and [a price table](cost.md); null where there is no price"
)

TOTAL_COST = (
    Column("cost", "DOUBLE", "US dollars: what its model calls with a known price cost"),
    Column("unpriced_calls", "BIGINT", "model calls with tokens whose price is not known, beside those in `cost`"),
)
"""Where costs are summed; null where there is no price table."""
