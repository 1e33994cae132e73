"""The rules of delivery, on a target that does as it is told."""

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from lctrack_uploaders import (
    LostError,
    MissingExtraError,
    RefusedError,
    TerminalError,
    TransientError,
    UnreachableError,
    UploadError,
)
from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.delivery import Outcome, Rules, deliver
from lctrack_uploaders.ledger import Ledger
from lctrack_uploaders.patience import Patience, Stop
from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import FrameLogs, session

NAMES = ("a", "b", "c")
AT_ONCE = Patience(retries=0)


@dataclass
class Dummy(Target):
    """Acknowledges every step, but raises where it was told to."""

    raises: dict[str, UploadError] = field(default_factory=dict)
    blank: bool = False
    times: int = 1_000
    seen: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    verifies: bool = True
    remote: str = "run"
    jobs: int = 1

    @property
    def address(self) -> str:
        return "dummy://here"

    def place(self, unit: Unit) -> str:
        return unit.labels.get("project", "none")

    def is_blank(self) -> bool:
        return self.blank

    def plan(self, unit: Unit) -> list[Step]:
        return [Step("labels", unit.labels.get("entity", ""), "labels"), Step("notes", unit.notes or "", "notes")]

    def open(self, unit: Unit) -> Delivery:
        self.seen.append(unit.name)
        if unit.name in self.raises and self.times:
            self.times -= 1
            raise self.raises[unit.name]
        return Writing(self, unit)

    def check(self) -> str:
        return "here"


@dataclass
class Writing(Delivery):
    target: Dummy
    unit: Unit

    @property
    def remote_id(self) -> str:
        return f"{self.target.remote}-{self.unit.name}"

    def verify(self) -> None:
        self.target.verified.append(self.unit.name)

    def do(self, step: Step) -> None:
        name = f"{self.unit.name}/{step.name}"
        if name in self.target.raises and self.target.times:
            self.target.times -= 1
            raise self.target.raises[name]
        self.target.done.append(name)


def sessions(**changes: str) -> FrameLogs:
    rows = [session(session_id=name, name=name, start_time=number, notes=changes.get(name))
            for number, name in enumerate(NAMES)]  # fmt: skip
    return FrameLogs({"sessions": rows})


def run(target: Dummy, ledger: Ledger, logs: FrameLogs, **rules: Any) -> dict[str, str]:
    return {outcome.name: outcome.state for outcome in outcomes(target, ledger, logs, **rules)}


def outcomes(target: Dummy, ledger: Ledger, logs: FrameLogs, stop: Stop | None = None, **rules: Any) -> list[Outcome]:
    told: list[Outcome] = []
    how = Rules(**{"patience": AT_ONCE, **rules})
    found = deliver(units(logs), target, "dummy", ledger, how, progress=told.append, stop=stop)
    assert sorted(told, key=lambda outcome: outcome.name) == found
    return found


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


def test_a_step_that_was_acknowledged_is_not_done_again() -> None:
    with Ledger() as ledger:
        run(Dummy({"b/notes": TransientError("not now")}), ledger, sessions())
        target = Dummy()

        run(target, ledger, sessions())

    assert target.done == ["b/notes"]


def test_a_run_that_was_deleted_at_the_destination_gets_every_step_again() -> None:
    with Ledger() as ledger:
        run(Dummy(), ledger, sessions())
        target = Dummy(remote="another")

        run(target, ledger, sessions(b="grown"))

    assert target.done == ["b/labels", "b/notes"]


def test_what_was_acknowledged_and_is_not_there_is_sent_again() -> None:
    with Ledger() as ledger:
        run(Dummy({"b/notes": TransientError("not now")}), ledger, sessions())
        target = Dummy({"b/notes": LostError("the labels are gone")}, times=1)

        states = run(target, ledger, sessions())

    assert (target.done, states["b"]) == (["b/labels", "b/notes"], "delivered")


def test_what_may_pass_is_tried_again() -> None:
    target = Dummy({"a/notes": TransientError("not now")}, times=2)
    with Ledger() as ledger:
        states = run(target, ledger, sessions(), patience=Patience(retries=2, first=0))

    assert states == dict.fromkeys(NAMES, "delivered")


@pytest.mark.parametrize("error", [TerminalError("no"), RefusedError("wrong password")])
def test_what_cannot_pass_is_tried_once(error: UploadError) -> None:
    target = Dummy({"a": error})
    with Ledger() as ledger:
        run(target, ledger, sessions(), patience=Patience(retries=5, first=0))

    assert target.seen.count("a") == 1


def test_what_failed_for_good_is_given_up_until_it_changes_or_is_asked_for() -> None:
    with Ledger() as ledger:
        run(Dummy({"b": TerminalError("no")}), ledger, sessions())

        target = Dummy()
        (given_up,) = (outcome for outcome in outcomes(target, ledger, sessions()) if outcome.state == "failed")
        assert (given_up.name, given_up.given_up, given_up.message, target.seen) == ("b", True, "no", [])
        assert run(Dummy(), ledger, sessions(b="grown"), dry_run=True)["b"] == "pending"
        assert run(Dummy(), ledger, sessions(), retry_failed=True)["b"] == "delivered"
        assert ledger.failures("dummy", "dummy://here") == []


def test_a_destination_that_fails_session_after_session_is_left_alone() -> None:
    names = "abcdef"
    rows = [session(session_id=name, name=name, start_time=number) for number, name in enumerate(names)]
    target = Dummy({name: TransientError("busy") for name in names})
    with Ledger() as ledger:
        states = run(target, ledger, FrameLogs({"sessions": rows}))

    assert (target.seen, set(states.values())) == (["a", "b", "c"], {"failed"})


def test_an_open_session_is_left_until_it_was_idle() -> None:
    now = time.time_ns()
    rows = [session(status="open", name="a", start_time=now - 100 * 10**9, end_time=now - 60 * 10**9)]
    logs = FrameLogs({"sessions": rows})
    with Ledger() as ledger:
        assert run(Dummy(), ledger, logs, idle=90.0) == {"a": "recording"}
        assert run(Dummy(), ledger, logs, idle=30.0) == {"a": "delivered"}


def test_no_more_than_the_limit_are_delivered() -> None:
    with Ledger() as ledger:
        assert run(Dummy(), ledger, sessions(), limit=2) == {"a": "delivered", "b": "delivered", "c": "left"}
        assert run(Dummy(), ledger, sessions(), limit=2) == {"a": "unchanged", "b": "unchanged", "c": "delivered"}


def test_whoever_asks_for_the_end_waits_for_one_step_only() -> None:
    stop = Stop()
    target = Dummy()

    class Asking(Writing):
        def do(self, step: Step) -> None:
            super().do(step)
            stop.ask()

    target.open = partial(Asking, target)  # type: ignore[method-assign]  # which asks when it has done a step
    with Ledger() as ledger:
        states = run(target, ledger, sessions(), stop=stop)

    assert (target.done, states) == (["a/labels"], dict.fromkeys(NAMES, "left"))


def test_a_pause_between_attempts_ends_when_somebody_asks_for_the_end() -> None:
    stop = Stop()
    threading.Timer(0.05, stop.ask).start()
    target = Dummy({"a": TransientError("not now")})
    with Ledger() as ledger:
        states = run(target, ledger, sessions(), stop=stop, patience=Patience(retries=1, first=60, longest=60))

    assert states == dict.fromkeys(NAMES, "left")


def test_several_at_once_come_to_the_same_as_one_after_another() -> None:
    rows = [session(session_id=f"s{n:02}", name=f"s{n:02}", start_time=n) for n in range(20)]
    logs = FrameLogs({"sessions": rows})
    with Ledger() as one, Ledger() as other:
        serial, parallel = Dummy(), Dummy(jobs=5)

        assert outcomes(serial, one, logs) == outcomes(parallel, other, logs)

    assert sorted(serial.done) == sorted(parallel.done)
    assert len(serial.done) == 40


@pytest.mark.parametrize(
    "before", [Dummy(), Dummy({"b/notes": TransientError("not now")})], ids=["whole", "broken off"]
)
def test_a_dry_run_names_exactly_the_steps_that_are_then_done(before: Dummy) -> None:
    with Ledger() as ledger:
        run(before, ledger, sessions())
        grown = sessions(b="grown")
        foreseen = outcomes(Dummy(), ledger, grown, dry_run=True)
        target = Dummy()
        run(target, ledger, grown)

    named = [f"{outcome.name}/{step.partition(':')[0]}" for outcome in foreseen for step in outcome.steps]
    assert named == target.done == ["b/notes"]


def test_no_reason_is_noted_with_the_secret_in_it() -> None:
    with Ledger() as ledger:
        found = outcomes(
            Dummy({"a": TerminalError("canary says no")}), ledger, sessions(),
            redact=lambda text: text.replace("canary", "***"),
        )  # fmt: skip

        assert found[0].message == ledger.failures("dummy", "dummy://here")[0].reason == "*** says no"


@pytest.mark.parametrize(
    ("cheap", "wanted", "expected"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
def test_what_was_sent_is_read_back_where_that_is_cheap_unless_the_user_says_otherwise(
    cheap: bool, wanted: bool | None, expected: bool
) -> None:
    target = Dummy(verifies=cheap)
    with Ledger() as ledger:
        run(target, ledger, sessions(), verify=wanted)

    assert target.verified == (list(NAMES) if expected else [])
