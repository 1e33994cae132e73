"""Pieces of log files, and how one is read into staged rows.

A piece is a whole file, or the lines between two places of a plain one. What a line needs of those before its piece
(blobs, the segment's name, the count of lines) is gathered by going through them without making rows, at a fraction of
the cost. The rows of some pieces together are a part: a directory with a Parquet file for each table, and `part.json`.
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lctrack_analysis.errors import UsageError
from lctrack_analysis.extract.batch import extract_batch
from lctrack_analysis.ingest.identity import Identity, identify
from lctrack_analysis.read.events import Cursor, name_of, stem_of
from lctrack_analysis.read.forms import lines_of
from lctrack_analysis.read.lines import DamagedError, Line, lines_in
from lctrack_analysis.read.swift import Lines, Sound, one_line, sound_lines
from lctrack_analysis.stage import Stage, new_file

__all__ = [
    "DESCRIPTION",
    "SOURCE_SHIFT",
    "Part",
    "Piece",
    "Read",
    "describe",
    "files_of",
    "part_in",
    "path_key",
    "read_pieces",
]

SOURCE_SHIFT = 32
"""An id in a part is the number of the source, shifted left by so many bits, and the line."""

DESCRIPTION = "part.json"

_MOST_EVENTS = 8_192
_MOST_TEXT = 8_000_000
"""So many events, or bytes of their lines, become rows at once."""


class Piece(NamedTuple):
    """What is to be read.

    Attributes:
        path: The file.
        source: Number of the file in the parts, which stays the same as it grows.
        start: Where to begin, in bytes.
        stop: Where to stop; None for the whole file, in whatever form it is.
        torn: Whether it is the beginning of a line that is still being written, or never was.
    """

    path: Path
    source: int
    start: int = 0
    stop: int | None = None
    torn: bool = False


class Read(NamedTuple):
    """What was read of a file.

    Attributes:
        path: The file.
        source: As in `Piece`.
        start: As in `Piece`.
        stop: Likewise.
        torn: Likewise.
        identity: By which the file is known again.
        segments: Segments whose events are in it; the first is the one it began in.
        events: How many events it gave.
    """

    path: str
    source: int
    start: int
    stop: int | None
    torn: bool
    identity: Identity
    segments: list[str]
    events: int


class Part(NamedTuple):
    """A directory of staged rows: what of which files is in it, and which tables it has."""

    directory: Path
    pieces: list[Read]
    tables: frozenset[str]


def files_of(parts: Sequence[Part], table: str) -> list[Path]:
    """Give the Parquet files of a staging table."""
    return [part.directory / f"{table}.parquet" for part in parts if table in part.tables]


def read_pieces(pieces: Sequence[Piece], directory: Path) -> None:
    """Read pieces into a part.

    Args:
        pieces: What to read; those of one file follow each other in order.
        directory: An empty directory that becomes the part.

    Raises:
        UsageError: A file cannot be read.
    """
    stage = Stage(directory)
    found = [_read(piece, stage) for piece in pieces]
    stage.finish()
    describe(directory, found, stage)


def describe(directory: Path, found: Sequence[Read], stage: Stage) -> None:
    """Write what is in a part."""
    described = [{**read._asdict(), "identity": read.identity._asdict()} for read in found]
    tables = [name for name, count in stage.counts.items() if count]
    with new_file(directory / DESCRIPTION) as stream:
        stream.write(json.dumps({"pieces": described, "tables": tables}).encode())


def path_key(path: Path) -> str:
    """Give the name by which a file is known, wherever it is asked for from."""
    return os.fspath(path.absolute())


def _read(piece: Piece, stage: Stage) -> Read:
    name = name_of(piece.path)
    cursor = Cursor(stem_of(name))
    identity = identify(piece.path, piece.stop)
    base = piece.source << SOURCE_SHIFT
    segments: dict[str, None] = {}
    batch: list[Sound] = []
    events, size = 0, 0

    def refuse(line: Line, reason: str) -> None:
        stage.add("problems", (base | line.number, line.offset, reason))

    def write() -> None:
        nonlocal events, size
        events, size = events + len(batch), 0
        segments.update(dict.fromkeys([event.segment for event in batch]))
        extract_batch(base, batch, stage)
        batch.clear()

    try:
        for event in _events(piece, cursor, refuse):
            batch.append(event)
            size += event.size
            if size >= _MOST_TEXT or len(batch) >= _MOST_EVENTS:
                write()
    except DamagedError as damaged:
        stage.add("problems", (base | damaged.number, damaged.offset, str(damaged)))
    if batch:
        write()
    return Read(path_key(piece.path), *piece[1:], identity, list(segments), events)


def _events(piece: Piece, cursor: Cursor, refuse: Callable[[Line, str], None]) -> Iterator[Sound]:
    if piece.stop is None:
        for line in lines_of(piece.path):
            yield from one_line(line, cursor, refuse)
        return
    try:
        with piece.path.open("rb") as stream:
            number = 0
            if piece.start:
                for line in lines_in(stream):
                    number = line.number
                    cursor.pass_over(line)
                    if stream.tell() >= piece.start:
                        break
            yield from sound_lines(stream, cursor, Lines(number, piece.start, []), piece.stop, refuse)
    except OSError as error:
        raise UsageError(f"{piece.path} cannot be read: {error.strerror}") from error


def part_in(directory: Path) -> Part:
    """Give what is in a part.

    Raises:
        OSError: There is none.
        ValueError: It is damaged.
    """
    with (directory / DESCRIPTION).open(encoding="ascii") as stream:
        described: dict[str, Any] = json.load(stream)
    try:
        pieces = [Read(**{**each, "identity": Identity(**each["identity"])}) for each in described["pieces"]]
        return Part(directory, pieces, frozenset(described["tables"]))
    except (TypeError, KeyError) as error:
        raise ValueError(str(error)) from error
