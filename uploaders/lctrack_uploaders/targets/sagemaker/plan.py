"""The steps in which a session reaches SageMaker."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from lctrack_uploaders.contract import Step
from lctrack_uploaders.targets.sagemaker import names, objects, parameters, records, session
from lctrack_uploaders.targets.sagemaker.objects import Object
from lctrack_uploaders.units import DRAWN, Unit, digest

RUN, METRICS, END = "run", "metrics", "end"


def steps(unit: Unit) -> Iterator[Step]:
    """Name the steps of a session, in their order.

    Args:
        unit: The session.

    Yields:
        The steps; the content of most is the objects that they put into the bucket.
    """
    accepted = parameters.accepted(unit)
    yield Step(RUN, digest(accepted, unit.name, unit.start), f"{len(accepted)} parameters")
    sent = list(_objects(unit))
    yield from sent
    everything = [item for step in sent for item in step.content]
    index = objects.index(everything)
    yield Step("index", digest(index.read().decode()), f"{len(everything)} names", (index,))
    yield Step(METRICS, digest(unit.metrics), f"{len(unit.metrics)} points")
    inputs = [item for item in everything if item.name.startswith("segments/")]
    outputs = _registered(index, [item for item in everything if item not in inputs])
    # Last, so that a run with an end is a run that is complete.
    status = session.ending(unit)
    told = digest(status, unit.end, [item.name for item in (*inputs, *outputs)])
    yield Step(END, told, status, (inputs[: names.MAX_ARTIFACTS], outputs))


def artifacts(items: Sequence[Object], address: str) -> dict[str, Mapping[str, Any]]:
    """Give objects as the service registers them.

    Args:
        items: The objects.
        address: Where they are: `s3://bucket/prefix/run`.

    Returns:
        Address and kind of each by its name.
    """
    return {
        names.key(item.title, names.MAX_ARTIFACT): {"MediaType": item.media, "Value": f"{address}/{item.name}"}
        for item in items
    }


def _objects(unit: Unit) -> Iterator[Step]:
    found = tuple(objects.documents(unit))
    yield Step("documents", digest([item.read().decode() for item in found]), _told(found), found)
    for name, frame in unit.tables.items():
        both = objects.table(name, frame)
        yield Step(f"tables/{name}", unit.digest_of(name), f"{frame.height} rows, as Parquet and CSV", both)
    for number, (told, part) in enumerate(records.portions(unit), 1):
        yield Step(f"records/{number}", told, _told(part), part)
    if drawn := tuple(objects.pictures(unit)):
        yield Step("pictures", unit.digest_of(DRAWN), _told(drawn), drawn)
    for item, size in objects.segments(unit):
        yield Step(item.name, digest(size), f"{size} bytes", (item,))


def _registered(index: Object, items: Sequence[Object]) -> list[Object]:
    """Choose those that the run's page shows: as many as may be, those that hold the most first."""
    tables = [item for item in items if item.media == objects.PARQUET]
    rest = [item for item in items if item.media not in (objects.PARQUET, objects.CSV)]
    return list(chain([index], tables, rest))[: names.MAX_ARTIFACTS]


def _told(found: Sequence[Object]) -> str:
    return f"{len(found)} object{'' if len(found) == 1 else 's'}"
