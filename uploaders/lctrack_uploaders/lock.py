"""One uploader at a time for each ledger.

The lock is the operating system's, on a file beside the ledger: it goes with the process that holds it, however that
ends, so there is never a stale one to remove. The file stays; it names the last holder.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lctrack_uploaders.errors import BusyError, LedgerError

NAME = "ledger.lock"


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Hold the lock of the ledger in a directory.

    Args:
        directory: The state directory.

    Yields:
        Nothing.

    Raises:
        BusyError: Another process holds it.
        LedgerError: The file cannot be opened.
    """
    path = directory / NAME
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise LedgerError(
            f"The lock {path} cannot be opened ({error.strerror}): name a writable directory with --state."
        ) from error
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(file, 20, 0).decode(errors="replace").strip()
            raise BusyError(
                f"Another lctrack-upload (process {holder or 'unknown'}) is at work on the ledger in {directory}: "
                "what it leaves, the next run delivers."
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(file)
