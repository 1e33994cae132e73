"""Sealing finished segments while the application goes on.

Promises: the application waits for sealing only when it closes the recorder, or ends; what cannot be sealed stays as
it is, which is reported once.
Accepts: a thread does it, with short pauses for as long as nobody waits for it; meanwhile other threads wait fractions
of a millisecond for their turn, and now and then some milliseconds. A process that is killed leaves the JSONL of what
it did not come to, for `lctrack seal`; so does one that was forked in the middle of sealing, because a library that is
forked at work may never come back.
"""

import logging
import threading
import time
from collections import deque
from pathlib import Path

from lctrack._careful import safe_str
from lctrack._lifetime import await_at_end
from lctrack._seal import seal

__all__ = ["Sealer"]

_WORK = 0.0005
_PAUSE = 0.0002
"""How long it works and pauses, in seconds: any other thread would wait much longer for a thread that never pauses."""

_log = logging.getLogger("lctrack")


class Sealer:
    """Seals the segments of one recorder, one after the other.

    Attributes:
        failures: How many could not be sealed.
    """

    def __init__(self) -> None:
        self.failures = 0
        self._waiting: deque[Path] = deque()
        self._thread: threading.Thread | None = None
        self._at_work = self._crippled = self._awaited = False
        self._since = 0.0
        await_at_end(self)

    def add(self, segment: Path) -> None:
        """Have a finished segment sealed soon."""
        if self._crippled:
            return
        self._waiting.append(segment)
        if self._thread is None or not self._thread.is_alive():
            thread = threading.Thread(target=self._work, name="lctrack seals", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no more threads, or the interpreter ends: whoever calls `finish` does it
                return
            self._thread = thread

    def finish(self) -> None:
        """Wait until all segments are sealed."""
        self._awaited = True
        try:
            thread = self._thread
            if thread is not None and thread is not threading.current_thread():
                thread.join()
            self._work()
        finally:
            self._awaited = False

    def after_fork(self) -> None:
        """Leave the parent's segments to the parent."""
        self._crippled = self._crippled or self._at_work
        self._waiting.clear()
        self._thread = None

    def _work(self) -> None:
        while self._waiting:
            try:
                segment = self._waiting.popleft()
            except IndexError:  # another thread was faster
                return
            self._at_work = True
            try:
                seal(segment, pause=self._pause)
            except Exception as error:  # noqa: BLE001  # whatever is wrong with it, the JSONL is there
                self._tell(segment, error)
            finally:
                self._at_work = False

    def _pause(self) -> None:
        """Let others go first, now and then."""
        if not self._awaited and time.monotonic() - self._since > _WORK:
            time.sleep(_PAUSE)
            self._since = time.monotonic()

    def _tell(self, segment: Path, error: Exception) -> None:
        self.failures += 1
        if self.failures == 1:
            reason = f"{type(error).__name__}: {safe_str(error)}"
            _log.warning("could not seal %s (%s); it stays as it is, and `lctrack seal` may try again", segment, reason)
