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


class Segment:
    """A new segment file in a directory, open for appending.

    Args:
        directory: Where to make it; made with mode 0700 where it is missing.

    Raises:
        OSError: The directory or the file cannot be made.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
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
        written = os.write(self._descriptor, line)
        while written < len(line):
            # A short write comes before the error that explains it: ask for the rest to hear it.
            self._torn = True
            written += os.write(self._descriptor, line[written:])
        self._torn = False
        self.seq += 1
        self.size += len(line)

    def close(self) -> None:
        """Close the file; nothing is written."""
        os.close(self._descriptor)
