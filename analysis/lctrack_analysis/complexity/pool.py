"""Both cores, or however many there are: processes of our own beside this one.

They are plain subprocesses. `multiprocessing` would fork a process that holds threads, or run the user's main module
again. A worker that fails costs time only: what it had is measured here.
"""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Protocol

import polars as pl

from lctrack_analysis.complexity.languages import Language
from lctrack_analysis.complexity.worker import receive, send

__all__ = ["Measurer", "Pool", "cores"]

_START = "import sys; code, *sys.path = sys.argv[1:]; from lctrack_analysis.complexity.worker import main; main(code)"


class Measurer(Protocol):
    """What can measure texts."""

    def measure(self, texts: Sequence[str], /) -> pl.DataFrame:
        """Measure texts, a row for each."""


def cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Pool:
    """Worker processes of one language.

    Args:
        language: Language of the texts.
        workers: How many.
    """

    def __init__(self, language: Language, workers: int) -> None:
        command = [sys.executable, "-c", _START, language.code, *sys.path]
        environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
        self._workers = [
            subprocess.Popen(  # noqa: S603  # this very program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it has nothing to tell a user
                env=environment,
            )
            for _ in range(workers)
        ]

    def measure(self, batches: Sequence[Sequence[str]], here: Measurer) -> list[pl.DataFrame]:
        """Measure batches, some in each worker and some here, as each is free.

        Args:
            batches: Texts.
            here: What measures in this process.

        Returns:
            A frame for each batch, in their order.
        """
        waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        for place in range(len(batches)):
            waiting.put(place)
        done: dict[int, pl.DataFrame] = {}
        threads = [threading.Thread(target=_feed, args=(worker, batches, waiting, done)) for worker in self._workers]
        for thread in threads:
            thread.start()
        while (next_place := _next(waiting)) is not None:
            done[next_place] = here.measure(batches[next_place])
        for thread in threads:
            thread.join()
        return [done[place] if place in done else here.measure(batch) for place, batch in enumerate(batches)]

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.kill()
            worker.communicate()


def _next(waiting: "queue.SimpleQueue[int]") -> int | None:
    try:
        return waiting.get_nowait()
    except queue.Empty:
        return None


def _feed(
    worker: "subprocess.Popen[bytes]",
    batches: Sequence[Sequence[str]],
    waiting: "queue.SimpleQueue[int]",
    done: dict[int, pl.DataFrame],
) -> None:
    """Give a worker one batch after the other, until it fails or none is left."""
    while worker.stdin and worker.stdout and worker.poll() is None and (place := _next(waiting)) is not None:
        try:
            send(worker.stdin, pl.DataFrame({"text": batches[place]}, schema={"text": pl.String}))
            measured = receive(worker.stdout)
        except (OSError, pl.exceptions.PolarsError):
            return
        if measured is None:
            return
        done[place] = measured
