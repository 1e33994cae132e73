"""A line about what went into a run or came out of it, for a table."""

from typing import Any

__all__ = ["excerpt"]

_LENGTH = 160
_DEEP = 6
_TEXTS = ("content", "text", "output", "answer", "input", "question", "page_content", "query")
"""Keys under which the words are, where an object has one of them."""


def excerpt(value: Any) -> str:
    """Give the words in a value, on one line, cut where they are many.

    Args:
        value: What JSON can hold, such as `inputs` or `outputs` of a run.

    Returns:
        Text; of several messages, the last one that has any.
    """
    line = " ".join(_words(value, 0)[: 4 * _LENGTH].split())
    return line if len(line) <= _LENGTH else f"{line[: _LENGTH - 1]}…"


def _words(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return value
    if value is None or depth > _DEEP:
        return ""
    if isinstance(value, list):
        last = (found for each in reversed(value) if (found := _words(each, depth + 1)))
        return next(last, "")
    if isinstance(value, dict):
        if isinstance(value.get("messages"), list):
            return _words(value["messages"], depth + 1)
        keys = [key for key in _TEXTS if value.get(key)] or list(value)
        return next((found for key in keys if (found := _words(value[key], depth + 1))), "")
    return str(value)
