"""A bar on standard error while sessions are delivered, where somebody is watching."""

import os
import sys
import time
from types import TracebackType
from typing import Self

_PATIENCE = 2.0
_PAUSE = 0.1
_WIDTH = 30


class Bar:
    """Shows how many sessions are done; nothing where standard error is no terminal. The bar is gone in the end."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._next = time.monotonic() + _PATIENCE
        self._shown = False
        self._plain = bool(os.environ.get("NO_COLOR"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def advance(self) -> None:
        """Count a session."""
        self._done += 1
        now = time.monotonic()
        if now < self._next or sys.stderr is None or not sys.stderr.isatty():
            return
        self._next, self._shown = now + _PAUSE, True
        full = _WIDTH * self._done // max(1, self._total)
        bar = "#" * full + "-" * (_WIDTH - full)
        if not self._plain:
            bar = f"\x1b[36m{bar}\x1b[0m"
        _write(f"\rdelivering {bar} {self._done} of {self._total}")

    def clear(self) -> None:
        """Take the bar away, for a line that is to be printed."""
        if self._shown:
            _write("\r" + " " * (_WIDTH + 40) + "\r")
            self._shown = False


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
