"""A file that is there whole or not at all, and replaces nothing unless that is asked for.

Promises: what is written goes into a hidden temporary file beside the target, to the disk, and only then gets its
name. Accepts: on file systems without hard links, such as those of USB sticks, a file that appears under the same name
in the very moment in between would be replaced.
"""

import contextlib
import glob
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from lctrack._disk import sync_directory, sync_file

__all__ = ["beginning", "new_file", "remove_leftovers", "sha256_of"]

_MOST_NAME = 100  # of the target's, so that the temporary one is not too long
_CHUNK = 1024 * 1024


@contextlib.contextmanager
def new_file(target: Path, *, replace: bool = False) -> Iterator[BinaryIO]:
    """Open a file, `name` being a temporary one, that gets its name when the block ends without an error.

    Args:
        target: The name.
        replace: Whether a file that has it may be replaced.

    Raises:
        FileExistsError: There is one, and it may not.
        OSError: It cannot be written.
    """
    temporary = target.with_name(f".{target.name[:_MOST_NAME]}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "x+b", opener=_private) as stream:
            yield stream
            stream.flush()
            sync_file(stream.fileno(), metadata=True)
        if replace:
            os.replace(temporary, target)  # noqa: PTH105  # where tests make it fail
        else:
            _name(temporary, target)
        sync_directory(target.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def remove_leftovers(target: Path) -> None:
    """Remove the temporary files that killed processes left."""
    for leftover in target.parent.glob(f".{glob.escape(target.name[:_MOST_NAME])}.????????.tmp"):
        with contextlib.suppress(OSError):
            leftover.unlink()


def beginning(path: Path, length: int) -> Iterator[bytes]:
    """Read the first bytes of a file, as many as there are."""
    with path.open("rb") as stream:
        while length and (chunk := stream.read(min(length, _CHUNK))):
            length -= len(chunk)
            yield chunk


def sha256_of(chunks: Iterable[bytes]) -> str:
    """Hash bytes."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _name(temporary: Path, target: Path) -> None:
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError as error:
        if target.exists() or target.is_symlink():
            raise FileExistsError(None, "is there already", str(target)) from error
        temporary.rename(target)
