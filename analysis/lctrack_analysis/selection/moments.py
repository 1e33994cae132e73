"""Times as people say them: `2026-11-20`, `2026-11-20 14:30 Europe/Berlin`, `2h`, `today`.

UTC unless an offset or a zone is stated. A day alone is all of it: as a beginning its first moment, as an end its last.
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from lctrack_analysis.errors import UsageError

__all__ = ["Moment", "moment"]

Moment = str | datetime | date | timedelta
"""A time: as text, as Python has it (UTC where it has no zone), or how long ago."""

_AGO = re.compile(r"(\d{1,9})\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ZONED = re.compile(r"(.*\S)\s+([A-Za-z][\w+/-]*)")
_DAYS = {"today": 0, "yesterday": 1}
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(told: Moment, *, end: bool = False, now: datetime | None = None) -> int:
    """Give a time as Unix nanoseconds.

    Args:
        told: The time. As text: a date or a date and time (ISO 8601), `today`, `yesterday`, `now`, or how long ago,
            such as `90s`, `30m`, `2h`, `7d`, `1w`; a zone may follow, as a name (`Europe/Berlin`) or `local`.
        end: Whether it is where something ends: a day alone is then meant whole.
        now: What time it is, with its zone; by default the clock's.

    Returns:
        Nanoseconds; of a day alone, its first, or with `end` the first of the next.

    Raises:
        UsageError: It is no time.
    """
    now = now or datetime.now(UTC)
    try:
        if isinstance(told, timedelta):
            return _nanoseconds(now - told)
        if isinstance(told, datetime):
            return _nanoseconds(told)
        if isinstance(told, date):
            return _of_day(told, UTC, end=end)
        return _of_text(told.strip(), now, end=end)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{told} is no time: give one such as 2026-11-20, 2026-11-20T14:30, 2h, 7d or today; "
            "it is UTC unless a zone follows, such as Europe/Berlin or local"
        ) from error


def _of_text(text: str, now: datetime, *, end: bool) -> int:
    if ago := _AGO.fullmatch(text):
        return _nanoseconds(now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
    if text == "now":
        return _nanoseconds(now)
    zone: tzinfo | None = UTC
    if text not in _DAYS and (stated := _ZONED.fullmatch(text)):
        text, zone = stated[1], _zone(stated[2])
    if text in _DAYS:
        return _of_day(now.astimezone(zone).date() - _DAYS[text] * _DAY, zone, end=end)
    if len(text) <= len("2026-11-20"):
        return _of_day(date.fromisoformat(text), zone, end=end)
    at = datetime.fromisoformat(text)
    return _nanoseconds(at if at.tzinfo else _in_zone(at, zone))


def _of_day(day: date, zone: tzinfo | None, *, end: bool) -> int:
    first = day + _DAY if end else day
    return _nanoseconds(_in_zone(datetime(first.year, first.month, first.day), zone))  # noqa: DTZ001  # zoned at once


def _in_zone(at: datetime, zone: tzinfo | None) -> datetime:
    """Give a time in a zone; None is the machine's own, which need not be known by name."""
    return at.astimezone() if zone is None else at.replace(tzinfo=zone)


def _zone(name: str) -> tzinfo | None:
    if name == "local":
        return None
    if name.upper() in ("UTC", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except OSError as error:  # what is there and is no zone, such as the directory Europe
        raise ValueError(name) from error
    except KeyError as error:  # ZoneInfoNotFoundError
        raise ValueError(name) from error


def _nanoseconds(at: datetime) -> int:
    """Give a time exactly: a float would lose microseconds."""
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000
