"""A segment that may still grow, read as it does.

A segment that is sealed meanwhile is read to its end from the sealed form.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lctrack._lines import MAX_LINE, Line, UnsoundLineError, decode
from lctrack._sealed import SEALED, SealError, describe, read_sealed
from lctrack._survey import glance
from lctrack.command.brief import brief, one_line
from lctrack.command.output import clock
from lctrack.command.segments import Segment

__all__ = ["Followed", "Seen"]


class Seen(NamedTuple):
    """A line that was read.

    Attributes:
        time: When it happened, in Unix nanoseconds; of a line that is no event, when the one before it did.
    """

    time: int
    line: Line
    source: "Followed"

    @property
    def text(self) -> str:
        """The line as people read it."""
        return self.source.described(self)


class Followed:
    """A segment and how far it was read.

    Args:
        segment: The segment.

    Attributes:
        newest: When it was last written to, as far as is known without reading it, in Unix nanoseconds.
    """

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.newest = _newest(segment)
        self._line = Line(1, 0, b"")
        self._over = False
        self._shown_from = 0
        self._blobs: dict[str, str] = {}
        self._time = 0

    @property
    def sealed_path(self) -> Path:
        """Where the sealed form is, or would be."""
        return self.segment.path.with_suffix(SEALED)

    def skip(self) -> None:
        """Do not show what it holds now, only what comes."""
        if self.segment.sealed:
            self._over = True  # nothing comes
        else:
            self._shown_from = self.segment.path.stat().st_size

    def has_grown(self) -> bool:
        """Tell whether there is something to read."""
        if self._over or self.segment.sealed:
            return not self._over
        try:
            return self.segment.path.stat().st_size > max(self._line.offset, self._shown_from)
        except FileNotFoundError:
            return True

    def read(self) -> Iterator[Seen]:
        """Give what was written since the last time.

        Raises:
            SealError: It is sealed, and cannot be read.
            OSError: It cannot be read.
        """
        try:
            lines = self._sealed_lines() if self.segment.sealed else self._new_lines()
            for line in lines:
                seen = self._seen(line)
                if seen and line.offset >= self._shown_from:
                    yield seen
        except FileNotFoundError:
            self._over = True
            raise

    def described(self, seen: Seen) -> str:
        """Describe a line in a line."""
        try:
            record = decode(seen.line)
        except UnsoundLineError as error:
            return f"{clock(seen.time)}  ! line {seen.line.number} of {self.segment.path}: {error}"
        return one_line(record, self._blobs) if record else ""

    def _new_lines(self) -> Iterator[Line]:
        """Read whole lines only: the last may be in the middle of being written."""
        try:
            stream = self.segment.path.open("rb")
        except FileNotFoundError:
            yield from self._sealed_lines()
            return
        with stream:
            stream.seek(self._line.offset)
            while content := stream.readline(MAX_LINE):
                ended = content.endswith(b"\n")
                if not ended and len(content) < MAX_LINE:
                    return
                yield self._line._replace(content=content, whole=ended and self._line.whole)
                self._line = Line(self._line.number + ended, self._line.offset + len(content), b"", ended)

    def _sealed_lines(self) -> Iterator[Line]:
        self._over = True
        for line in read_sealed(self.sealed_path):
            if line.offset >= self._line.offset:
                yield line

    def _seen(self, line: Line) -> Seen | None:
        """Note what a blob says, and when anything else happened; parsing waits until it is shown."""
        seen = glance(line)
        if seen and seen[1] != b"blob":
            self._time = seen[0]
            return Seen(self._time, line, self)
        try:
            record = decode(line)
        except UnsoundLineError:
            return Seen(self._time, line, self)
        if record is None:
            return None
        if record["event"] == "blob":
            self._blobs[str(record.get("digest"))] = brief(record.get("value"), self._blobs)
            return None
        self._time = record["ts"]
        return Seen(self._time, line, self)


def _newest(segment: Segment) -> int:
    if segment.sealed:
        try:
            sealed = describe(segment.path)
        except SealError:
            sealed = None
        if sealed is not None and sealed.facts["last_ts"] is not None:
            return int(sealed.facts["last_ts"])
    return segment.path.stat().st_mtime_ns
