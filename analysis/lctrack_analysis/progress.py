"""A bar on standard error for work that takes longer than two seconds, where somebody is watching."""

import os
import sys
import time
from types import TracebackType
from typing import Self

__all__ = ["Progress"]

_PATIENCE = 2.0
_PAUSE = 0.1
_WIDTH = 30


class Progress:
    """Shows how much has been done; nothing where standard error is no terminal. The bar is gone in the end.

    Args:
        work: What is done.
        unit: What it is counted in.
        size: How many of what `show` is told make one of these.
    """

    def __init__(self, work: str = "reading", unit: str = "MB", size: float = 1e6) -> None:
        self._work, self._unit, self._size = work, unit, size
        self._began = time.monotonic()
        self._next = self._began + _PATIENCE
        self._shown = False
        self._plain = bool(os.environ.get("NO_COLOR"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, done: int, total: int) -> None:
        """Tell how much has been done, of how much."""
        now = time.monotonic()
        if now < self._next or not total or sys.stderr is None or not sys.stderr.isatty():
            return
        self._next, self._shown = now + _PAUSE, True
        full = _WIDTH * done // total
        bar = "#" * full + "-" * (_WIDTH - full)
        if not self._plain:
            bar = f"\x1b[36m{bar}\x1b[0m"
        _write(f"\r{self._work} {bar} {self._told(done, total)}")

    def clear(self) -> None:
        """Take the bar away, for a line that is to be printed."""
        if self._shown:
            _write("\r" + " " * (_WIDTH + 40 + len(self._work)) + "\r")
            self._shown = False

    def _told(self, done: int, total: int) -> str:
        return f"{done / self._size:,.0f} of {total / self._size:,.0f} {self._unit}"


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
