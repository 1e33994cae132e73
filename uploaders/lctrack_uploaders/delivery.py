"""Delivering sessions: what is new goes to the target, what it acknowledged is left alone.

One session's failure is its own: the others are still delivered, and a later run takes up what is missing. Only
where the destination itself cannot be reached is there no sense in trying the rest.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from lctrack_uploaders.errors import TerminalError, TransientError, UnreachableError
from lctrack_uploaders.ledger import Destination, Entry, Ledger
from lctrack_uploaders.typing import Target
from lctrack_uploaders.units import Unit

State = Literal["delivered", "unchanged", "pending", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one session."""

    session_id: str
    name: str
    place: str
    state: State
    """`pending`: it would be delivered, were this not a dry run."""
    traces: int
    remote_id: str | None = None
    message: str | None = None
    """Why it failed, as a sentence."""
    unreachable: bool = False
    """Whether it failed because of the destination, as all others then do."""


def deliver(
    units: Iterable[Unit],
    target: Target,
    name: str,
    ledger: Ledger,
    *,
    dry_run: bool = False,
    progress: Callable[[Outcome], None],
) -> list[Outcome]:
    """Deliver what the destination does not have yet.

    Args:
        units: The sessions.
        target: Where to.
        name: The target's name.
        ledger: What was delivered before; it learns what is delivered now.
        dry_run: Contact nothing and change nothing; only tell what would be delivered.
        progress: Called with each outcome as it is known.

    Returns:
        The outcome of every session.

    Raises:
        UploadError: If it is neither the session nor the destination that is wrong.
    """
    if target.is_blank() and not dry_run:
        ledger.forget(name, target.address)
    outcomes = []
    unreachable: UnreachableError | None = None
    for unit in units:
        destination = Destination(name, target.address, target.place(unit))
        known = None if target.is_blank() and dry_run else ledger.get(destination, unit.session_id)
        state: State = "pending"
        remote_id, message = (known.remote_id if known else None), None
        if known and known.digest == unit.digest:
            state = "unchanged"
        elif unreachable:
            state, message = "failed", str(unreachable)
        elif not dry_run:
            try:
                remote_id = target.deliver(unit).remote_id
                ledger.put(destination, unit.session_id, Entry(unit.digest, remote_id))
                state = "delivered"
            except (TerminalError, TransientError) as error:
                state, message = "failed", str(error)
                unreachable = error if isinstance(error, UnreachableError) else None
        outcomes.append(
            Outcome(
                session_id=unit.session_id,
                name=unit.name,
                place=destination.place,
                state=state,
                traces=len(unit.traces),
                remote_id=remote_id,
                message=message,
                unreachable=state == "failed" and unreachable is not None,
            )
        )
        progress(outcomes[-1])
    return outcomes
