"""Which sessions of the logs are meant."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lctrack_uploaders.errors import UsageError
from lctrack_uploaders.options import span
from lctrack_uploaders.units import Unit

_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which sessions are meant; what is empty leaves none out."""

    since: int | None = None
    """Unix nanoseconds: those that have an event at that time or later."""
    projects: Sequence[str] = ()
    sessions: Sequence[str] = ()
    """Ids or names."""

    def __contains__(self, unit: Unit) -> bool:
        return (
            (self.since is None or unit.end >= self.since)
            and (not self.projects or unit.labels.get("project") in self.projects)
            and (not self.sessions or bool({unit.session_id, unit.name} & set(self.sessions)))
        )


def is_being_recorded(unit: Unit, idle: float, now: Callable[[], int] = time.time_ns) -> bool:
    """Tell whether more of a session is to be expected.

    Args:
        unit: The session.
        idle: Seconds without an event after which nothing more is expected.
        now: The clock, in Unix nanoseconds.

    Returns:
        Whether it is open and its last event is near. One far in the future says that a clock is wrong, and nothing of
        the session.
    """
    return unit.is_open and abs(now() - unit.end) < idle * _SECOND


def moment(text: str, now: Callable[[], float] = time.time) -> int:
    """Read a moment.

    Args:
        text: An ISO date or time (UTC where no zone is named), or a span of time before now.
        now: The clock, in Unix seconds.

    Returns:
        Unix nanoseconds.

    Raises:
        UsageError: It is none.
    """
    try:
        return int((now() - span(text)) * _SECOND)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--since {text!r} is no time: write a date (2026-11-20), a time (2026-11-20T08:00:00Z) or a span (7d)."
        ) from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()) * _SECOND
