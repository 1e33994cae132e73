"""From a segment file to its lines, and from a line to the event it holds.

Promises: any bytes can be read; at most `MAX_LINE` of them are in memory at once; what `decode` gives, every reader
that `docs/log-format.md` speaks of can parse.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from lctrack.format import MAX_DEPTH

__all__ = ["MAX_LINE", "Line", "UnsoundLineError", "decode", "read_lines", "split_lines"]

MAX_LINE = 256 * 1024 * 1024
"""Longest line that is read as an event, in bytes."""

_MAX_TIME = 2**63 - 1
_BOM = b"\xef\xbb\xbf"
# The closing quote is optional so that a cut string matches at once, instead of being searched again from each quote.
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKET = re.compile(r"[\[{]|([\]}])")


class UnsoundLineError(Exception):
    """A line holds no event; the text says why."""


class Line(NamedTuple):
    """A line, or a piece of one that is too long to be read at once.

    Attributes:
        number: Its number in the file, from 1.
        offset: Where it begins in the file, in bytes.
        content: Its bytes, line break included.
        whole: Whether it is all of the line: false for each piece of one longer than `MAX_LINE`.
    """

    number: int
    offset: int
    content: bytes
    whole: bool = True

    @property
    def torn(self) -> bool:
        """Tell whether the file ends before the line does."""
        return self.whole and not self.content.endswith(b"\n")


def read_lines(path: Path) -> Iterator[Line]:
    """Read a file of lines in order.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        yield from split_lines(iter(lambda: stream.readline(MAX_LINE), b""))


def split_lines(pieces: Iterator[bytes]) -> Iterator[Line]:
    """Number lines.

    Args:
        pieces: The lines, those longer than `MAX_LINE` in pieces of at least that length, the last piece aside.
    """
    number, offset, inside = 1, 0, False
    for piece in pieces:
        ended = piece.endswith(b"\n")
        yield Line(number, offset, piece, not inside and (ended or len(piece) < MAX_LINE))
        offset += len(piece)
        number += ended
        inside = not ended


def decode(line: Line) -> dict[str, Any] | None:
    """Parse a line.

    Returns:
        The event; None for a blank line.

    Raises:
        UnsoundLineError: It is no event.
    """
    if not line.whole:
        raise UnsoundLineError(f"longer than {MAX_LINE // 1024**2} MiB")
    content = line.content.removeprefix(_BOM) if line.number == 1 else line.content
    if not content.strip():
        return None
    try:
        record = _parsed(content)
    except UnsoundLineError as error:
        if line.torn:
            raise UnsoundLineError("torn: the file ends in the middle of this line") from error
        raise
    if not isinstance(record, dict):
        raise UnsoundLineError("not an event: no JSON object")
    if not isinstance(record.get("event"), str):
        raise UnsoundLineError("not an event: no text in the field event")
    time = record.get("ts")
    if type(time) is not int or not 0 <= time < _MAX_TIME:
        raise UnsoundLineError("not an event: no Unix time in nanoseconds in the field ts")
    return record


def _parsed(content: bytes) -> Any:
    try:
        text = content.decode()
        _refuse_deep(text)
        record = _decoder.decode(text)
        if "\\ud" in text or "\\uD" in text:
            _encoder.encode(record).encode()
    except UnicodeDecodeError as error:
        raise UnsoundLineError(f"not UTF-8 at byte {error.start + 1}") from error
    except UnicodeEncodeError as error:
        raise UnsoundLineError("not text: a lone surrogate") from error
    except json.JSONDecodeError as error:
        raise UnsoundLineError(
            f"not JSON: {error.msg[0].lower()}{error.msg[1:].removesuffix(' at')} at character {error.pos + 1}"
        ) from error
    except ValueError as error:  # more digits than the interpreter takes
        raise UnsoundLineError(f"not JSON: {error}") from error
    return record


def _refuse_deep(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub("", text)):
        depth += -1 if bracket.group(1) else 1
        if depth > MAX_DEPTH:
            raise UnsoundLineError(f"nested deeper than {MAX_DEPTH}")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number out of range")
    return number


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
_encoder = json.JSONEncoder(ensure_ascii=False)
