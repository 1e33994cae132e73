import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_uploaders import LostError, TransientError, UnreachableError
from lctrack_uploaders.patience import Breaker, Patience, Stop


@given(st.integers(0, 60), st.none() | st.floats(0, 1e4))
def test_pauses_grow_with_jitter_up_to_a_limit_and_not_below_what_was_asked_for(
    attempt: int, wanted: float | None
) -> None:
    patience = Patience(first=0.5, longest=30)
    most = min(30, 0.5 * 2**attempt)

    pause = patience.pause(attempt, wanted)

    assert min(30, max(most / 2, wanted or 0)) <= pause <= max(most, min(30, wanted or 0))


def test_the_last_error_is_the_one_that_is_told() -> None:
    errors = [TransientError("first"), TransientError("second"), TransientError("third")]
    left = list(errors)

    def fail() -> None:
        raise left.pop(0)

    with pytest.raises(TransientError, match="third"):
        Patience(retries=2, first=0).attempt(fail, Stop())


def test_what_was_lost_is_not_asked_for_again_but_sent_again() -> None:
    left = [LostError("gone"), LostError("gone")]

    def fail() -> None:
        raise left.pop(0)

    with pytest.raises(LostError):
        Patience(retries=5, first=0).attempt(fail, Stop())
    assert len(left) == 1


def test_the_breaker_opens_at_once_where_nothing_answers_and_else_after_three_in_a_row() -> None:
    down, flaky = Breaker(), Breaker()
    down.failed(UnreachableError("down"))
    for number in range(5):
        flaky.failed(TransientError("busy"))
        if number % 2:
            flaky.succeeded()

    assert (str(down.reason), flaky.reason) == ("down", None)
    flaky.failed(TransientError("busy"))
    flaky.failed(TransientError("still busy"))
    assert str(flaky.reason) == "still busy"
