"""Which files a user means by a path: a log file, a directory of them, or a pattern."""

import glob
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from lctrack.format import SUFFIX
from lctrack_analysis.errors import NoLogsError, UsageError
from lctrack_analysis.read.bundles import BUNDLE, is_bundle, members
from lctrack_analysis.read.forms import COMPRESSED
from lctrack_analysis.read.sealed import SEALED, is_sealed

__all__ = ["find_files"]

_NAMES = (SUFFIX, *(f"{SUFFIX}{suffix}" for suffix in COMPRESSED))


def find_files(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """List the log files that paths stand for, each once, in the order of their names.

    Args:
        paths: Files, directories (searched in depth; names that begin with a dot are left out) or glob patterns.

    Returns:
        The files; at least one.

    Raises:
        UsageError: A path does not exist, or a pattern matches nothing.
        NoLogsError: The directories hold no log file.
    """
    given = [os.fspath(path) for path in paths]
    found: dict[Path, Path] = {}
    for text in given:
        try:
            for path in _expand(text):
                found.setdefault(path.resolve(), path)
        except OSError as error:
            raise UsageError(f"{text} cannot be read: {error.strerror}") from error
    if not found:
        named = ", ".join(given) or "nothing"
        raise NoLogsError(f"no log files in {named}: a recorder writes *{SUFFIX} there; was anything recorded?")
    # Where sealing was interrupted both forms are there: the JSONL counts.
    kept = [path for real, path in found.items() if real.suffix != SEALED or real.with_suffix(SUFFIX) not in found]
    return sorted(kept, key=lambda path: (path.name, str(path)))


def _expand(text: str) -> Iterator[Path]:
    path = Path(text)
    if path.is_dir():
        yield from _inside(path)
    elif path.exists():
        yield from _one(path)
    else:
        # Path.glob takes no absolute pattern.
        matches = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else []  # noqa: PTH207  # see above
        if not matches:
            raise UsageError(f"{text} does not exist: give a log file, a directory of logs, or a pattern that matches")
        for match in matches:
            yield from _inside(Path(match)) if Path(match).is_dir() else _one(Path(match))


def _one(path: Path) -> Iterator[Path]:
    # What was read from a pipe is gone.
    bundle = members(path) if path.is_file() and is_bundle(path) else []
    yield from bundle or (path,)


def _inside(directory: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from error

    for folder, names, files in os.walk(directory, onerror=refuse):
        # Dot-directories hold what tools keep beside the logs, such as an uploader's state.
        names[:] = sorted(name for name in names if not name.startswith("."))
        for path in (Path(folder) / name for name in files if not name.startswith(".")):
            if path.name.endswith(_NAMES) or (path.suffix == SEALED and is_sealed(path)):
                yield path
            elif path.suffix == BUNDLE and is_bundle(path):
                yield from members(path) or (path,)
