"""From files to events, each exactly once, and a list of the lines that are none."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from lctrack.format import FORMAT, SUFFIX
from lctrack_analysis.read.lines import BadLineError, Line, decode, refuse_deep
from lctrack_analysis.read.references import MARKERS, References
from lctrack_analysis.read.sealed import SEALED, DamagedError, lines_of

__all__ = ["Event", "Problem", "Reader"]


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


class Reader:
    """Reads log files. Afterwards `problems` lists what could not be used.

    Args:
        files: The files, as `find_files` gives them.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.files = files
        self.problems: list[Problem] = []
        # Only where a segment is read from several files must its lines be told apart.
        self._seen: defaultdict[str, set[bytes]] = defaultdict(set)
        self._copied = _copied_segments(files)

    def events(self) -> Iterator[Event]:
        """Yield the events of all files; `blob` events only serve to resolve the others.

        Raises:
            UsageError: A file cannot be read.
        """
        for number, path in enumerate(self.files):
            yield from self._file(number, path)

    def _file(self, number: int, path: Path) -> Iterator[Event]:
        # The name of a file may be no text.
        name = os.fsencode(path).decode(errors="backslashreplace")
        segment = _stem(Path(name))
        references: References | None = References()  # None within a segment of a format to come
        for line in self._lines(path, name):
            try:
                record = decode(line)
                if record is None:
                    continue
                if record["event"] == "segment_start":
                    references = None
                    segment, references = _segment_of(record, segment), References()
                if references is None:
                    continue
                record = self._resolved(record, line, references)
            except BadLineError as bad:
                self.problems.append(Problem(name, line.number, line.offset, str(bad)))
                continue
            if record is not None and not self._is_copy(segment, line):
                yield Event((number << 40) | line.number, segment, name, line.number, record)

    def _lines(self, path: Path, name: str) -> Iterator[Line]:
        try:
            yield from lines_of(path)
        except DamagedError as damaged:
            self.problems.append(Problem(name, damaged.number, damaged.offset, str(damaged)))

    def _resolved(self, record: dict[str, Any], line: Line, references: References) -> dict[str, Any] | None:
        """Give the event itself, or None for one that only defines a blob."""
        content = line.content or b""
        if record["event"] == "blob":
            references.define(record, len(content))
            return None
        if any(marker in content for marker in MARKERS):
            record = references.resolve(record, len(content))
            refuse_deep(record)
        return record

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


def _stem(path: Path) -> str:
    return path.name.removesuffix(SUFFIX).removesuffix(SEALED)


def _segment_of(record: dict[str, Any], fallback: str) -> str:
    version = record.get("format")
    if type(version) is int and version > FORMAT:
        raise BadLineError(
            f"of log format {version}, and this lctrack-analysis reads up to {FORMAT}: bring a newer one; "
            "the rest of the segment is left out"
        )
    segment = record.get("segment")
    return segment if isinstance(segment, str) else fallback


def _copied_segments(files: Sequence[Path]) -> set[str]:
    """Name the segments that more than one file begins with."""
    if len(files) < 2:  # noqa: PLR2004  # a copy takes two
        return set()
    names: list[str] = []
    for path in files:
        try:
            # What was read from a pipe is gone.
            first = next(lines_of(path), None) if path.is_file() else None
            record = decode(first) if first else None
            names.append(_segment_of(record or {}, _stem(path)))
        except BadLineError:
            names.append(_stem(path))
    return {name for name, files_with_it in Counter(names).items() if files_with_it > 1}
