"""When the open segment is left for another: at a size, at an age, after the disk refused to keep it.

Accepts: all of it is looked at when an event is written, at most once a second unless the size says so; an idle
process leaves its segment as it is. Age is counted by the monotonic clock, from the opening of the segment.
"""

import math
import time

from lctrack._segment import Segment
from lctrack._storage import Storage

__all__ = ["Rotation"]

_LOOK_EVERY = 1.0


class Rotation:
    """Watches one open segment at a time.

    Args:
        storage: The limits.

    Attributes:
        limit: Size from which `is_due` is worth asking, in bytes.
        look_at: Moment from which it is, in seconds of the monotonic clock.
    """

    def __init__(self, storage: Storage) -> None:
        self.limit = self.look_at = self._old_at = math.inf
        self._bytes = storage.rotate_bytes or math.inf
        self._seconds = storage.rotate_seconds or math.inf

    def begin(self) -> None:
        """Take note that a segment has been opened."""
        now = time.monotonic()
        self.limit = self._bytes
        self._old_at = now + self._seconds
        self.look_at = min(now + _LOOK_EVERY, self._old_at)

    def is_due(self, segment: Segment) -> bool:
        """Tell whether it is time to leave the segment; not before there is a line in it."""
        now = time.monotonic()
        self.look_at = min(now + _LOOK_EVERY, self._old_at) if now < self._old_at else now + _LOOK_EVERY
        return segment.seq > 0 and (segment.size >= self._bytes or now >= self._old_at)

    def postpone(self) -> None:
        """Take note that no other segment can be opened now; it is tried again when it is time to look again."""
        self.limit = math.inf

    def leave_in(self, seconds: float) -> None:
        """Have the segment left after some time, whatever its size and age."""
        self._old_at = self.look_at = time.monotonic() + seconds
