"""Which segments a user means by a path: a segment, a directory of them, or a pattern.

Where a segment is there in both forms, because its sealing was interrupted, the JSONL counts.
"""

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lctrack._lines import Line, read_lines
from lctrack._sealed import SEALED, SealError, describe, read_sealed
from lctrack.command.errors import CommandError, NoLogsError, UsageError
from lctrack.format import SUFFIX

__all__ = ["Segment", "find_segments", "lines_of"]

_NAME = re.compile(r"\d{8}T\d{12}Z-\d+-[0-9a-f]{8}")


class Segment(NamedTuple):
    """A segment as a user sees it.

    Attributes:
        path: Its file.
        name: That file as seen from the directory that was given, with slashes.
        sealed: Whether the file is the sealed form.
        both: Whether it is the JSONL of a segment that is there in its sealed form too.
    """

    path: Path
    name: str
    sealed: bool
    both: bool = False


def find_segments(paths: Sequence[str]) -> list[Segment]:
    """List the segments that paths stand for, each once, in the order of their names.

    Args:
        paths: Segments, directories (searched in depth; names that begin with a dot are left out) or patterns.

    Returns:
        The segments; at least one.

    Raises:
        UsageError: A path does not exist, or a pattern matches nothing.
        NoLogsError: The directories hold no segment.
        OSError: A directory cannot be read.
    """
    found: dict[Path, Segment] = {}
    for text in paths:
        for segment in _expand(text):
            found.setdefault(segment.path.resolve(), segment)
    if not found:
        raise NoLogsError(
            f"no log files in {', '.join(paths)}: a recorder writes *{SUFFIX} there; was anything recorded?"
        )
    kept = [
        segment._replace(both=not segment.sealed and segment.path.with_suffix(SEALED).exists())
        for path, segment in found.items()
        if not (segment.sealed and path.with_suffix(SUFFIX) in found)
    ]
    return sorted(kept, key=lambda segment: (segment.path.name, segment.name))


def lines_of(segment: Segment) -> Iterator[Line]:
    """Read the lines of a segment in either form.

    Raises:
        CommandError: It is sealed, and damaged, or there is no pyarrow to read it.
        OSError: It cannot be read.
    """
    try:
        yield from read_sealed(segment.path) if segment.sealed else read_lines(segment.path)
    except SealError as error:
        raise CommandError(str(error)) from error


def _expand(text: str) -> Iterator[Segment]:
    path = Path(text)
    if path.is_dir():
        yield from _inside(path)
    elif path.exists():
        yield _given(path)
    else:
        # Path.glob takes no absolute pattern.
        matches = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else []  # noqa: PTH207  # Path.glob takes no absolute pattern
        if not matches:
            raise UsageError(f"{text} does not exist: give a log file, a directory of logs, or a pattern that matches")
        for match in map(Path, matches):
            yield from _inside(match) if match.is_dir() else (_given(match),)


def _given(path: Path) -> Segment:
    return Segment(path, path.name, path.suffix == SEALED)


def _inside(directory: Path) -> Iterator[Segment]:
    def refuse(error: OSError) -> None:
        raise error

    for folder, names, files in os.walk(directory, onerror=refuse):
        # Dot-directories hold what tools keep beside the logs, such as an uploader's state.
        names[:] = sorted(name for name in names if not name.startswith("."))
        for path in _segments_among(Path(folder), files):
            yield Segment(path, path.relative_to(directory).as_posix(), path.suffix == SEALED)


def _segments_among(folder: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in sorted(names):
        path = folder / name
        if name.startswith("."):
            continue
        if path.suffix == SUFFIX or (path.suffix == SEALED and _is_segment(path)):
            yield path


def _is_segment(path: Path) -> bool:
    """Tell a sealed segment, even a damaged one, from other tables that somebody keeps in the directory."""
    if _NAME.fullmatch(path.stem):
        return True
    try:
        return describe(path) is not None
    except (SealError, OSError):
        return False
