"""The formats that rows can be written in.

One list for the command's help, which must not wait for polars, and for `render`, which writes them.
"""

from pathlib import Path

__all__ = ["FORMATS", "format_of"]

FORMATS = ("table", "csv", "json", "jsonl", "markdown", "parquet")
"""Formats that rows can be written in."""

_ENDINGS = {".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".md": "markdown", ".parquet": "parquet"}


def format_of(output: str | None) -> str:
    """Choose the format that a file's name asks for; without one, a table."""
    return _ENDINGS.get(Path(output).suffix.lower(), "table") if output else "table"
