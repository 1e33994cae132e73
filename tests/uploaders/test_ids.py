import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_uploaders import TerminalError, ids


@given(st.uuids(allow_nil=False))
def test_a_trace_id_is_the_root_run_s_own_bytes(root: uuid.UUID) -> None:
    assert ids.trace_id(str(root)) == root.bytes


def test_run_ids_of_one_moment_have_different_span_ids() -> None:
    run_ids = [f"0190a5b2-7c3d-7e4f-8a1b-{number:012x}" for number in range(10_000)]

    assert len(set(ids.span_ids(run_ids).values())) == 10_000


@given(st.text(), st.text())
def test_ids_that_are_no_uuids_have_ids_of_their_own(one: str, other: str) -> None:
    assert len(ids.trace_id(one)) == 16
    assert (ids.trace_id(one) == ids.trace_id(other)) == (one == other)


@pytest.mark.parametrize("spelling", [str.upper, lambda text: text.replace("-", ""), lambda text: f"{{{text}}}"])
def test_another_spelling_of_a_uuid_is_another_id(spelling: "type[str]") -> None:
    run_id = "0190a5b2-7c3d-7e4f-8a1b-00000000000a"

    assert ids.trace_id(spelling(run_id)) != ids.trace_id(run_id)


def test_no_trace_has_the_id_of_zeros() -> None:
    assert ids.trace_id(str(uuid.UUID(int=0))) != bytes(16)


def test_two_runs_with_one_span_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # MLflow's store would never return from a span that has its root's id.
    monkeypatch.setattr(ids, "span_id", lambda _: b"same-id.")

    with pytest.raises(TerminalError, match="same span id"):
        ids.span_ids(["a", "b"])
