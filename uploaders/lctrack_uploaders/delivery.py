"""Delivering sessions: what is new goes to the target, what it acknowledged is left alone.

One session's failure is its own: the others are still delivered, and a later run takes up what is missing. Where the
destination itself is down, there is no sense in trying the rest.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from lctrack_uploaders import crew
from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import LostError, OmittedError, TerminalError, TransientError, UnreachableError
from lctrack_uploaders.ledger import Destination, Entry, Failure, Ledger
from lctrack_uploaders.patience import Breaker, Patience, Stop, StoppedError
from lctrack_uploaders.selection import is_being_recorded
from lctrack_uploaders.units import Unit, digest

State = Literal["delivered", "unchanged", "pending", "recording", "left", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session."""

    session_id: str
    name: str
    place: str
    state: State
    """`pending`: it would be delivered, were this not a dry run; `recording`: it is not, because it still goes on;
    `left`: its turn did not come."""
    traces: int
    remote_id: str | None = None
    message: str | None = None
    """Why it failed, as a sentence."""
    unreachable: bool = False
    """Whether it failed because of the destination, as all others then do."""
    given_up: bool = False
    """Whether it failed for good in an earlier run, and was not tried again."""
    remarks: tuple[str, ...] = ()
    """What could not be had of it, although the rest was delivered, as sentences."""
    steps: tuple[str, ...] = ()
    """What was sent, or in a dry run would be: the steps with what is in them."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How to deliver."""

    dry_run: bool = False
    """Contact nothing and change nothing; only tell what would be delivered."""
    verify: bool | None = None
    """Whether to read back; None is the target's own choice."""
    retry_failed: bool = False
    """Try again what failed for good."""
    idle: float = 900.0
    """Seconds without an event after which an open session is not waited for any more."""
    limit: int | None = None
    """The most sessions to deliver."""
    jobs: int = 4
    """The most sessions at the same time."""
    patience: Patience = field(default_factory=Patience)
    redact: Callable[[str], str] = str
    """Clears a message of credentials."""


def deliver(
    units: Iterable[Unit],
    target: Target,
    kind: str,
    ledger: Ledger,
    rules: Rules | None = None,
    *,
    progress: Callable[[Outcome], None],
    stop: Stop | None = None,
) -> list[Outcome]:
    """Deliver what the destination does not have yet.

    Args:
        units: The sessions.
        target: Where to.
        kind: What kind of target it is, which with its address is the ledger's key.
        ledger: What was delivered before; it learns what is delivered now.
        rules: How.
        progress: Called with each outcome as it is known, in this thread.
        stop: Ends the delivery after the steps that are being done.

    Returns:
        The outcome of every session, in the order of the units.

    Raises:
        UploadError: If it is neither the session nor the destination that is wrong.
    """
    courier = _Courier(target, kind, ledger, rules or Rules(), stop or Stop())
    if target.is_blank() and not courier.rules.dry_run:
        ledger.forget(kind, target.address)
    jobs = 1 if courier.rules.dry_run else min(courier.rules.jobs, target.jobs)
    return crew.work(courier.tasks(units), jobs, progress)


class _Courier:
    """Decides what becomes of each session, and sees to it."""

    def __init__(self, target: Target, kind: str, ledger: Ledger, rules: Rules, stop: Stop) -> None:
        self.rules = rules
        self._target = target
        self._kind = kind
        self._ledger = ledger
        self._stop = stop
        self._breaker = Breaker()
        self._blank = target.is_blank()
        self._chosen = 0

    def tasks(self, units: Iterable[Unit]) -> Iterable[Callable[[], Outcome]]:
        """Give what is to be done, one session at a time; the decisions that need no contact are made here."""
        for unit in units:
            destination = Destination(self._kind, self._target.address, self._target.place(unit))
            outcome = self._settled(unit, destination)
            if outcome is not None:
                yield partial(_same, outcome)
                continue
            self._chosen += 1
            yield partial(self._foresee if self.rules.dry_run else self._deliver, unit, destination)

    def _settled(self, unit: Unit, destination: Destination) -> Outcome | None:
        """Give the outcome of a session that is not to be delivered now."""
        told = partial(self._outcome, unit, destination)
        known = None if self._blank and self.rules.dry_run else self._ledger.get(destination, unit.session_id)
        failure = self._ledger.failure(destination, unit.session_id)
        if known and known.digest == unit.digest and self._has_all(known) and not (failure and self.rules.retry_failed):
            return told("unchanged", remote_id=known.remote_id)
        if is_being_recorded(unit, self.rules.idle):
            return told("recording")
        if failure and failure.terminal and failure.digest == self._content(unit) and not self.rules.retry_failed:
            return told("failed", message=failure.reason, given_up=True)
        if self._stop.asked or self._chosen == self.rules.limit:
            return told("left")
        return None

    def _foresee(self, unit: Unit, destination: Destination) -> Outcome:
        known = None if self._blank else self._ledger.get(destination, unit.session_id)
        remote_id = known.remote_id if known else None
        done = {} if self._blank else self._ledger.steps(destination, unit.session_id, remote_id)
        try:
            steps = self._missing(self._target.plan(unit), done)
        except TerminalError as error:
            return self._outcome(unit, destination, "failed", message=self.rules.redact(str(error)))
        return self._outcome(unit, destination, "pending", remote_id=remote_id, steps=_told(steps))

    def _deliver(self, unit: Unit, destination: Destination) -> Outcome:
        told = partial(self._outcome, unit, destination)
        if self._breaker.reason is not None:
            return told("failed", message=self.rules.redact(str(self._breaker.reason)), unreachable=True)
        try:
            try:
                outcome = self._send(unit, destination)
            except LostError:
                self._ledger.forget_steps(destination, unit.session_id)
                outcome = self._send(unit, destination)
        except StoppedError:
            return told("left")
        except (TerminalError, TransientError) as error:
            reason = self.rules.redact(str(error))
            terminal = isinstance(error, TerminalError)
            if isinstance(error, TransientError):
                self._breaker.failed(error)
            else:
                self._breaker.succeeded()
            if not isinstance(error, UnreachableError):
                failure = Failure(unit.session_id, destination.place, self._content(unit), terminal, reason)
                self._ledger.put_failure(destination, failure)
            down = isinstance(error, UnreachableError) or self._breaker.reason is error
            return told("failed", message=reason, unreachable=down)
        self._breaker.succeeded()
        return outcome

    def _send(self, unit: Unit, destination: Destination) -> Outcome:
        """Do the steps that the destination has not acknowledged."""
        steps = self._target.plan(unit)
        opened: list[Delivery] = []
        self._attempt(lambda: opened.append(self._target.open(unit)))
        with closing(opened[0]) as delivery:
            remote_id = delivery.remote_id
            missing = self._missing(steps, self._ledger.steps(destination, unit.session_id, remote_id))
            omitted: list[OmittedError] = []
            done: list[Step] = []
            for step in missing:
                try:
                    self._attempt(partial(delivery.do, step))
                    done.append(step)
                except OmittedError as error:
                    omitted.append(error)
                    if error.again:
                        continue
                self._ledger.put_step(destination, unit.session_id, remote_id, step.name, self._mark(step))
            if self._target.verifies if self.rules.verify is None else self.rules.verify:
                self._attempt(delivery.verify)
        self._ledger.put(destination, unit.session_id, Entry(unit.digest, remote_id, self._version()))
        remarks = tuple(self.rules.redact(str(error)) for error in omitted)
        if again := [remark for remark, error in zip(remarks, omitted, strict=True) if error.again]:
            # Not the digest of what was given up as a whole: should it have to be delivered anew, it is.
            part = digest(OmittedError.__name__, self._content(unit))
            failure = Failure(unit.session_id, destination.place, part, terminal=True, reason=" ".join(again))
            self._ledger.put_failure(destination, failure)
        return self._outcome(unit, destination, "delivered", remote_id=remote_id, remarks=remarks, steps=_told(done))

    def _attempt(self, do: Callable[[], None]) -> None:
        self._stop.check()
        self.rules.patience.attempt(do, self._stop)

    def _missing(self, steps: Sequence[Step], done: Mapping[str, str]) -> list[Step]:
        return [step for step in steps if done.get(step.name) != self._mark(step)]

    def _version(self) -> str:
        return "+".join(filter(None, (self._target.mapping, self._target.extent)))

    def _has_all(self, known: Entry) -> bool:
        """Tell whether a session was delivered as it would be now, or with more of it."""
        mapping, _, extent = known.mapping.partition("+")
        return mapping == self._target.mapping and self._target.extent in ("", extent)

    def _mark(self, step: Step) -> str:
        return digest(self._target.mapping, step.digest)

    def _content(self, unit: Unit) -> str:
        return digest(self._target.mapping, unit.digest)

    def _outcome(  # what there is to say of a session
        self, unit: Unit, destination: Destination, state: State, **more: str | bool | tuple[str, ...] | None
    ) -> Outcome:
        return Outcome(unit.session_id, unit.name, destination.place, state, unit.trace_count, **more)  # type: ignore[arg-type]  # by name


def _same(outcome: Outcome) -> Outcome:
    return outcome


def _told(steps: Sequence[Step]) -> tuple[str, ...]:
    return tuple(f"{step.name}: {step.summary}" for step in steps)
