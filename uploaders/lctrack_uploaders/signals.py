"""SIGTERM and Ctrl-C: the steps that are being done are finished, and no more are begun.

A second Ctrl-C ends at once; what it cuts off is repeated by the next run, as after any crash.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from lctrack_uploaders.patience import Stop

EXIT_BASE = 128
"""What a shell adds to a signal's number to make an exit code."""


@contextmanager
def obeyed(stop: Stop) -> Iterator[None]:
    """Let SIGTERM and SIGINT ask for the end.

    Args:
        stop: Is asked.

    Yields:
        Nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.asked and number == signal.SIGINT:
            # Threads that wait for an answer would hold up anything milder.
            os._exit(EXIT_BASE + number)
        stop.ask(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
