"""One action at a time, also where code comes in the middle of another action of its own thread.

A lock keeps threads apart. A finaliser or a signal handler that runs inside an action gets the lock, being of the same
thread; what it asks for is postponed until that action is done.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from lctrack._careful import safe_str

__all__ = ["Turns"]

_PATIENCE = 2.0
"""How long a process that is about to end waits for another thread, in seconds."""


class Turns:
    """Gives each action its turn.

    Args:
        lose: Told why a postponed action failed; who asked for it is gone.

    Attributes:
        lock: Held while an action runs.
    """

    def __init__(self, lose: Callable[[str], None]) -> None:
        self.lock = threading.RLock()
        self._lose = lose
        self._busy = False
        self._postponed: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()

    def take(self, action: Callable[..., None], *arguments: Any) -> None:
        """Do something that nothing else comes in between of.

        Args:
            action: What to do.
            *arguments: What it is given.

        Raises:
            Exception: What the action raises, unless it was postponed.
        """
        with self.lock:
            if self._busy:
                self._postponed.append((action, arguments))
                return
            try:
                self._busy = True
                action(*arguments)
            finally:  # also where a signal handler raises, to end the process
                self._busy = False
                if self._postponed:
                    self._catch_up()

    def take_last(self, action: Callable[[], None], then: Callable[[], None]) -> bool:
        """Do something in a signal handler of a process that is about to end, unless another thread takes too long.

        Args:
            action: What to do.
            then: What to do after it, where both are postponed.

        Returns:
            Whether there is nothing to wait for.
        """
        if not self.lock.acquire(timeout=_PATIENCE):
            return True
        try:
            self._postponed.append((action, ()))
            if self._busy:
                self._postponed.append((then, ()))
                return False
            self._catch_up()
            return True
        finally:
            self.lock.release()

    def after_fork(self) -> None:
        """Forget the turns of threads that this process does not have."""
        self.lock = threading.RLock()
        self._busy = False
        self._postponed.clear()

    def _catch_up(self) -> None:
        """Do what was postponed."""
        while self._postponed:
            try:
                self._busy = True
                action, arguments = self._postponed.popleft()
                action(*arguments)
            except Exception as error:  # noqa: BLE001, PERF203  # who asked is gone, and nobody else must notice
                self._lose(f"{type(error).__name__}: {safe_str(error)}")
            finally:
                self._busy = False
