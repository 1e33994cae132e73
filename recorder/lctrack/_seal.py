"""Sealing: a finished segment becomes a Parquet file, and only then is its JSONL removed.

Promises: at any moment, whatever fails or is killed, the JSONL or the complete Parquet file is there, and what comes
back from the Parquet file is the JSONL byte for byte: it was read back before it got its name. A temporary file that a
killed process leaves is hidden from readers, and removed when the segment is sealed.
Accepts: for a moment both are there; readers then take the JSONL, and sealing again removes it. Two processes that
seal the same segment do the work twice, and harm nothing. Encryption at rest is left to the disk.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from lctrack._disk import sync_directory, sync_file
from lctrack._finished import is_being_written, writer_of
from lctrack._lines import read_lines
from lctrack._publish import beginning, new_file, remove_leftovers, sha256_of
from lctrack._sealed import SEALED, Sealed, SealError, describe, no_pause, read_sealed, require_pyarrow, write_sealed
from lctrack.format import SUFFIX

__all__ = ["SealError", "seal"]


def seal(path: str | os.PathLike[str], *, force: bool = False, pause: Callable[[], None] = no_pause) -> Path:
    """Turn a finished segment into its sealed form, beside it.

    Args:
        path: The segment, a `.jsonl` file.
        force: Seal it also where it is not known that its writer has ended.
        pause: Called between small pieces of the work, to let others go first.

    Returns:
        The sealed segment: same name, but `.parquet`.

    Raises:
        SealError: It is not finished, or the sealed form cannot stand for it, or there is no pyarrow; the JSONL is
            where it was.
        OSError: A file cannot be read or written; likewise.
    """
    segment = Path(path)
    require_pyarrow()
    sealed = segment.with_suffix(SEALED)
    try:
        _refuse_unfinished(segment, force=force)
        if not _is_sealed_already(segment, sealed, pause):
            with new_file(sealed, replace=True) as stream:
                _write(stream, segment, pause)
        sync_directory(segment.parent)
        segment.unlink()
    except FileNotFoundError:
        # Another process has sealed it meanwhile.
        if segment.exists() or not sealed.exists():
            raise
    sync_directory(segment.parent)
    remove_leftovers(sealed)
    return sealed


def _refuse_unfinished(segment: Path, *, force: bool) -> None:
    if segment.suffix != SUFFIX:
        raise SealError(f"{segment} is no segment: its name does not end with {SUFFIX}")
    if segment.is_symlink():
        raise SealError(f"{segment} is a link: seal the file it leads to")
    writer = writer_of(segment)
    if writer.finished:
        return
    if not force:
        raise SealError(f"{segment} is not finished: {writer.why}; --force seals it all the same")
    if is_being_written(segment):
        raise SealError(f"{segment} is open for writing: what is written to it while it is sealed would be lost")


def _is_sealed_already(segment: Path, sealed: Path, pause: Callable[[], None]) -> bool:
    """Tell whether a sealed form that is there already stands for the segment, and not for what was written since.

    Raises:
        SealError: It stands for something else.
    """
    if not sealed.exists():
        return False
    try:
        said = describe(sealed)
        whole = said is not None and said == _read_back(sealed, said, pause)
    except SealError as error:
        raise SealError(f"{error}; move it away, its lines are in {segment.name}") from error
    if said is None or not whole or said.sha256 != sha256_of(beginning(segment, said.size)):
        raise SealError(f"{sealed} is there, but holds other lines than {segment.name}: move one of them away")
    return said.size == segment.stat().st_size


def _write(stream: BinaryIO, segment: Path, pause: Callable[[], None]) -> None:
    content = write_sealed(stream, read_lines(segment), pause)
    stream.flush()
    sync_file(stream.fileno(), metadata=True)
    temporary = Path(stream.name)
    if _read_back(temporary, content, pause) != content or describe(temporary) != content:
        raise SealError(f"{segment} is left as it is: its sealed form does not give back the same bytes")
    if segment.stat().st_size != content.size:
        raise SealError(f"{segment} is left as it is: it has grown while it was being sealed")


def _read_back(path: Path, said: Sealed, pause: Callable[[], None]) -> Sealed:
    """Give what a sealed segment says of itself, but with the size and the SHA-256 that its rows come to."""
    digest, size = hashlib.sha256(), 0
    for line in read_sealed(path):
        digest.update(line.content)
        size += len(line.content)
        pause()
    return said._replace(size=size, sha256=digest.hexdigest())
