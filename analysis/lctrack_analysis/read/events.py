"""From files to events, each exactly once, and a list of the lines that are none."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from lctrack.format import FORMAT, SUFFIX
from lctrack_analysis.read.forms import COMPRESSED, lines_of
from lctrack_analysis.read.lines import MAX_DEPTH, BadLineError, DamagedError, Line, brackets_in, decode, refuse_deep
from lctrack_analysis.read.references import MARK, MARKERS, References
from lctrack_analysis.read.sealed import SEALED

__all__ = ["SHIFT", "Cursor", "Event", "Problem", "Reader", "copied_segments", "name_of", "stem_of"]

SHIFT = 40
"""An event's id is the number of its file, shifted left by so many bits, and its line."""

_ESCAPED = b"\\u0024"  # how else the mark of a reference can be written

# A line without any of these is no `blob` and no `segment_start`; escapes could hide either.
_NEEDED = (b'"blob"', b'"segment_start"', b"\\u00")


class Event(NamedTuple):
    """One event where it was found.

    Attributes:
        id: Number of the event in this reading, rising with file and line.
        segment: Name of the segment it belongs to.
        file: File it was read from.
        line: Line in that file, from 1.
        record: The event with references resolved.
    """

    id: int
    segment: str
    file: str
    line: int
    record: dict[str, Any]


class Problem(NamedTuple):
    """A line that could not be used (a row of the table `problems`)."""

    file: str
    line: int
    byte_offset: int
    reason: str


class Cursor:
    """Where a reading of a file stands: in which segment, and which blobs it has seen.

    Args:
        stem: Name of the file without its suffix: the segment's, unless that tells another.
    """

    def __init__(self, stem: str) -> None:
        self.segment = stem
        self.references: References | None = References()  # None within a segment of a format to come

    def read(self, line: Line) -> dict[str, Any] | None:
        """Give the event in the next line.

        Returns:
            The event with its references resolved; None where the line is blank, only defines a blob, or belongs to
            a segment of a format to come.

        Raises:
            BadLineError: It cannot be used.
        """
        record = decode(line)
        if record is None:
            return None
        name = record["event"]
        if name == "segment_start":
            self.references = None
            self.segment, self.references = _segment_of(record, self.segment), References()
        if self.references is None:
            return None
        content: bytes = line.content  # type: ignore[assignment]  # or it had not been decoded
        return record if self.take(record, content, len(content), brackets_in(content)) else None

    def take(self, record: dict[str, Any], content: bytes, size: int, brackets: int) -> bool:
        """Remember the value that a `blob` defines, or resolve the references of any other event.

        Args:
            record: The event, of a segment that can be read; it is changed.
            content: Its line.
            size: Length of that line with its end.
            brackets: What it opens, which bounds how deep it is nested.

        Returns:
            Whether it is an event, and no `blob`.

        Raises:
            BadLineError: It cannot be used.
        """
        assert self.references is not None  # noqa: S101  # as promised
        marked = b"$" in content and any(marker in content for marker in MARKERS)  # one byte is found fastest
        if record["event"] == "blob":
            self.references.define(record, size, brackets, plain=not marked)
            return False
        if marked:
            marks = -1 if _ESCAPED in content else content.count(MARK)
            if self.references.resolve(record, size, brackets, marks) > MAX_DEPTH:
                refuse_deep(record)
        return True

    def pass_over(self, line: Line) -> None:
        """Take from a line what later lines need, and nothing else; what is wrong with it, its own reader tells."""
        content = line.content
        if content is None or not any(name in content for name in _NEEDED):
            return
        with suppress(BadLineError):
            self.read(line)


class Reader:
    """Reads log files, line by line, one after the other. Afterwards `problems` lists what could not be used.

    Args:
        files: The files, as `find_files` gives them.
        copied: Segments that more than one of them holds; found out unless given.
    """

    def __init__(self, files: Sequence[Path], copied: set[str] | None = None) -> None:
        self.files = files
        self.problems: list[Problem] = []
        # Only where a segment is read from several files must its lines be told apart.
        self._seen: defaultdict[str, set[bytes]] = defaultdict(set)
        self._copied = copied_segments(files) if copied is None else copied

    def events(self) -> Iterator[Event]:
        """Yield the events of all files; `blob` events only serve to resolve the others.

        Raises:
            UsageError: A file cannot be read.
        """
        for number, path in enumerate(self.files):
            yield from self.events_of(number, path)

    def events_of(self, number: int, path: Path) -> Iterator[Event]:
        """Yield the events of one of the files."""
        name = name_of(path)
        cursor = Cursor(stem_of(name))
        for line in self._lines(path, name):
            try:
                record = cursor.read(line)
            except BadLineError as bad:
                self.problems.append(Problem(name, line.number, line.offset, str(bad)))
                continue
            if record is not None and not self._is_copy(cursor.segment, line):
                yield Event((number << SHIFT) | line.number, cursor.segment, name, line.number, record)

    def _lines(self, path: Path, name: str) -> Iterator[Line]:
        try:
            yield from lines_of(path)
        except DamagedError as damaged:
            self.problems.append(Problem(name, damaged.number, damaged.offset, str(damaged)))

    def _is_copy(self, segment: str, line: Line) -> bool:
        """Tell whether the same line of the same segment was read before, from another file."""
        if segment not in self._copied:
            return False
        # The whole line, because files of other writers may number their lines in any way.
        digest = blake2b((line.content or b"").strip(), digest_size=16).digest()
        seen = self._seen[segment]
        if digest in seen:
            return True
        seen.add(digest)
        return False


def name_of(path: Path) -> str:
    """Give the name of a file as text, which it need not be."""
    return os.fsencode(path).decode(errors="backslashreplace")


def stem_of(name: str) -> str:
    """Give what a segment is called whose file has this name, unless it says something else."""
    stem = Path(name).name
    for suffix in (*COMPRESSED, SUFFIX, SEALED):
        stem = stem.removesuffix(suffix)
    return stem


def _segment_of(record: dict[str, Any], fallback: str) -> str:
    version = record.get("format")
    if type(version) is int and version > FORMAT:
        raise BadLineError(
            f"of log format {version}, and this lctrack-analysis reads up to {FORMAT}: bring a newer one; "
            "the rest of the segment is left out"
        )
    segment = record.get("segment")
    return segment if isinstance(segment, str) else fallback


def copied_segments(files: Sequence[Path]) -> set[str]:
    """Name the segments that more than one file begins with."""
    if len(files) < 2:  # noqa: PLR2004  # a copy takes two
        return set()
    names: list[str] = []
    for path in files:
        try:
            # What was read from a pipe is gone.
            first = None if path.is_fifo() else next(lines_of(path), None)
            record = decode(first) if first else None
            names.append(_segment_of(record or {}, stem_of(name_of(path))))
        except BadLineError:
            names.append(stem_of(name_of(path)))
    return {name for name, files_with_it in Counter(names).items() if files_with_it > 1}
