"""Doing one thing after another, or a few at the same time, with bounded memory.

No more tasks are taken from their source than there are hands, so what they hold is not held for all of them at once.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Result = TypeVar("Result")


def work(tasks: Iterable[Callable[[], Result]], jobs: int, progress: Callable[[Result], None]) -> list[Result]:
    """Do all tasks.

    Args:
        tasks: What to do; taken in this thread, as hands get free.
        jobs: The most at the same time; one means in this thread.
        progress: Called in this thread with each result as it is known.

    Returns:
        The results, in the order of the tasks.

    Raises:
        Exception: Whatever a task raised, after those begun have ended.
    """
    results: dict[int, Result] = {}

    def keep(number: int, result: Result) -> None:
        results[number] = result
        progress(result)

    if jobs <= 1:
        for number, task in enumerate(tasks):
            keep(number, task())
    else:
        with ThreadPoolExecutor(jobs, thread_name_prefix="lctrack-upload") as pool:
            running: dict[Future[Result], int] = {}
            for number, task in enumerate(tasks):
                running[pool.submit(task)] = number
                while len(running) >= jobs:
                    _collect(running, keep)
            while running:
                _collect(running, keep)
    return [results[number] for number in sorted(results)]


def _collect(running: dict[Future[Result], int], keep: Callable[[int, Result], None]) -> None:
    for future in wait(running, return_when=FIRST_COMPLETED).done:
        keep(running.pop(future), future.result())
