"""The forms in which a segment may be there: JSON lines as they were written, compressed, sealed, or in a bundle.

What a file is, its content tells, whatever its name. Whoever reads lines need not know which form they come from.
Junk at the beginning of JSON lines may look like the beginning of another form: it is taken for that only where the
name says so too, or what follows is of that form.
"""

import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lctrack_analysis.errors import UsageError
from lctrack_analysis.read.bundles import bundle_of, open_member
from lctrack_analysis.read.compressed import GZIP, LEAST_LIMIT, MOST_RATIO, ZSTD, Unpacked, unpack_gzip, unpack_zstd
from lctrack_analysis.read.lines import BadLineError, DamagedError, Line, lines_in
from lctrack_analysis.read.sealed import SEALED, read_sealed

__all__ = ["COMPRESSED", "is_plain", "lines_of"]

COMPRESSED = (".gz", ".zst")
"""How names of compressed logs end."""

_ZIP, _PARQUET = b"PK\x03\x04", b"PAR1"
_CHUNK = 1 << 16
_NAMED = (*COMPRESSED, SEALED, ".zip")
_FIRST_BLOCK = 1 << 18
"""No block of gzip or zstd that must be whole to be unpacked is longer, in bytes."""


def is_plain(path: Path) -> bool:
    """Tell whether a file is one of JSON lines as they were written, which can be read from any line on."""
    try:
        with path.open("rb") as stream:
            return path.suffix != SEALED and not _magic_of(path, stream.read(4))
    except OSError:
        return False


def lines_of(path: Path) -> Iterator[Line]:
    """Read the lines of a segment in any form.

    Args:
        path: A file, or a path through a bundle to a segment in it.

    Raises:
        UsageError: The file cannot be opened or read.
        DamagedError: It is damaged; the lines before are sound.
    """
    number, offset = 0, 0
    try:
        for line in _lines_of(path):
            number, offset = line.number, line.offset + len(line.content or b"")
            yield line
    except DamagedError:
        raise
    except BadLineError as bad:
        raise DamagedError(str(bad), number + 1, offset) from bad
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error


def _lines_of(path: Path) -> Iterator[Line]:
    bundle = None if os.path.lexists(path) else bundle_of(path)
    if bundle is not None:
        with open_member(bundle, path) as (stream, size):
            if path.suffix == SEALED:
                yield from _sealed_member(stream, size)
            else:
                yield from lines_in(Unpacked(iter(lambda: stream.read(_CHUNK), b""), size))
        return
    if path.suffix == SEALED:
        yield from read_sealed(path)
        return
    with path.open("rb") as file:
        magic = _magic_of(path, file.peek(4)[:4])
        size = os.fstat(file.fileno()).st_size
        if magic == GZIP:
            yield from lines_in(Unpacked(unpack_gzip(file), size))
        elif magic == ZSTD:
            yield from lines_in(Unpacked(unpack_zstd(file, path), size))
        elif magic == _PARQUET:
            yield from read_sealed(path)
        elif magic == _ZIP:
            raise BadLineError("a zip file that is no bundle, or a damaged one")
        else:
            yield from lines_in(file)


def _magic_of(path: Path, head: bytes) -> bytes:
    """Give the magic number of the form that a file is of; nothing for JSON lines."""
    magic = next((each for each in (GZIP, ZSTD, _PARQUET, _ZIP) if head.startswith(each)), b"")
    if not magic or path.suffix in _NAMED or not path.is_file():
        return magic
    return magic if _goes_on(path, magic) else b""


def _goes_on(path: Path, magic: bytes) -> bool:
    """Tell whether a file is as it begins: the first byte can be unpacked, or the end is there too."""
    if magic == _ZIP:
        return zipfile.is_zipfile(path)
    with path.open("rb") as file:
        if magic == _PARQUET:
            file.seek(-len(magic), os.SEEK_END)
            return file.tell() > 0 and file.read() == magic
        begin = io.BytesIO(file.read(_FIRST_BLOCK))
    try:
        return bool(next(unpack_gzip(begin) if magic == GZIP else unpack_zstd(begin, path), b""))
    except BadLineError:
        return False


def _sealed_member(stream: BinaryIO, size: int) -> Iterator[Line]:
    with tempfile.NamedTemporaryFile(suffix=SEALED) as file:
        left = max(LEAST_LIMIT, MOST_RATIO * size)
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise BadLineError("unpacks to far more than a log does: it is left out")
            file.write(chunk)
        file.flush()
        yield from read_sealed(Path(file.name))
