"""When the disk is made to keep what is written, and what happens when it refuses.

A refusal is not tried again: the system may have thrown away what it could not write, and then call the next attempt
a success. The segment is left for a new one instead, at once the first time, later and later while that fails too.
Accepts: with `interval`, what an idle process wrote last waits for the next event, the end, or the operating system.
"""

import math
import time
from collections.abc import Callable

from lctrack._segment import Segment
from lctrack._storage import Storage

__all__ = ["Syncing"]

_LONGEST_WAIT = 60.0


class Syncing:
    """Keeps one open segment at a time.

    Args:
        storage: When to.

    Attributes:
        on: Whether the disk is asked at all.
        while_open: Whether it is asked before the segment ends.
        refusal: Why it did not keep the open segment.
    """

    def __init__(self, storage: Storage) -> None:
        self.on = storage.fsync != "never"
        self.while_open = storage.fsync in ("interval", "always")
        self.refusal: str | None = None
        self._every = {"interval": storage.fsync_interval, "always": 0.0}.get(storage.fsync, math.inf)
        self._last = 0.0
        self._refusals = 0

    @property
    def wait(self) -> float:
        """Seconds after which a refused segment is left: none after a success."""
        return min(2.0 ** (self._refusals - 2), _LONGEST_WAIT) if self._refusals > 1 else 0.0

    def begin(self, segment: Segment) -> None:
        """Have the name of a new segment kept.

        Raises:
            OSError: The disk refuses.
        """
        self.refusal = None
        self._last = time.monotonic()
        if self.on:
            self._ask(segment.sync_name)

    def written(self, segment: Segment) -> None:
        """Have what was written kept, where it is time.

        Raises:
            OSError: The disk refuses, or did before: with `always`, nothing in the segment is kept for sure any more.
        """
        now = time.monotonic()
        if now - self._last < self._every:
            return
        if self.refusal is None:
            self._ask(segment.sync)
            self._last = now
            self._refusals = 0
        elif not self._every:
            raise OSError(self.refusal)

    def end(self, segment: Segment) -> None:
        """Have all of a segment kept, before it is closed.

        Raises:
            OSError: The disk refuses.
        """
        if self.on and self.refusal is None:
            self._ask(segment.sync)
            self._refusals = 0

    def _ask(self, sync: Callable[[], None]) -> None:
        try:
            sync()
        except OSError as error:
            self.refusal = f"not kept for sure: {error}"
            self._refusals += 1
            raise OSError(error.errno, f"fsync: {error.strerror}") from error
