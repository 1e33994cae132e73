"""One log file, written by one process.

Promises: a line is one `os.write`, so what `write` returned from survives the death of the process; `seq` has no gap
among sound lines; a line that could not be written whole is closed off by a line break before the next one.
Accepts: what the operating system has not yet put on the disk is lost with the machine, unlike with the process.
"""

import datetime as dt
import os
import secrets
import time
from pathlib import Path

from lctrack.format import SUFFIX

__all__ = ["Segment"]

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


class Segment:
    """A new segment file in a directory, open for appending by one thread at a time.

    Args:
        directory: Where to make it; made with mode 0700, like its parents, where it is missing.

    Raises:
        OSError: The directory or the file cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        _make_private(directory)
        now = dt.datetime.fromtimestamp(time.time(), dt.timezone.utc)
        self.name = f"{now:%Y%m%dT%H%M%S%f}Z-{os.getpid()}-{secrets.token_hex(4)}"
        self.path = directory / f"{self.name}{SUFFIX}"
        self.seq = 0
        self.size = 0
        self._torn = False
        self._descriptor = os.open(self.path, _FLAGS, 0o600)

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

    def close(self) -> None:
        """Close the file; nothing is written."""
        descriptor, self._descriptor = self._descriptor, _CLOSED
        os.close(descriptor)


def _make_private(directory: Path) -> None:
    """Make a directory and its missing parents, each for its owner alone (`Path.mkdir` gives parents other rights)."""
    if not directory.is_dir():
        if directory.parent != directory:
            _make_private(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
