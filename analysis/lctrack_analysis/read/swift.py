"""Lines of plain files, many at a time: what nearly all lines are is handled here, everything else by `Cursor.read`.

Promised: the events and the problems are those that `lines_in` and `Cursor.read` give one by one. A line that is
anything but a sound event, a value to be referred to, or an event that refers to some goes the careful way.
"""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import orjson

from lctrack_analysis.read.events import Cursor
from lctrack_analysis.read.lines import MAX_DEPTH, MAX_TIME, BadLineError, Line, brackets_in, lines_in

__all__ = ["Lines", "Sound", "one_line", "sound_lines"]

_SHALLOW = 2 * MAX_DEPTH
_BLOCK = 2_000_000
"""Bytes that are split into lines at once."""


class Sound(NamedTuple):
    """An event: its line, its segment, what it holds with references resolved, and how long its line is."""

    line: int
    segment: str
    record: dict[str, Any]
    size: int


class Lines(NamedTuple):
    """Whole lines: the number of those before them, where they begin in the file, and they, without their ends."""

    before: int
    offset: int
    contents: list[bytes]


def sound_lines(
    stream: BinaryIO, cursor: Cursor, before: Lines, stop: int, refuse: Callable[[Line, str], None]
) -> Iterator[Sound]:
    """Read the events of a plain file from one place to another.

    Args:
        stream: The file, at the place to begin.
        cursor: What is known of the lines before.
        before: Number of lines before that place, and the place.
        stop: Where to stop, in bytes.
        refuse: Told each line that cannot be used, and why.

    Yields:
        Each event.
    """
    for lines in _blocks(stream, before, stop):
        if isinstance(lines, Line):
            yield from one_line(lines, cursor, refuse)
        else:
            yield from _swiftly(lines, cursor, refuse)


def _swiftly(lines: Lines, cursor: Cursor, refuse: Callable[[Line, str], None]) -> Iterator[Sound]:
    loads = orjson.loads
    for number, content in enumerate(lines.contents, lines.before + 1):
        try:
            record = loads(content)
            name, time = record["event"], record["ts"]
        except (ValueError, TypeError, KeyError, IndexError):
            name = None
        if (
            type(name) is not str
            or type(record) is not dict
            or name == "segment_start"
            or type(time) is not int
            or not 0 <= time < MAX_TIME
            or cursor.references is None
            or number == 1
            # What is nested deeper is longer than that.
            or (brackets := len(content) // 2 if len(content) <= _SHALLOW else brackets_in(content)) > MAX_DEPTH
        ):
            yield from one_line(_line(lines, number), cursor, refuse)
            continue
        size = len(content) + 1
        if name == "blob" or b"$" in content:
            try:
                if not cursor.take(record, content, size, brackets):
                    continue
            except BadLineError as bad:
                refuse(_line(lines, number), str(bad))
                continue
        yield Sound(number, cursor.segment, record, size)


def one_line(line: Line, cursor: Cursor, refuse: Callable[[Line, str], None]) -> Iterator[Sound]:
    """Read a line the careful way; as `sound_lines`."""
    try:
        record = cursor.read(line)
    except BadLineError as bad:
        refuse(line, str(bad))
        return
    if record is not None:
        yield Sound(line.number, cursor.segment, record, len(line.content or b""))


def _line(lines: Lines, number: int) -> Line:
    place = number - lines.before - 1
    offset = lines.offset + sum(len(content) + 1 for content in lines.contents[:place])
    return Line(number, offset, lines.contents[place] + b"\n")


def _blocks(stream: BinaryIO, before: Lines, stop: int) -> Iterator[Lines | Line]:
    """Give the lines in blocks; those alone that are longer than one, or have no end."""
    number, offset = before.before, before.offset
    rest = b""
    while offset < stop:
        block = rest + stream.read(min(_BLOCK, stop - offset - len(rest)))
        end = block.rfind(b"\n")
        if end < 0:
            stream.seek(offset)
            line = next(lines_in(stream, number, offset), None)
            if line is None:  # it was cut off since
                return
            number, offset, rest = line.number, stream.tell(), b""
            yield line
            continue
        contents = block[:end].split(b"\n")
        yield Lines(number, offset, contents)
        number, offset, rest = number + len(contents), offset + end + 1, block[end + 1 :]
