"""How often and after what pause a delivery is tried again, and when everything is left for another day."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from lctrack_uploaders.errors import LostError, RefusedError, TransientError, UnreachableError


class StoppedError(Exception):
    """The process was told to end; raised between two steps."""


class Stop:
    """Tells every thread that the process was asked to end."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self.signal: int | None = None
        """The signal that asked, where it was one."""

    def ask(self, signal: int | None = None) -> None:
        """Ask to end."""
        self.signal = signal
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether somebody did."""
        return self._asked.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the moment at which somebody asks.

        Raises:
            StoppedError: Somebody has asked.
        """
        if self._asked.wait(seconds):
            raise StoppedError

    def check(self) -> None:
        """Go on, unless somebody has asked to end.

        Raises:
            StoppedError: Somebody has.
        """
        if self.asked:
            raise StoppedError


@dataclass(frozen=True, slots=True)
class Patience:
    """Attempts at what may pass: exponential pauses with jitter, so that many clients do not come back at once."""

    retries: int = 4
    """Further attempts after the first."""
    first: float = 0.5
    """Seconds before the first of them, at most; each later pause may be twice as long."""
    longest: float = 30.0
    """Seconds that no pause exceeds, whatever the destination asks for."""

    def attempt(self, do: Callable[[], None], stop: Stop) -> None:
        """Do something until it works.

        Args:
            do: What may raise a `TransientError`.
            stop: Ends a pause.

        Raises:
            UploadError: It did not work, the last time, or it never will.
            StoppedError: Somebody asked to end.
        """
        for attempt in range(self.retries + 1):
            try:
                return do()
            except (LostError, RefusedError):
                raise
            except TransientError as error:
                if attempt == self.retries:
                    raise
                stop.sleep(self.pause(attempt, error.wait))
        return None

    def pause(self, attempt: int, wanted: float | None = None) -> float:
        """Give the seconds before another attempt.

        Args:
            attempt: How many there have been, less one.
            wanted: Seconds that the destination asked for.
        """
        most = min(self.longest, self.first * 2**attempt)
        jittered = random.uniform(most / 2, most)  # noqa: S311  # nothing secret
        return jittered if wanted is None else min(self.longest, max(jittered, wanted))


class Breaker:
    """Opens when a destination is down: then nothing more is tried until the next run.

    It is down where it cannot be reached, or where session after session fails for reasons that may pass.
    """

    IN_A_ROW = 3

    def __init__(self) -> None:
        self._turn = threading.Lock()  # of the threads that deliver, for the count
        self._count = 0
        self._reason: TransientError | None = None

    @property
    def reason(self) -> TransientError | None:
        """What opened it; None while it is closed."""
        return self._reason

    def failed(self, error: TransientError) -> None:
        """Count a session that failed in spite of all attempts."""
        with self._turn:
            self._count += 1
            if self._reason is None and (isinstance(error, UnreachableError) or self._count >= self.IN_A_ROW):
                self._reason = error

    def succeeded(self) -> None:
        """Count a session that arrived, or was refused on its own account: something answers."""
        with self._turn:
            self._count = 0
