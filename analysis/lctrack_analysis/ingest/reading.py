"""Plans what has to be read, has it read, and says where all the rows are."""

import secrets
import shutil
import tempfile
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lctrack_analysis.errors import AnalysisError
from lctrack_analysis.ingest.cache import NOTHING, Cache, Known
from lctrack_analysis.ingest.copies import read_copies
from lctrack_analysis.ingest.piece import Part, Piece, Read, files_of, part_in
from lctrack_analysis.ingest.plan import batches, pieces_of, size_of
from lctrack_analysis.ingest.pool import Task, run_tasks
from lctrack_analysis.read.events import copied_segments, name_of

__all__ = ["Source", "Staged", "ingest"]

LEAST_KEPT = 4_000_000
"""Fewer new bytes are not worth keeping: they are read again next time."""


class Source(NamedTuple):
    """A file: its number in the parts, its place among all files from 0, its name."""

    number: int
    rank: int
    name: str


class Staged:
    """Where the staged rows of some files are.

    Attributes:
        sources: The files.
        parts: What holds the rows; rows of other sources in them do not count.
        kept: What was read, if all of it is in the cache, by which what is made of it can be found again.
        cache: The cache.
        workplace: A private directory for what is temporary, removed in the end.
    """

    def __init__(self, cache: Cache | None) -> None:
        self.sources: list[Source] = []
        self.parts: list[Part] = []
        self.kept: list[Read] | None = None
        self.cache = cache
        self.workplace = Path(tempfile.mkdtemp(prefix="lctrack-"))
        self._end = weakref.finalize(self, _clear, cache, self.workplace)

    def close(self) -> None:
        """Remove what is temporary, and let go of the cache."""
        self._end()

    def pieces(self) -> list[tuple[int, Read]]:
        """Give what the parts hold of the files, in the order in which they hold it, each with its file's place."""
        ranks = {source.number: source.rank for source in self.sources}
        return [(ranks[read.source], read) for part in self.parts for read in part.pieces if read.source in ranks]

    @property
    def events(self) -> int:
        """Tell how many events there are."""
        return sum(read.events for _, read in self.pieces())

    def files_of(self, table: str) -> list[Path]:
        """Give the Parquet files of a staging table."""
        return files_of(self.parts, table)


def ingest(files: Sequence[Path], cache: Cache | None, progress: Callable[[int, int], None]) -> Staged:
    """Read files.

    Args:
        files: Segments, as `find_files` gives them.
        cache: Where to look for what is known, and to keep what is not; None for nowhere.
        progress: Told how many bytes have been read, of how many.

    Returns:
        The rows.

    Raises:
        UsageError: A file cannot be read.
    """
    staged = Staged(cache)
    copied = copied_segments(files)
    known = cache.know(files) if cache else [NOTHING] * len(files)
    numbers = _numbers(known, set())
    plan = [pieces_of(*each) for each in zip(files, numbers, [each.pieces for each in known], strict=True)]
    parts = {part.directory: part for each in known for part in each.parts}
    for part in _read([piece for pieces in plan for piece in pieces], staged, progress):
        parts[part.directory] = part
    if copied:
        held: dict[int, set[str]] = {number: set() for number in numbers}
        for read in (read for part in parts.values() for read in part.pieces if read.source in held):
            held[read.source].update(read.segments)
        twice = [place for place, number in enumerate(numbers) if copied & held[number]]
        again = _numbers([NOTHING] * len(twice), set(numbers))
        part = read_copies([files[place] for place in twice], again, copied, staged.workplace / "copies")
        parts[part.directory] = part
        for place, number in zip(twice, again, strict=True):
            numbers[place] = number
    staged.sources = [Source(number, rank, name_of(files[rank])) for rank, number in enumerate(numbers)]
    ranks = {source.number: source.rank for source in staged.sources}
    used = [part for part in parts.values() if any(read.source in ranks for read in part.pieces)]
    staged.parts = sorted(
        used, key=lambda part: min((ranks[r.source], r.start) for r in part.pieces if r.source in ranks)
    )
    if cache:
        if all(part.directory.parent != staged.workplace for part in used):
            staged.kept = [read for _, read in staged.pieces()]
        cache.forget(files, {part.directory for part in used})
    return staged


def _numbers(known: Sequence[Known], taken: set[int]) -> list[int]:
    """Give each file a number of its own: the one it had, or a new one."""
    numbers = []
    for each in known:
        number = each.pieces[0].source if each.pieces else secrets.randbits(31)
        while number in taken:
            number = secrets.randbits(31)
        taken.add(number)
        numbers.append(number)
    return numbers


def _read(pieces: list[Piece], staged: Staged, progress: Callable[[int, int], None]) -> list[Part]:
    total = sum(map(size_of, pieces))
    lasting = staged.cache.place() if staged.cache and total >= LEAST_KEPT else None
    try:
        return _read_into(lasting, pieces, staged, lambda done: progress(done, total))
    except (OSError, AnalysisError):
        if lasting is None or lasting.is_dir():
            raise
    return _read_into(None, pieces, staged, lambda done: progress(done, total))  # somebody deleted the cache


def _read_into(
    lasting: Path | None, pieces: list[Piece], staged: Staged, progress: Callable[[int], None]
) -> list[Part]:
    tasks = []
    for batch in batches(pieces):
        keeps = lasting and all(piece.path.is_file() or not piece.path.exists() for piece in batch)
        folder = lasting if keeps and lasting else staged.workplace
        tasks.append(Task(batch, folder / f".{secrets.token_hex(8)}", sum(map(size_of, batch))))
    done = 0

    def add(size: int) -> None:
        nonlocal done
        done += size
        progress(done)

    found = []
    try:
        run_tasks(tasks, add)
        for task in tasks:
            final = task.directory.with_name(task.directory.name[1:])
            task.directory.rename(final)  # from now on others see it
            found.append(part_in(final))
    except BaseException:
        for task in tasks:
            shutil.rmtree(task.directory, ignore_errors=True)
        raise
    if staged.cache:
        staged.cache.hold(part for part in found if part.directory.parent == lasting)
    return found


def _clear(cache: Cache | None, workplace: Path) -> None:
    shutil.rmtree(workplace, ignore_errors=True)
    if cache:
        cache.release()
