"""The steps in which a session reaches LangSmith: its traces in portions, then its scores."""

from collections.abc import Iterator

from lctrack_uploaders.contract import Step
from lctrack_uploaders.targets.langsmith import runs
from lctrack_uploaders.targets.mlflow.batches import batches
from lctrack_uploaders.units import Unit, digest

TRACES, FEEDBACK = "traces", "feedback"


def steps(unit: Unit) -> Iterator[Step]:
    """Name the steps of a session, in their order.

    Args:
        unit: The session.

    Yields:
        The steps; the content is what LangSmith's API takes.
    """
    for number, batch in enumerate(batches(unit), 1):
        content = [run for trace in batch.traces for run in runs.of_trace(trace, unit)]
        told = f"{_counted(len(batch.traces), 'trace')}, {_counted(len(content), 'run')}"
        yield Step(f"{TRACES}/{number}", digest(content), told, content)
    if found := runs.scores(unit):
        yield Step(FEEDBACK, digest(found), _counted(len(found), "score"), found)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
