"""The folder of a report: there whole or not at all, and never in the place of somebody's other files.

What is written goes to a temporary folder beside its place. A report of before is replaced at once, and removed then; a
process that is killed may leave a temporary folder behind. Reports hold what logs hold: directories are 0700, files
0600.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lctrack_analysis.errors import UsageError

__all__ = ["MARK", "check_place", "whole_folder", "write_private"]

MARK = "lctrack-report.json"
"""The file by which a folder is known as a report."""


def check_place(place: Path) -> None:
    """Refuse a place that holds something else.

    Args:
        place: Where a report is to be.

    Raises:
        UsageError: There is a file, or a folder that is neither empty nor a report.
    """
    try:
        if place.is_dir():
            if any(place.iterdir()) and not (place / MARK).is_file():
                raise UsageError(f"{place} holds files that are no report: name a new folder, or an empty one")
        elif place.exists() or place.is_symlink():
            raise UsageError(f"{place} is no folder: a report is a folder of files")
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror}") from error


@contextmanager
def whole_folder(place: Path) -> Iterator[Path]:
    """Make a folder whole.

    Args:
        place: The folder; a report that is there is replaced when the block is left without an exception.

    Yields:
        The temporary folder to write into.

    Raises:
        UsageError: It cannot be written, or holds something else.
    """
    check_place(place)
    place = place.resolve()
    temporary: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
        yield temporary
        before = Path(f"{temporary}.before")
        if place.exists():
            place.rename(before)
        temporary.rename(place)
        temporary = None
        shutil.rmtree(before, ignore_errors=True)
    except OSError as error:
        raise UsageError(f"{place} cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
