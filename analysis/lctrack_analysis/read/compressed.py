"""Compressed logs: gzip and zstd, unpacked as they are read, up to a limit, and as far as they are sound."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from lctrack_analysis.read.lines import BadLineError

__all__ = ["GZIP", "LEAST_LIMIT", "MOST_RATIO", "ZSTD", "Unpacked", "unpack_gzip", "unpack_zstd"]

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""How files of either kind begin."""

LEAST_LIMIT = 256 * 1024 * 1024
MOST_RATIO = 200
"""A file that unpacks to more than so many times its size, and to more than `LEAST_LIMIT` bytes, is no log."""

_CHUNK = 1 << 16


class Unpacked:
    """Bytes that come in chunks, to be read by lines.

    Args:
        chunks: The bytes; it may end with a `BadLineError`.
        packed: Length of what they are unpacked from.
    """

    def __init__(self, chunks: Iterator[bytes], packed: int) -> None:
        self._chunks = chunks
        self._left = max(LEAST_LIMIT, MOST_RATIO * packed)
        self._here = b""
        self._start = 0

    def readline(self, size: int, /) -> bytes:
        """Give the next line with its end, or at most so many bytes of it.

        Raises:
            BadLineError: It is damaged from here on, or stands for too much.
        """
        parts: list[bytes] = []
        while True:
            end = self._here.find(b"\n", self._start) + 1 or len(self._here)
            end = min(end, self._start + size)
            part = self._here[self._start : end]
            self._start = end
            size -= len(part)
            parts.append(part)
            if not size or part.endswith(b"\n"):
                return b"".join(parts)
            if not self._more():
                return b"".join(parts)

    def _more(self) -> bool:
        self._here, self._start = next(self._chunks, b""), 0
        self._left -= len(self._here)
        if self._left < 0:
            raise BadLineError("unpacks to far more than a log does: the rest is left out")
        return bool(self._here)


def unpack_gzip(stream: BinaryIO) -> Iterator[bytes]:
    """Unpack a gzip file, of one member or several.

    Raises:
        BadLineError: It is damaged or cut; what is before has been given.
    """
    unpacker = zlib.decompressobj(31)
    packed = stream.read(_CHUNK)
    while packed:
        before = unpacker.copy()
        try:
            data = unpacker.decompress(packed, _CHUNK * 16)
        except zlib.error as error:
            yield from _bytewise(before, packed)
            raise BadLineError(f"the gzip data is damaged from here on: {error}") from error
        if data:
            yield data
        if unpacker.eof:
            packed = (unpacker.unused_data or stream.read(_CHUNK)).lstrip(b"\0")  # padding may follow
            if packed:
                unpacker = zlib.decompressobj(31)
            continue
        packed = unpacker.unconsumed_tail or stream.read(_CHUNK)
    if not unpacker.eof:
        raise BadLineError("torn: the gzip data ends in the middle")


def _bytewise(unpacker: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    """Give what is sound before the damage in a chunk."""
    for place in range(len(packed)):
        try:
            data = unpacker.decompress(packed[place : place + 1])
        except zlib.error:
            return
        if data:
            yield data


def unpack_zstd(stream: BinaryIO, path: Path) -> Iterator[bytes]:
    """Unpack a zstd file.

    Args:
        stream: It, which is closed afterwards.
        path: Where it is; where it is damaged, it is read again from its beginning, unless it is a pipe.

    Raises:
        BadLineError: It is damaged or cut; what is before has been given.
    """
    done = 0
    try:
        with pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd") as unpacked:
            while data := unpacked.read(_CHUNK):
                done += len(data)
                yield data
    except (OSError, pa.ArrowException) as error:
        if path.is_file():
            yield from _again(path, done)
        reason = str(error).partition(":")[0]
        raise BadLineError(f"the zstd data is damaged or torn from here on: {reason}") from error


def _again(path: Path, done: int) -> Iterator[bytes]:
    """Give what is sound after so many bytes, one at a time: a longer read that fails gives nothing."""
    try:
        with pa.CompressedInputStream(pa.OSFile(str(path)), "zstd") as unpacked:
            while done:
                done -= len(unpacked.read(min(done, _CHUNK)))
            while data := unpacked.read(1):
                yield data
    except (OSError, pa.ArrowException):
        return
