"""One event to one line of JSON that every reader accepts, whatever is in it.

Two paths give the same line. The fast one lets the C encoder walk the event and asks Python only about objects that
are not JSON. Where a value cannot be written as it is (not-a-number, lone surrogates, cycles, nesting too deep,
objects without structure) the careful one walks the event in Python, writes the nearest JSON there is, and names
each such value in `lossy`.
"""

import json
import re
from typing import Any

from lctrack._careful import careful
from lctrack._structure import structure
from lctrack.format import APPEND, BLOB, LITERAL, MAX_DEPTH

__all__ = ["encode"]

_REFERENCE_LIKE = tuple(f'"{key}"' for key in (BLOB, APPEND, LITERAL))
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKET = re.compile(r"[^\[\]{}]+")
_INNERMOST = re.compile(r"\[\]|\{\}")

# The check for cycles stays on: without it a cycle ends in a RecursionError only where nobody raised the limit, and
# otherwise, up to Python 3.11, in a crash of the process.
_fast = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=structure).encode
_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def encode(record: dict[str, Any]) -> bytes:
    """Encode an event as UTF-8 JSON without a line break.

    Args:
        record: The event, envelope included. Its values may be any objects.

    Returns:
        The JSON object; `lossy` is added to it where something could not be written exactly.
    """
    try:
        text = _fast(record)
        if not _too_deep(text) and not _refers(text):
            return text.encode()
    except Exception:  # noqa: BLE001, S110  # any code of the objects may have run; the careful path finds out where
        pass
    lossy: list[str] = []
    plain = careful(record, lossy)
    if lossy:
        plain["lossy"] = lossy
    return _plain(plain).encode()


def _refers(text: str) -> bool:
    """Tell whether data in a JSON text may look like a reference."""
    return "$" in text and any(key in text for key in _REFERENCE_LIKE)


def _too_deep(text: str) -> bool:
    """Tell whether the nesting of a JSON text exceeds `MAX_DEPTH`."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    brackets = _NOT_BRACKET.sub("", _STRING.sub("", text))
    for _ in range(MAX_DEPTH):
        # Each pass takes away the innermost level, at the speed of the regex engine.
        brackets = _INNERMOST.sub("", brackets)
        if not brackets:
            return False
    return True
