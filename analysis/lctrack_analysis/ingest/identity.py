"""By what a file is known again: where it lies on the disk, its length and times, its first and its last bytes.

Segments only grow. A file of the same inode, length and time of change is the same; one that has grown is the same up
to where it was read, if it begins and went on there as before. Everything else is a new file. What is not noticed:
bytes changed in the middle of a file, in place, before more was added to its end.
"""

import os
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple

from lctrack_analysis.errors import UsageError
from lctrack_analysis.read.bundles import bundle_of

__all__ = ["Identity", "identify", "is_continued", "is_same"]

_EDGE = 4096


class Identity(NamedTuple):
    """How a file was when it was read."""

    device: int
    inode: int
    size: int
    changed_ns: int
    edges: str


def identify(path: Path, stop: int | None) -> Identity:
    """Describe a file that is read up to a place, None for its end.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        file = path if os.path.lexists(path) else bundle_of(path) or path
        status = file.stat()
        if not file.is_file():
            return Identity(status.st_dev, status.st_ino, -1, status.st_mtime_ns, "")
        with file.open("rb") as stream:
            edges = _edges(stream, status.st_size if stop is None else stop)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    return Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, edges)


def is_same(known: Identity, now: os.stat_result) -> bool:
    """Tell whether a file is as it was."""
    return (known.device, known.inode, known.size, known.changed_ns) == (
        now.st_dev,
        now.st_ino,
        now.st_size,
        now.st_mtime_ns,
    )


def is_continued(known: Identity, path: Path, now: os.stat_result, stop: int) -> bool:
    """Tell whether a file is as it was up to a place, and longer."""
    if (known.device, known.inode) != (now.st_dev, now.st_ino) or now.st_size <= known.size:
        return False
    try:
        with path.open("rb") as stream:
            return _edges(stream, stop) == known.edges
    except OSError:
        return False


def _edges(stream: BinaryIO, stop: int) -> str:
    digest = blake2b(stream.read(min(_EDGE, stop)), digest_size=16)
    stream.seek(max(0, stop - _EDGE))
    digest.update(stream.read(min(_EDGE, stop)))
    return digest.hexdigest()
