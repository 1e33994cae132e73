"""The steps in which a session reaches MLflow."""

from collections.abc import Iterator

from lctrack_uploaders import attachments
from lctrack_uploaders.contract import Step
from lctrack_uploaders.targets.mlflow import feedback, runs, tables
from lctrack_uploaders.targets.mlflow.batches import batches
from lctrack_uploaders.targets.mlflow.recipe import recipe
from lctrack_uploaders.units import DRAWN, Unit, digest

RUN, METRICS, INDEX, PAGE, STATES, END = "run", "metrics", "table list", "chat_html", "trace states", "end"
MODEL, FEEDBACK, PICTURES, LOGGED_MODEL = "model", "feedback", "pictures", "logged model"
TABLES, TRACES, SEGMENTS = "tables", "traces", "segments"
"""Beginning of the steps of which there are several, before a slash."""


def steps(unit: Unit, *, log_models: bool = False) -> Iterator[Step]:
    """Name the steps of a session, in their order.

    Args:
        unit: The session.
        log_models: Whether its source is to be made into a model, which comes late: it takes long, and may fail.

    Yields:
        The steps.
    """
    params, tags = runs.params(unit), runs.tags(unit)
    yield Step(RUN, digest(params, tags), f"{len(params)} parameters, {len(tags)} tags")
    yield Step(METRICS, digest(unit.metrics), f"{len(unit.metrics)} points")
    for name, frame in unit.tables.items():
        yield Step(f"{TABLES}/{name}", unit.digest_of(name), _counted(frame.height, "row"), name)
    yield Step(INDEX, digest(list(unit.tables)), "names of the tables")
    if tables.PAGE_OF in unit.tables:
        yield Step(PAGE, unit.digest_of(tables.PAGE_OF), "page of prompts and answers")
    if unit.pictures:
        count = _counted(len(unit.pictures), "picture")
        yield Step(PICTURES, unit.digest_of(DRAWN), count, tuple(unit.pictures.values()))
    if (model := attachments.model(unit)) is not None:
        yield Step(MODEL, digest(model), attachments.MODEL, model)
    for file, size in attachments.sizes(unit).items():
        yield Step(f"{SEGMENTS}/{file.name}", digest(size), f"{size} bytes", file)
    portions = list(batches(unit))
    for number, batch in enumerate(portions, 1):
        spans = sum(len(trace.spans) for trace in batch.traces)
        told = f"{_counted(len(batch.traces), 'trace')}, {_counted(spans, 'span')}"
        yield Step(f"{TRACES}/{number}", batch.digest, told, batch.traces)
    if portions:
        yield Step(STATES, digest([batch.digest for batch in portions]), "states of the traces")
    if scores := feedback.rows(unit):
        yield Step(FEEDBACK, unit.digest_of("scores"), _counted(len(scores), "score"))
    if log_models:
        found = recipe(unit)
        yield Step(LOGGED_MODEL, found.digest if found else "", found.file if found else "no source recorded", found)
    # Last, so that a run with an end is a run that is complete.
    status, end = runs.ending(unit)
    yield Step(END, digest(status, end), status)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
