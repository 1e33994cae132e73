"""Files that others read while we write: whole or not there at all, under names that say whose they are.

A file is written under another name, hidden and always the same, so that what a crash leaves is overwritten; it reaches
the disk before it replaces what was there. Modes are the process's own (`umask`): others are meant to read them.
"""

import os
import re
from hashlib import blake2b
from pathlib import Path

from lctrack_uploaders.errors import RefusedError

_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def key(session_id: str) -> str:
    """Give what the files of a session are called.

    Args:
        session_id: Any text.

    Returns:
        The id where any file system takes it, else a hash of it.
    """
    if _PLAIN.fullmatch(session_id):
        return session_id
    return blake2b(session_id.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def check(directory: Path) -> str:
    """See that a directory can be written, without writing.

    Args:
        directory: The directory, which may not exist yet.

    Returns:
        What was found.

    Raises:
        RefusedError: It cannot be written.
    """
    parent = next(path for path in (directory, *directory.parents) if path.exists())
    if not parent.is_dir() or not os.access(parent, os.W_OK):
        raise RefusedError(f"{parent} cannot be written.")
    return f"{directory} can be written"


def put(path: Path, content: bytes) -> None:
    """Write a file whole; its directories are made.

    Args:
        path: The file.
        content: What becomes its content.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)
    # The name must be on the disk as well before anybody is told that it is there.
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
