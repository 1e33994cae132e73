"""Whether the writer of a segment may still write to it.

A segment is finished when it ends with `segment_end`, or when its writer is known to be dead: it was a process of this
host, no process has its id any more, and (where the system can tell, which Linux can across containers) nobody has
the file open for writing.
"""

import contextlib
import os
from pathlib import Path
from typing import Literal, NamedTuple

from lctrack._lines import Line, UnsoundLineError, decode, read_lines
from lctrack._segment import this_host

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # the next best there is the process alone

__all__ = ["Writer", "is_being_written", "writer_of"]

_TAIL = 64 * 1024
_MAX_PID = 2**31


class Writer(NamedTuple):
    """What is known of a segment's writer.

    Attributes:
        state: `ended` it; is `gone`; is `alive`; or `unknown`, as when it is of another host.
        why: What tells so, for people.
    """

    state: Literal["ended", "gone", "alive", "unknown"]
    why: str

    @property
    def finished(self) -> bool:
        """Whether nothing will be written to the segment any more."""
        return self.state in ("ended", "gone")


def writer_of(path: Path) -> Writer:
    """Find out about a segment's writer.

    Raises:
        OSError: The segment cannot be read.
    """
    if _last_event(path) == "segment_end":
        return Writer("ended", "it ends with segment_end")
    host, pid = _origin(path)
    if host is None or pid is None:
        return Writer("unknown", "its first line does not tell who writes it")
    if host != this_host():
        return Writer("unknown", f"its writer is process {pid} of another host, {host}")
    if is_being_written(path):
        return Writer("alive", "it is open for writing")
    if _is_alive(pid):
        return Writer("alive", f"its writer, process {pid}, may be running")
    return Writer("gone", f"its writer, process {pid}, is gone")


def is_being_written(path: Path) -> bool:
    """Tell whether it is known that some process has a file open for writing; only Linux knows."""
    if fcntl is None or not hasattr(fcntl, "F_SETLEASE"):
        return False
    with path.open("rb") as stream:
        try:
            # A lease for reading is granted only where nobody writes. It is given back at once, since a writer that
            # opened the file meanwhile would be made to wait for us.
            fcntl.fcntl(stream, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            return True
        except OSError:  # a file of another user, or a file system without leases
            return False
        with contextlib.suppress(OSError):
            fcntl.fcntl(stream, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _last_event(path: Path) -> str | None:
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _TAIL))
        lines = stream.read(_TAIL).removesuffix(b"\n").split(b"\n")
    return _event_of(lines[-1])


def _event_of(content: bytes) -> str | None:
    try:
        record = decode(Line(0, 0, content + b"\n"))
    except UnsoundLineError:
        return None
    return record["event"] if record else None


def _origin(path: Path) -> tuple[str | None, int | None]:
    first = next(read_lines(path), None)
    try:
        record = decode(first) if first else None
    except UnsoundLineError:
        record = None
    if record is None or record["event"] != "segment_start":
        return None, None
    host, pid = record.get("host"), record.get("pid")
    return (
        host if isinstance(host, str) else None,
        pid if type(pid) is int and 0 < pid < _MAX_PID else None,
    )


def _is_alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # asking with os.kill would end it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
