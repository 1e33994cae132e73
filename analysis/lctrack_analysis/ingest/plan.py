"""What has to be read of a file, given what is known of it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from lctrack_analysis.errors import UsageError
from lctrack_analysis.ingest.piece import Piece, Read
from lctrack_analysis.read.forms import is_plain

__all__ = ["batches", "pieces_of", "size_of"]

RANGE = 64_000_000
"""A longer plain file is read in pieces of about so many bytes."""
BATCH = 16_000_000
"""Pieces are read together up to so many bytes."""
_BLOCK = 1 << 16


def pieces_of(path: Path, source: int, known: Sequence[Read]) -> list[Piece]:
    """Give the pieces of a file that are not known yet.

    Args:
        path: The file.
        source: Its number.
        known: What is known of it.

    Returns:
        The pieces in order. The last may be the beginning of a line that is still being written.

    Raises:
        UsageError: The file cannot be read.
    """
    last = known[-1] if known else None
    if last is not None and (last.stop is None or last.torn):
        return []
    if not (path.is_file() and is_plain(path)):
        return [Piece(path, source)]
    start = last.stop if last is not None and last.stop is not None else 0
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            complete = max(start, _after_last_line(stream, size))
            places = [*_cuts(stream, start, complete), complete]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    pieces = [Piece(path, source, *ends) for ends in pairwise(places) if ends[0] < ends[1]]
    return [*pieces, Piece(path, source, complete, size, torn=True)] if complete < size else pieces


def size_of(piece: Piece) -> int:
    """Tell how many bytes a piece is; 0 where that is not known."""
    if piece.stop is not None:
        return piece.stop - piece.start
    try:
        return piece.path.stat().st_size if piece.path.is_file() else 0
    except OSError:
        return 0


def batches(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Group pieces, in order, that are worth a part of their own."""
    batch: list[Piece] = []
    size = 0
    for piece in pieces:
        if batch and (piece.torn or size + size_of(piece) > BATCH):
            yield batch
            batch, size = [], 0
        if piece.torn:  # what is in one part is used together, and this one is soon another
            yield [piece]
            continue
        batch.append(piece)
        size += size_of(piece)
    if batch:
        yield batch


def _after_last_line(stream: BinaryIO, size: int) -> int:
    """Give the place behind the last line break, 0 if there is none."""
    stop = size
    while stop:
        start = max(0, stop - _BLOCK)
        stream.seek(start)
        found = stream.read(stop - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        stop = start
    return 0


def _cuts(stream: BinaryIO, start: int, stop: int) -> Iterator[int]:
    """Give the places between lines at which a file is cut, its beginning included."""
    yield start
    place = start + RANGE
    while place < stop:
        stream.seek(place)
        while not (block := stream.readline(_BLOCK)).endswith(b"\n") and block:
            pass
        if stream.tell() >= stop:
            return
        yield stream.tell()
        place = stream.tell() + RANGE
