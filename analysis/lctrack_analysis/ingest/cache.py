"""What was read of log files, kept for the next time.

Each part is a directory of its own, complete when it appears under its name and never changed, so analyses at the same
time disturb one another as little as somebody who deletes all of it: what is not there is read again. Parts of which
nothing is used any more are removed, unless another analysis has them open.

Files are 0600, directories 0700: what is in a log is in its cache.
"""

import os
import shutil
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from lctrack_analysis.columns import SCHEMA_VERSION
from lctrack_analysis.ingest.identity import is_continued, is_same
from lctrack_analysis.ingest.piece import DESCRIPTION, Part, Read, part_in, path_key
from lctrack_analysis.read.bundles import bundle_of

try:
    import fcntl
except ImportError:  # Windows, where what is open cannot be removed anyway
    fcntl = None  # type: ignore[assignment]  # tested before each use

__all__ = ["ENGINE_VERSION", "NOTHING", "Cache", "Known"]

ENGINE_VERSION = 4
"""Raised when the same bytes give other staged rows, or other values in what is made of them and kept."""

_ABANDONED_SECONDS = 86_400


class Known(NamedTuple):
    """What the cache holds of one file: its pieces in order, and the parts they are in."""

    pieces: list[Read]
    parts: list[Part]


NOTHING = Known([], [])


class Cache:
    """Parts in a directory.

    Args:
        directory: Where they are, in a directory for each version; made when there is something to keep.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory / f"{SCHEMA_VERSION}.{ENGINE_VERSION}"
        self._held: list[int] = []
        self._parts: list[Part] = []

    def know(self, files: Sequence[Path]) -> list[Known]:
        """Give what is known of each file and still true; the parts stay until this object lets go of them."""
        self._parts = list(_parts_in(self.directory))
        by_file: defaultdict[str, list[tuple[Read, Part]]] = defaultdict(list)
        for part in self._parts:
            for read in part.pieces:
                by_file[read.path].append((read, part))
        known = [_known_of(path, by_file.get(path_key(path), [])) for path in files]
        return known if self.hold(part for each in known for part in each.parts) else [NOTHING] * len(files)

    def place(self) -> Path | None:
        """Give the directory for new parts, whose names begin with a dot until they are complete; None for nowhere."""
        with suppress(OSError):
            self.directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.directory.mkdir(mode=0o700, exist_ok=True)
            for unfinished in self.directory.glob(".*"):
                if unfinished.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
                    shutil.rmtree(unfinished, ignore_errors=True)
            return self.directory
        return None

    def hold(self, parts: Iterable[Part]) -> bool:
        """Keep parts from being removed while this object lives.

        Returns:
            Whether all of them are there.
        """
        try:
            for directory in {part.directory for part in parts}:
                file = os.open(directory / DESCRIPTION, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
                self._held.append(file)
                if fcntl is not None:
                    fcntl.flock(file, fcntl.LOCK_SH)
        except OSError:
            return False
        return True

    def forget(self, files: Sequence[Path], used: set[Path]) -> None:
        """Remove parts of these files, and of files that are gone, of which nothing is used."""
        mine = {path_key(file) for file in files}
        for part in self._parts:
            if part.directory in used:
                continue
            if all(read.path in mine or not os.path.lexists(read.path) for read in part.pieces):
                _remove(part.directory)

    def release(self) -> None:
        """Let go of everything."""
        while self._held:
            os.close(self._held.pop())


def _known_of(path: Path, found: list[tuple[Read, Part]]) -> Known:
    if not found:
        return NOTHING
    try:
        now = path.stat()
    except OSError:  # it may be in a bundle
        bundle = bundle_of(path)
        if bundle is None:
            return NOTHING
        now = bundle.stat()
    chains = [_chain([each for each in found if each[0].source == source]) for source in {r.source for r, _ in found}]
    true = [made for chain in chains if (made := _still_true(chain, path, now))]
    best = max(true, key=lambda chain: chain[-1][0].stop or 0, default=[])
    pieces, parts = [read for read, _ in best], [part for _, part in best]
    # Rows are told apart by their source alone: a part must not hold more of this file than is used.
    if any(read not in pieces for part in parts for read in part.pieces if read.source == pieces[0].source):
        return NOTHING
    return Known(pieces, parts)


def _chain(found: list[tuple[Read, Part]]) -> list[tuple[Read, Part]]:
    """Give pieces of which each begins where the one before ends; at most the last is torn."""
    chain: list[tuple[Read, Part]] = []
    for torn in (False, True):
        for read, part in sorted((each for each in found if each[0].torn == torn), key=lambda each: each[0].start):
            if read.start == ((chain[-1][0].stop or 0) if chain else 0):
                chain.append((read, part))
                if torn:
                    break
    return chain


def _still_true(chain: list[tuple[Read, Part]], path: Path, now: os.stat_result) -> list[tuple[Read, Part]]:
    while chain:
        last = chain[-1][0]
        if is_same(last.identity, now):
            return chain
        if last.stop is not None and not last.torn:
            return chain if is_continued(last.identity, path, now, last.stop) else []
        chain = chain[:-1]
    return []


def _parts_in(directory: Path) -> Iterator[Part]:
    try:
        folders = sorted(entry for entry in directory.iterdir() if not entry.name.startswith("."))
    except OSError:
        return
    for folder in folders:
        with suppress(OSError, ValueError):
            yield part_in(folder)


def _remove(part: Path) -> None:
    with suppress(OSError), _alone_with(part):
        shutil.rmtree(part)


@contextmanager
def _alone_with(part: Path) -> Iterator[None]:
    """Wait for nobody.

    Raises:
        OSError: Somebody has it open.
    """
    file = os.open(part / DESCRIPTION, os.O_RDONLY)
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(file)
