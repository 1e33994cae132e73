"""The rules of delivery, on a target that does as it is told."""

from dataclasses import dataclass, field

import pytest

from lctrack_uploaders import MissingExtraError, TerminalError, TransientError, UnreachableError, UploadError
from lctrack_uploaders.delivery import Outcome, deliver
from lctrack_uploaders.ledger import Ledger
from lctrack_uploaders.typing import Receipt
from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import FrameLogs, session

NAMES = ("a", "b", "c")


@dataclass
class Dummy:
    """Acknowledges every session, but raises where it was told to."""

    raises: dict[str, UploadError] = field(default_factory=dict)
    blank: bool = False
    seen: list[str] = field(default_factory=list)
    address: str = "dummy://here"

    def place(self, unit: Unit) -> str:
        return unit.labels.get("project", "none")

    def is_blank(self) -> bool:
        return self.blank

    def deliver(self, unit: Unit) -> Receipt:
        self.seen.append(unit.name)
        if unit.name in self.raises:
            raise self.raises[unit.name]
        return Receipt(f"run-{unit.name}", 0)

    def hint(self) -> None:
        return None


def sessions(**changes: str) -> FrameLogs:
    rows = [session(session_id=name, name=name, start_time=number, notes=changes.get(name))
            for number, name in enumerate(NAMES)]  # fmt: skip
    return FrameLogs({"sessions": rows})


def run(target: Dummy, ledger: Ledger, logs: FrameLogs, *, dry_run: bool = False) -> dict[str, str]:
    told: list[Outcome] = []
    outcomes = deliver(units(logs), target, "dummy", ledger, dry_run=dry_run, progress=told.append)
    assert told == outcomes
    return {outcome.name: outcome.state for outcome in outcomes}


def test_only_what_changed_is_delivered_again() -> None:
    with Ledger() as ledger:
        run(Dummy(), ledger, sessions())
        target = Dummy()

        states = run(target, ledger, sessions(b="grown"))

    assert states == {"a": "unchanged", "b": "delivered", "c": "unchanged"}
    assert target.seen == ["b"]


def test_a_missing_package_is_no_session_s_fault() -> None:
    with Ledger() as ledger, pytest.raises(MissingExtraError):
        run(Dummy({"a": MissingExtraError("install it")}), ledger, sessions())


@pytest.mark.parametrize("error", [TerminalError("no"), TransientError("not now")])
def test_one_session_s_failure_leaves_the_others_delivered(error: UploadError) -> None:
    with Ledger() as ledger:
        states = run(Dummy({"b": error}), ledger, sessions())

    assert states == {"a": "delivered", "b": "failed", "c": "delivered"}


def test_a_failed_session_is_delivered_by_the_next_run() -> None:
    with Ledger() as ledger:
        run(Dummy({"b": TransientError("not now")}), ledger, sessions())

        states = run(Dummy(), ledger, sessions())

    assert states == {"a": "unchanged", "b": "delivered", "c": "unchanged"}


def test_nothing_more_is_tried_where_the_destination_is_gone() -> None:
    target = Dummy({"b": UnreachableError("gone")})
    with Ledger() as ledger:
        states = run(target, ledger, sessions())

    assert states == {"a": "delivered", "b": "failed", "c": "failed"}
    assert target.seen == ["a", "b"]


def test_a_dry_run_delivers_nothing_and_notes_nothing() -> None:
    target = Dummy()
    with Ledger() as ledger:
        assert run(target, ledger, sessions(), dry_run=True) == dict.fromkeys(NAMES, "pending")
        assert target.seen == []
        assert run(target, ledger, sessions()) == dict.fromkeys(NAMES, "delivered")


def test_an_empty_destination_gets_everything_whatever_the_ledger_says() -> None:
    with Ledger() as ledger:
        run(Dummy(), ledger, sessions())

        assert run(Dummy(blank=True), ledger, sessions(), dry_run=True) == dict.fromkeys(NAMES, "pending")
        assert run(Dummy(blank=True), ledger, sessions()) == dict.fromkeys(NAMES, "delivered")
