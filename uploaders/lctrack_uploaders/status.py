"""`--status`: what the ledger knows of each target, for a person or a health check. Contacts nothing."""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from lctrack_uploaders.ledger import Ledger, Round
from lctrack_uploaders.report import printable
from lctrack_uploaders.selection import is_being_recorded
from lctrack_uploaders.units import Unit, units

HEALTHY, UNHEALTHY, PARTLY = 0, 1, 3
_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Health:
    """How it stands with one target. Times are ISO 8601 in UTC."""

    target: str
    kind: str
    address: str
    last_try: str
    last_success: str | None
    """When everything that there was had been delivered."""
    trouble: str | None
    """Why the last try did not deliver everything."""
    delivered: int
    waiting: int
    """Sessions that are new or have grown since."""
    recording: int
    """Sessions that still go on."""
    given_up: tuple[dict[str, str], ...]
    """Sessions that are not tried again until they change or `--retry-failed` is said, each with the reason."""
    healthy: bool


def tell(options: argparse.Namespace, ledger: Ledger, load: Callable[[Any], Any]) -> int:
    """Print how it stands with the targets.

    Args:
        options: The options of the command.
        ledger: The ledger.
        load: Reads the logs.

    Returns:
        Exit code: 0 all is well; 3 some of the targets are not well; 1 none is, or nothing was ever delivered.
    """
    with ledger:
        rounds = [one for one in ledger.rounds() if not options.to or {one.name, one.target} & set(options.to)]
        found = list(_health(rounds, ledger, list(units(load(options.logs))), options))
    for health in found:
        print(json.dumps(asdict(health)) if options.json else _text(health), flush=True)  # noqa: T201  # the result
    if not found:
        if not options.json:
            print("nothing has been delivered yet: lctrack-upload LOGS --to TARGET", flush=True)  # noqa: T201  # likewise
        return UNHEALTHY
    well = [health.healthy for health in found]
    return HEALTHY if all(well) else PARTLY if any(well) else UNHEALTHY


def _health(rounds: list[Round], ledger: Ledger, known: list[Unit], options: argparse.Namespace) -> Iterator[Health]:
    for last in rounds:
        delivered = ledger.delivered(last.target, last.address)
        missing = [unit for unit in known if unit.digest not in delivered.get(unit.session_id, ())]
        recording = [unit for unit in missing if is_being_recorded(unit, options.idle)]
        dead = [failure for failure in ledger.failures(last.target, last.address) if failure.terminal]
        ids = {failure.session_id for failure in dead}
        waiting = [unit for unit in missing if unit not in recording and unit.session_id not in ids]
        age = None if last.succeeded_at is None else (time.time_ns() - last.succeeded_at) / _SECOND
        old = options.max_age is not None and (age is None or age > options.max_age)
        yield Health(
            target=last.name,
            kind=last.target,
            address=last.address,
            last_try=_iso(last.tried_at),
            last_success=None if last.succeeded_at is None else _iso(last.succeeded_at),
            trouble=last.reason,
            delivered=len(known) - len(missing),
            waiting=len(waiting),
            recording=len(recording),
            given_up=tuple({"session_id": failure.session_id, "reason": failure.reason} for failure in dead),
            healthy=last.reason is None and not dead and not old,
        )


def _text(health: Health) -> str:
    counts = f"delivered: {health.delivered}, waiting: {health.waiting}, still being recorded: {health.recording}"
    lines = [
        f"{health.target} ({health.address}): {'well' if health.healthy else 'NOT WELL'}",
        f"  last success: {health.last_success or 'never'}",
        f"  last try:     {health.last_try}" + (f", {health.trouble}" if health.trouble else ""),
        f"  {counts}, given up: {len(health.given_up)}",
        *(f"  given up: {failure['session_id']}: {failure['reason']}" for failure in health.given_up),
    ]
    return "\n".join(map(printable, lines))


def _iso(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds // _SECOND, UTC).isoformat().replace("+00:00", "Z")
