"""From one file to its lines, and from a line to the object it holds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson

from lctrack_analysis.errors import UsageError

__all__ = [
    "MAX_DEPTH",
    "MAX_LINE",
    "MAX_TIME",
    "BadLineError",
    "DamagedError",
    "Line",
    "SupportsReadline",
    "brackets_in",
    "decode",
    "lines_in",
    "read_lines",
    "refuse_deep",
]

MAX_LINE = 256 * 1024 * 1024
"""Longest line that is read, in bytes; a longer one is a problem."""

MAX_TIME = 2**63 - 1
"""No time reaches it: DuckDB takes it for infinity."""

MAX_DEPTH = 254
"""Deepest nesting that is read: that of orjson, which writes the cells."""

_BOM = b"\xef\xbb\xbf"


class SupportsReadline(Protocol):
    """What lines can be read from."""

    def readline(self, size: int, /) -> bytes:
        """Give the next line with its end, or at most so many bytes of it."""
        ...


class BadLineError(Exception):
    """A line cannot be used; the text says why."""


class DamagedError(BadLineError):
    """A file cannot be read any further; the text says why.

    Attributes:
        number: Line from which on it cannot, from 1.
        offset: Where that line began.
    """

    def __init__(self, reason: str, number: int, offset: int) -> None:
        super().__init__(reason)
        self.number = number
        self.offset = offset


class Line(NamedTuple):
    """One line of a file: its number from 1, where it begins, and its bytes (None when it is too long)."""

    number: int
    offset: int
    content: bytes | None

    @property
    def torn(self) -> bool:
        """Tell whether the file ends before the line does."""
        return self.content is not None and not self.content.endswith(b"\n")


def read_lines(path: Path) -> Iterator[Line]:
    """Read the lines of a file in order.

    Args:
        path: A file of JSON lines.

    Yields:
        Each line, at most `MAX_LINE` bytes of it in memory.

    Raises:
        UsageError: The file cannot be opened or read.
    """
    try:
        with path.open("rb") as stream:
            yield from lines_in(stream)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def lines_in(stream: SupportsReadline, number: int = 0, offset: int = 0) -> Iterator[Line]:
    """Read the lines of a stream in order.

    Args:
        stream: Bytes.
        number: How many lines are before it.
        offset: How many bytes are before it.

    Yields:
        Each line, at most `MAX_LINE` bytes of it in memory.
    """
    while content := stream.readline(MAX_LINE):
        number += 1
        start = offset
        offset += len(content)
        if len(content) == MAX_LINE and not content.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                offset += len(rest)
            offset += len(rest)
            yield Line(number, start, None)
        else:
            yield Line(number, start, content)


def decode(line: Line) -> dict[str, Any] | None:
    """Parse a line.

    Args:
        line: The line.

    Returns:
        The object it holds, with the fields every event has; None for a blank line.

    Raises:
        BadLineError: It is no event.
    """
    if line.content is None:
        raise BadLineError(f"longer than {MAX_LINE // 1024**2} MiB")
    content = line.content.removeprefix(_BOM) if line.number == 1 else line.content
    if not content.strip():
        return None
    try:
        record = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        if line.torn:
            raise BadLineError("torn: the file ends in the middle of this line") from error
        raise BadLineError(f"not JSON: {error.msg} at character {error.pos + 1}") from error
    refuse_deep(record, content)
    if not isinstance(record, dict):
        raise BadLineError(f"not an event: a JSON {_kind(record)} instead of an object")
    if not isinstance(record.get("event"), str):
        raise BadLineError("not an event: no text in the field event")
    time = record.get("ts")
    if type(time) is not int or not 0 <= time < MAX_TIME:
        raise BadLineError("not an event: no Unix time in nanoseconds in the field ts")
    return record


def refuse_deep(record: Any, content: bytes = b"") -> None:
    """Refuse what is nested too deep to be handled as JSON from here on.

    Args:
        record: The parsed line.
        content: The line itself, which tells at no cost that most are shallow; empty if it does not apply.

    Raises:
        BadLineError: It is nested deeper than 254.
    """
    if content and brackets_in(content) <= MAX_DEPTH:
        return
    try:
        orjson.dumps(record)
    except TypeError as error:  # of JSON values, only depth is refused
        raise BadLineError(f"nested deeper than {MAX_DEPTH}") from error


def brackets_in(content: bytes) -> int:
    """Count what a line opens: it is not nested deeper than that."""
    return content.count(b"{") + content.count(b"[")


def _kind(value: Any) -> str:
    return {list: "array", str: "string", bool: "boolean", type(None): "null"}.get(type(value), "number")
