"""What the disk is asked for: private directories, and to keep what was written into files and directories.

Accepts: macOS is asked for `F_FULLFSYNC`, because `fsync` alone leaves the data in the drive's own cache there; Windows
has `fsync` alone, and keeps the names in a directory in its own time.
"""

import errno
import os
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]  # it has no such call

__all__ = ["make_private", "sync_directory", "sync_file"]

_FULL = getattr(fcntl, "F_FULLFSYNC", None)
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY}
"""Answers of file systems that do not know a call, unlike those of a disk that fails at it."""


def make_private(directory: Path, *, sync: bool = False) -> None:
    """Make a directory and its missing parents, each for its owner alone (`Path.mkdir` gives parents other rights).

    Args:
        directory: The directory.
        sync: Make the disk keep the names of those that were missing.

    Raises:
        OSError: One cannot be made, or the disk refuses.
    """
    if not directory.is_dir():
        if directory.parent != directory:
            make_private(directory.parent, sync=sync)
        directory.mkdir(mode=0o700, exist_ok=True)
        if sync:
            sync_directory(directory.parent)


def sync_file(descriptor: int, *, metadata: bool = False) -> None:
    """Make the disk keep what was written to an open file.

    Args:
        descriptor: The file.
        metadata: Also what reading it back does not need, such as its times.

    Raises:
        OSError: The disk refuses; what was written since the last success may be lost, even if a later call succeeds.
    """
    if _FULL is not None:
        try:
            fcntl.fcntl(descriptor, _FULL)
        except OSError as error:
            if error.errno not in _UNSUPPORTED:
                raise
        else:
            return
    if metadata or not hasattr(os, "fdatasync"):
        os.fsync(descriptor)
    else:
        os.fdatasync(descriptor)


def sync_directory(directory: Path) -> None:
    """Make the disk keep a directory's names, on systems and file systems that can be asked to.

    Raises:
        OSError: The disk refuses.
    """
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
    finally:
        os.close(descriptor)
