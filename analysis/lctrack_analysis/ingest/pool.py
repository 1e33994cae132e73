"""Reads tasks on all cores."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from lctrack_analysis.errors import AnalysisError, UsageError
from lctrack_analysis.ingest.piece import Piece, read_pieces

__all__ = ["Task", "run_tasks"]

_LEAST_BYTES = 12_000_000
"""What one process reads in the time that another takes to start."""
_MOST_WORKERS = 8
# Memory that is given back and asked for again is the dearest there is.
_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_MMAP_THRESHOLD_": "268435456",
    "MALLOC_ARENA_MAX": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "OMP_NUM_THREADS": "1",
}


class Task(NamedTuple):
    """Pieces that become one part: where, and how many bytes they are."""

    pieces: list[Piece]
    directory: Path
    size: int


def run_tasks(tasks: Sequence[Task], done: Callable[[int], None]) -> None:
    """Read all tasks.

    Args:
        tasks: What to read; the directories are made.
        done: Told the size of each task when it is read.

    Raises:
        UsageError: A file cannot be read.
        AnalysisError: A worker died, or could not write.
        OSError: Likewise, where there is no worker.
    """
    for task in tasks:
        task.directory.mkdir(mode=0o700, parents=True)
    workers = min(len(tasks), _cores(), _MOST_WORKERS)
    if workers < 2 or sum(task.size for task in tasks) < _LEAST_BYTES or not sys.executable:  # noqa: PLR2004  # alone
        for task in tasks:
            read_pieces(task.pieces, task.directory)
            done(task.size)
        return
    waiting: SimpleQueue[Task] = SimpleQueue()
    for task in sorted(tasks, key=lambda task: -task.size):
        waiting.put(task)
    with ThreadPoolExecutor(workers) as threads:
        for result in [threads.submit(_serve, waiting, done) for _ in range(workers)]:
            result.result()


def _serve(waiting: "SimpleQueue[Task]", done: Callable[[int], None]) -> None:
    # What can be imported here can be imported there.
    start = f"import sys; sys.path[:] = {sys.path!r}; from lctrack_analysis.ingest.worker import main; main()"
    worker = subprocess.Popen(  # noqa: S603  # this Python, and our own module
        [sys.executable, "-c", start],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **_MEMORY},
        encoding="ascii",
    )
    assert worker.stdin is not None and worker.stdout is not None  # noqa: S101, PT018  # for mypy
    try:
        while True:
            try:
                task = waiting.get_nowait()
            except Empty:
                return
            pieces = [(os.fspath(path), *place) for path, *place in task.pieces]
            worker.stdin.write(json.dumps({"pieces": pieces, "directory": os.fspath(task.directory)}) + "\n")
            worker.stdin.flush()
            _check(worker.stdout.readline())
            done(task.size)
    except BaseException:
        while not waiting.empty():  # the others need not go on
            waiting.get_nowait()
        worker.kill()
        raise
    finally:
        worker.stdin.close()
        worker.wait()
        worker.stdout.close()


def _check(answer: str) -> None:
    if not answer:
        raise AnalysisError("a process that read the logs died: is there enough memory?")
    if "error" in (told := json.loads(answer)):
        raise UsageError(told["error"])
    if "unwritten" in told:
        raise AnalysisError(f"what was read cannot be written down: {told['unwritten']}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
