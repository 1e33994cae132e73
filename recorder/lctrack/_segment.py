"""One log file, written by one process.

Promises: a line is one `os.write`, so what `write` returned from survives the death of the process; `seq` has no gap
among sound lines; a line that could not be written whole is closed off by a line break before the next one.
Accepts: what the operating system has not yet put on the disk is lost with the machine, unlike with the process,
unless `sync` was called since.
"""

import contextlib
import datetime as dt
import os
import secrets
import time
from pathlib import Path

from lctrack._disk import make_private, sync_directory, sync_file
from lctrack.format import SUFFIX

__all__ = ["Segment", "this_host"]

# Flags that a platform lacks are left out: Windows knows neither O_NOFOLLOW nor O_CLOEXEC.
_FLAGS = (
    os.O_WRONLY
    | os.O_APPEND
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_CLOSED = -1
"""Descriptor that no file has: writing to it fails, and never reaches a file opened later."""


def this_host() -> str | None:
    """Name this machine: in the first line of a segment, and to those who ask whether its writer may still be there."""
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME")


class Segment:
    """A new segment file in a directory, open for appending by one thread at a time.

    Args:
        directory: Where to make it; made with mode 0700, like its parents, where it is missing.
        sync: Make the disk keep the names of directories that are made.

    Raises:
        OSError: The directory or the file cannot be made.

    Attributes:
        name: Its name without the ending.
        path: The file.
        seq: How many lines it has.
        size: How many bytes it has.
    """

    def __init__(self, directory: Path, *, sync: bool = False) -> None:
        make_private(directory, sync=sync)
        now = dt.datetime.fromtimestamp(time.time(), dt.timezone.utc)
        self.name = f"{now:%Y%m%dT%H%M%S%f}Z-{os.getpid()}-{secrets.token_hex(4)}"
        self.path = directory / f"{self.name}{SUFFIX}"
        self.seq = 0
        self.size = 0
        self._torn = False
        self._descriptor = _CLOSED
        try:
            self._descriptor = os.open(self.path, _FLAGS, 0o600)
        except BaseException as error:
            if not isinstance(error, OSError):
                # A signal handler has raised between the opening and the taking of its result: nobody will write there.
                with contextlib.suppress(OSError):
                    self.path.unlink()
            raise

    def write(self, body: bytes) -> None:
        """Append one event.

        Args:
            body: The event as a JSON object with at least one member, without `seq`.

        Raises:
            OSError: It could not be written, or not whole; the event then does not count.
        """
        line = b'%b{"seq":%d,%b\n' % (b"\n" if self._torn else b"", self.seq, body[1:])
        try:
            written = os.write(self._descriptor, line)
            while written < len(line):
                # A short write comes before the error that explains it: ask for the rest to hear it.
                written += os.write(self._descriptor, line[written:])
        except BaseException as error:
            # Signal handlers raise between a write and the taking of its result: only the file knows how far it got.
            written = max(0, os.lseek(self._descriptor, 0, os.SEEK_CUR) - self.size)
            # Short of nothing but its line break, the event is in the file all the same.
            whole = written >= len(line) - 1
            self._torn = 0 < written < len(line) or (self._torn and not written)
            self.size += written
            self.seq += whole
            if whole and isinstance(error, OSError):
                return
            raise
        self._torn = False
        self.size += written
        self.seq += 1

    @property
    def is_gone(self) -> bool:
        """Whether the file has been removed: what is written to it then, nobody can read."""
        try:
            # Some file systems count no links at all, so the count alone does not tell.
            return os.fstat(self._descriptor).st_nlink == 0 and not os.path.lexists(self.path)
        except OSError:
            return False

    def sync(self) -> None:
        """Make the disk keep what has been written.

        Raises:
            OSError: The disk refuses; what was written since the last success may be lost, whatever a later call says.
        """
        sync_file(self._descriptor)

    def sync_name(self) -> None:
        """Make the disk keep the file's name.

        Raises:
            OSError: The disk refuses.
        """
        sync_directory(self.path.parent)

    def close(self) -> None:
        """Close the file, unless it is; nothing is written."""
        descriptor, self._descriptor = self._descriptor, _CLOSED
        if descriptor != _CLOSED:
            os.close(descriptor)
