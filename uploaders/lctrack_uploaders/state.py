"""The directory for what lctrack keeps beside the logs: the ledger with its lock, and MLflow's default store.

It is `.lctrack` in the log directory, or what `--state` says. Readers of logs skip directories that begin with a dot.
"""

from collections.abc import Sequence
from pathlib import Path

from lctrack_uploaders.errors import UploadError

NAME = ".lctrack"


def default(logs: Sequence[Path]) -> Path:
    """Give the state directory that belongs to some log paths.

    Args:
        logs: Log files or directories.

    Returns:
        The absolute path of `.lctrack` in the first of them, or beside it where it is a file; without any, in the
        working directory.
    """
    first = logs[0].absolute() if logs else Path.cwd()
    return (first if first.is_dir() else first.parent) / NAME


def prepare(directory: Path) -> None:
    """Make sure that the directory exists, readable by its owner only.

    Args:
        directory: The state directory.

    Raises:
        UploadError: If it cannot be made.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UploadError(
            f"The directory {directory} cannot be made ({error.strerror}): name a writable one with --state."
        ) from error
