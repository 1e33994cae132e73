"""The steps in which a session reaches W&B."""

from collections.abc import Iterator

from lctrack_uploaders import attachments
from lctrack_uploaders.contract import Step
from lctrack_uploaders.targets.wandb import tables
from lctrack_uploaders.units import DRAWN, TABLES, Unit, digest

LOG, TABLE_FILES, MODEL, RUN = "log", "tables", "model", "run"
RELEASE = "release"


def steps(unit: Unit) -> Iterator[Step]:
    """Name the steps of a session, in their order.

    Args:
        unit: The session.

    Yields:
        The steps. The artifacts come first, so that a run that has ended is a run that is complete.
    """
    yield Step(TABLE_FILES, unit.digest_of(*TABLES), _told(len(unit.tables), "table"))
    if sizes := attachments.sizes(unit):
        told = digest([(file.name, size) for file, size in sizes.items()])
        yield Step(LOG, told, _told(len(sizes), "file"), tuple(sizes))
    if (model := attachments.model(unit)) is not None:
        yield Step(MODEL, digest(model), f"{len(model.encode())} bytes", model)
    shown = [name for name in tables.SHOWN if name in unit.tables]
    about = f"{_told(unit.trace_count, 'trace')}, {_told(len(unit.metrics), 'point')}, {_told(len(shown), 'table')}"
    yield Step(RUN, unit.digest_of(*TABLES, DRAWN), about)


def offline(unit: Unit) -> Iterator[Step]:
    """Name the steps in which a session becomes a directory: it is made whole, then put into its place.

    Args:
        unit: The session.

    Yields:
        The steps; the content of the first is the steps of an online delivery.
    """
    inner = tuple(steps(unit))
    whole = digest([(step.name, step.digest) for step in inner])
    told = "; ".join(f"{step.name}: {step.summary}" for step in inner)
    yield Step(RUN, whole, told, inner)
    yield Step(RELEASE, whole, "a run directory", whole)


def _told(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
