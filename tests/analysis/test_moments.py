"""Times as people say them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_analysis import UsageError
from lctrack_analysis.selection import moment

NOW = datetime(2026, 11, 20, 23, 30, 15, tzinfo=UTC)


def said(text: str, *, end: bool = False) -> str:
    return str(datetime.fromtimestamp(moment(text, end=end, now=NOW) / 1e9, UTC))[:19]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("2026-11-20", "2026-11-20 00:00:00"),
        ("20261120", "2026-11-20 00:00:00"),
        ("2026-11-20T14:30", "2026-11-20 14:30:00"),
        ("2026-11-20 14:30:07", "2026-11-20 14:30:07"),
        ("2026-11-20T14:30Z", "2026-11-20 14:30:00"),
        ("2026-11-20T14:30+02:00", "2026-11-20 12:30:00"),
        ("2026-11-20 14:30 Europe/Berlin", "2026-11-20 13:30:00"),
        ("2026-07-20 14:30 Europe/Berlin", "2026-07-20 12:30:00"),
        ("2026-11-20 Asia/Tokyo", "2026-11-19 15:00:00"),
        ("2026-11-20 14:30 UTC", "2026-11-20 14:30:00"),
        ("today", "2026-11-20 00:00:00"),
        ("today Asia/Tokyo", "2026-11-20 15:00:00"),
        ("yesterday", "2026-11-19 00:00:00"),
        ("now", "2026-11-20 23:30:15"),
        ("90s", "2026-11-20 23:28:45"),
        ("30m", "2026-11-20 23:00:15"),
        ("2h", "2026-11-20 21:30:15"),
        ("7d", "2026-11-13 23:30:15"),
        ("1w", "2026-11-13 23:30:15"),
    ],
)
def test_a_time_begins_when_it_says(text: str, first: str) -> None:
    assert first == said(text)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("2026-11-20", "2026-11-21 00:00:00"),
        ("today", "2026-11-21 00:00:00"),
        ("yesterday", "2026-11-20 00:00:00"),
        ("2026-11-20T14:30", "2026-11-20 14:30:00"),
        ("2h", "2026-11-20 21:30:15"),
        ("2026-10-25 Europe/Berlin", "2026-10-25 23:00:00"),  # a day of 25 hours
    ],
)
def test_a_day_alone_ends_with_its_last_moment(text: str, after: str) -> None:
    assert after == said(text, end=True)


def test_the_local_zone_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert said("2026-11-20 14:30 local") == "2026-11-20 19:30:00"
        assert said("today local") == "2026-11-20 05:00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-13-01", "2026-11-20 25:00", "-2h", "2026-11-20 10:00 Europe", "9" * 30]
)
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="is no time: give one such as 2026-11-20"):
        moment(text)


@given(st.text())
def test_any_text_is_a_time_or_refused(text: str) -> None:
    try:
        at = moment(text)
    except UsageError:
        return
    assert at == moment(datetime.fromtimestamp(0, UTC) + timedelta(microseconds=at // 1000))


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_datetime_is_exact_and_utc_unless_it_says_otherwise(at: datetime) -> None:
    expected = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000
    naive = at.replace(tzinfo=None)
    assert expected == moment(at) == moment(naive) == moment(naive.isoformat())
    east = timezone(timedelta(hours=2))
    assert moment(naive.replace(tzinfo=east)) == expected - 2 * 3_600 * 10**9


def test_a_date_and_a_duration_of_python_will_do() -> None:
    assert moment(date(2026, 11, 20)) == moment("2026-11-20")
    assert moment(date(2026, 11, 20), end=True) == moment("2026-11-21")
    assert moment(timedelta(hours=2), now=NOW) == moment("2h", now=NOW)
