"""The formats that rows can be written in, and what the command does unless told otherwise.

One place for the command's help, which must not wait for polars, and for what does the work.
"""

from pathlib import Path

__all__ = ["FORMATS", "MAX_ROWS", "MOST_DRAWN", "PROMPT", "TIMEOUT", "format_of"]

FORMATS = ("table", "csv", "json", "jsonl", "markdown", "parquet")
"""Formats that rows can be written in."""

MAX_ROWS = 200
"""Rows of a table that a terminal is shown."""

MOST_DRAWN = 200
"""Distinct texts that are drawn: some 30 MB of files for answers of 150 words."""

TIMEOUT = 600.0
"""Seconds that each query is given."""

PROMPT = object()
"""What `--sql` holds when no query is given with it."""

_ENDINGS = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".md": "markdown", ".parquet": "parquet"}


def format_of(output: str | None) -> str:
    """Choose the format that a file's name asks for; without one, a table."""
    return _ENDINGS.get(Path(output).suffix.lower(), "table") if output else "table"
