"""Values of a log, whatever they turned out to be, as cells of a table."""

from typing import Any

import orjson

__all__ = ["as_count", "as_text", "as_texts", "as_time", "json_text"]

_MAX = 2**63


def json_text(value: Any) -> str | None:
    """Give a value as JSON text; null stays null."""
    return None if value is None else orjson.dumps(value).decode()


def as_text(value: Any) -> str | None:
    """Give a value as text: strings as they are, everything else as JSON."""
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def as_texts(value: Any) -> list[str] | None:
    """Give a list of texts; a single value makes a list of one."""
    if value is None:
        return None
    return [as_text(item) or "" for item in (value if isinstance(value, list) else [value])]


def as_count(value: Any) -> int | None:
    """Give a whole number that fits a column, or nothing."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and -_MAX <= value < _MAX else None


def as_time(value: Any) -> int | None:
    """Give a Unix time in nanoseconds, or nothing."""
    return value if type(value) is int and 0 <= value < _MAX - 1 else None  # DuckDB takes the last for infinity
