"""A target around another one, which fails where a test wants it to."""

from collections.abc import Sequence
from typing import Any

from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import TerminalError


class Killed(BaseException):
    """Stands for `kill -9`: nothing in the engine catches it."""


class Faulty(Target):
    """Does as the target that it wraps, but for the faults."""

    def __init__(self, inner: Target, *, kill_after: int | None = None, refuse: str | None = None) -> None:
        self._inner = inner
        self.mapping = inner.mapping  # type: ignore[misc]  # of the class that it stands for
        self.verifies = inner.verifies
        self.refuse = refuse
        """Name of a session whose second step is refused; the first, where there is one only."""
        self.left = kill_after
        """Steps after which the process is killed: when the step is stored, and before the engine knows."""

    @property
    def address(self) -> str:
        """That of the other."""
        return self._inner.address

    def place(self, unit: Any) -> str:
        """As the other."""
        return self._inner.place(unit)

    def is_blank(self) -> bool:
        """As the other."""
        return self._inner.is_blank()

    def plan(self, unit: Any) -> Sequence[Step]:
        """As the other."""
        return self._inner.plan(unit)

    def open(self, unit: Any) -> Delivery:
        """As the other."""
        refused_at = min(1, len(self._inner.plan(unit)) - 1) if unit.name == self.refuse else -1
        return _FaultyDelivery(self, self._inner.open(unit), refused_at)

    def check(self) -> str:
        """As the other."""
        return self._inner.check()

    def close(self) -> None:
        """As the other."""
        self._inner.close()


class _FaultyDelivery(Delivery):
    def __init__(self, target: Faulty, inner: Delivery, refused_at: int) -> None:
        self._target = target
        self._inner = inner
        self._steps_to_refusal = refused_at

    @property
    def remote_id(self) -> str:
        return self._inner.remote_id

    def do(self, step: Step) -> None:
        if self._steps_to_refusal == 0:
            raise TerminalError("This session is refused.")
        self._steps_to_refusal -= 1
        self._inner.do(step)
        if self._target.left is not None:
            self._target.left -= 1
            if self._target.left < 0:
                raise Killed

    def verify(self) -> None:
        self._inner.verify()

    def close(self) -> None:
        self._inner.close()
