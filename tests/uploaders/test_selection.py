import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_uploaders import UsageError
from lctrack_uploaders.options import span
from lctrack_uploaders.selection import is_being_recorded, moment
from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import SECOND, START, FrameLogs, session

YEAR = 365 * 86_400


def unit(**values: object) -> Unit:
    (found,) = units(FrameLogs({"sessions": [session(**values)]}))
    return found


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, True), (89, True), (91, False), (-89, True), (YEAR, False), (-YEAR, False)],
    ids=["now", "just now", "a while ago", "a clock ahead a little", "a clock behind by a year", "ahead by a year"],
)
def test_an_open_session_is_being_recorded_while_its_last_event_is_near(age: int, expected: bool) -> None:
    found = unit(status="open", end_time=START)

    assert is_being_recorded(found, 90, now=lambda: START + age * SECOND) is expected


def test_a_session_that_ended_is_not_being_recorded() -> None:
    assert not is_being_recorded(unit(status="ended", end_time=START), 90, now=lambda: START)


@given(st.floats(0, 1e6, allow_nan=False), st.sampled_from("smhdw"))
def test_spans_are_numbers_with_a_unit(number: float, letter: str) -> None:
    text = f"{number:f}"

    assert span(f"{text}{letter}") == float(text) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[letter]


@given(st.text())
def test_whatever_is_no_time_is_refused_as_such(text: str) -> None:
    try:
        found = moment(text, now=lambda: 1e9)
    except UsageError as error:
        assert "is no time: write a date" in str(error)  # noqa: PT017  # most texts are none, some are
    else:
        assert isinstance(found, int)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-11-20", 1795132800), ("2026-11-20T08:00:00Z", 1795161600), ("2026-11-20T08:00:00+02:00", 1795154400),
     ("1d", 1_000_000_000 - 86_400)],
)  # fmt: skip
def test_moments_are_dates_times_and_spans_before_now(text: str, expected: int) -> None:
    assert moment(text, now=lambda: 1e9) == expected * SECOND
