"""The steps in which a session reaches a back end that takes spans: a portion of its traces each.

What OTLP has no word for comes along as attributes of the root spans (the session's labels) and as events of the
spans they are about (scores).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lctrack_uploaders.attributes import Value, common
from lctrack_uploaders.contents import Contents
from lctrack_uploaders.contract import Step
from lctrack_uploaders.spans import Span
from lctrack_uploaders.targets.mlflow import feedback
from lctrack_uploaders.targets.mlflow.batches import Batch, batches
from lctrack_uploaders.targets.otlp.configuration import DEFAULT_SERVICE
from lctrack_uploaders.typing import Row
from lctrack_uploaders.units import Trace, Unit, digest

TRACES = "traces"
"""Beginning of the steps' names, before a slash."""
SCORE = "gen_ai.evaluation.result"
"""OpenTelemetry's name for the event that a run was judged."""
_SCORE = {
    "key": "gen_ai.evaluation.name",
    "value": "gen_ai.evaluation.score.value",
    "label": "gen_ai.evaluation.score.label",
    "comment": "gen_ai.evaluation.explanation",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a run at a time."""

    name: str
    time: int
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Told:
    """A span with all that is told of it."""

    span: Span
    attributes: Mapping[str, Value]
    events: tuple[Event, ...]


Content = tuple[tuple[Told, ...], ...]
"""What a step sends: the spans of each trace."""


def service(unit: Unit, given: Mapping[str, str]) -> str:
    """Give the name of the service that a session is shown as.

    Args:
        unit: The session.
        given: Attributes that are the same for all sessions.

    Returns:
        The given one, else the session's project.
    """
    return given.get("service.name") or unit.labels.get("project") or DEFAULT_SERVICE


def resource(unit: Unit, given: Mapping[str, str]) -> dict[str, Value]:
    """Give the attributes of what recorded a session.

    Args:
        unit: The session.
        given: Attributes that are the same for all sessions.

    Returns:
        Value by attribute name.
    """
    name = service(unit, given)
    host = {"host.name": unit.host} if unit.host else {}
    return {"openinference.project.name": name, **host, **given, "service.name": name}


def steps(unit: Unit, given: Mapping[str, str]) -> Iterator[Step]:
    """Name the steps of a session, in their order.

    Args:
        unit: The session.
        given: Attributes of its resource that are the same for all sessions.

    Yields:
        The steps, each with its `Content`.
    """
    teller = _Teller(unit)
    about = resource(unit, given)
    for number, batch in enumerate(batches(unit), 1):
        content = teller.content(batch)
        spans = sum(len(trace) for trace in content)
        told = [(each.attributes, [(event.time, event.attributes) for event in each.events]) for each in _flat(content)]
        # The spans' own digest comes along for their times and parents.
        mark = digest(batch.digest, about, told)
        yield Step(f"{TRACES}/{number}", mark, f"{_counted(len(content), 'trace')}, {_counted(spans, 'span')}", content)


class _Teller:
    """Gathers what there is to tell of the spans of a session."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._contents = Contents(unit)
        self._scores: dict[str, list[Row]] = {}
        for row in feedback.rows(unit):
            if row["time"] is not None:
                # One that names no run is about the whole trace.
                self._scores.setdefault(row["run_id"] or row["trace_id"], []).append(row)

    def content(self, batch: Batch) -> Content:
        return tuple(self._trace(trace) for trace in batch.traces)

    def _trace(self, trace: Trace) -> tuple[Told, ...]:
        return tuple(
            Told(
                span,
                {
                    **common(span, self._unit.session_id),
                    **(_labels(self._unit) if span.parent_id is None else {}),
                    **self._contents.attributes(span),
                },
                tuple(_score(row) for row in self._scores.get(span.run_id, ())),
            )
            for span in trace.spans
        )


def _labels(unit: Unit) -> dict[str, Value]:
    found: dict[str, Value] = {f"lctrack.session.{name}": text for name, text in unit.labels.items()}
    if unit.tags:
        found["lctrack.session.tags"] = unit.tags
    if unit.notes:
        found["lctrack.session.notes"] = unit.notes
    if unit.params:
        found["lctrack.session.params"] = json.dumps(unit.params, ensure_ascii=False)
    return found


def _score(row: Row) -> Event:
    found: dict[str, Any] = {name: row[column] for column, name in _SCORE.items() if row[column] is not None}
    return Event(SCORE, row["time"], found)


def _flat(content: Content) -> Iterator[Told]:
    return (each for trace in content for each in trace)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
