"""Segments that are there more than once: their lines are told apart one by one, each time, in one process."""

from collections.abc import Sequence
from pathlib import Path

from lctrack_analysis.extract.rows import extract
from lctrack_analysis.ingest.identity import identify
from lctrack_analysis.ingest.piece import SOURCE_SHIFT, Part, Read, describe, part_in, path_key
from lctrack_analysis.read.events import Reader
from lctrack_analysis.stage import Stage

__all__ = ["read_copies"]


def read_copies(files: Sequence[Path], sources: Sequence[int], copied: set[str], directory: Path) -> Part:
    """Read files that share segments into a part.

    Args:
        files: The files, in the order in which the first of equal lines counts.
        sources: Their numbers.
        copied: Segments that more than one of them holds.
        directory: Becomes the part.

    Returns:
        The part.

    Raises:
        UsageError: A file cannot be read.
    """
    directory.mkdir(mode=0o700)
    stage = Stage(directory)
    reader = Reader(files, copied)
    read = []
    for place, (path, source) in enumerate(zip(files, sources, strict=True)):
        events, problems = 0, len(reader.problems)
        for events, event in enumerate(reader.events_of(place, path), 1):  # noqa: B007  # it counts
            extract(event._replace(id=source << SOURCE_SHIFT | event.line), stage)
            stage.grow(0)
        for problem in reader.problems[problems:]:
            stage.add("problems", (source << SOURCE_SHIFT | problem.line, problem.byte_offset, problem.reason))
        read.append(Read(path_key(path), source, 0, None, False, identify(path, None), [], events))  # noqa: FBT003  # torn
    stage.finish()
    describe(directory, read, stage)
    return part_in(directory)
