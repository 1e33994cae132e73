"""A session's metric points, in the batches and with the times that the service takes.

The service refuses a point that is older than two weeks or more than two hours ahead. Such a point is given the nearest
time that is taken; its step keeps the order, and `metrics.json` and the tables keep the true time. What "now" is, the
service says: the clock of this machine may be a year off. A time once given to a point stays the same when the point
is sent again, as long as the run is younger than two weeks: it is then the run's creation.

A metric whose count and last value are there already is not sent again.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lctrack_uploaders.errors import TerminalError, TransientError
from lctrack_uploaders.metrics import MetricPoint
from lctrack_uploaders.targets.sagemaker import explaining, names

BATCH = 10
"""Points in a request."""
OLDEST = 13 * 86_400
"""Seconds before now that are safe from the limit of two weeks."""
_HARMLESS = frozenset({"CONFLICT_ERROR", "METRIC_LIMIT_EXCEEDED"})
"""What is there already, and what is more than the service keeps: `metrics.json` has all."""
_LAST_WHOLE_STEP = 2**31 - 1


def send(clients: Any, name: str, described: Mapping[str, Any], points: Iterable[MetricPoint]) -> None:
    """Store points.

    Args:
        clients: The connection.
        name: Of the trial component.
        described: What SageMaker said of it when the delivery began.
        points: The points, those of a metric in the order of their steps.

    Raises:
        UploadError: If one was not taken.
    """
    created = described["CreationTime"].timestamp()
    now = explaining.now(described["ResponseMetadata"]) or created
    left = _left(described.get("Metrics", ()), points)
    data = [
        {
            "MetricName": names.key(point.key, names.MAX_METRIC),
            "Timestamp": _taken(point.time / 1000, created, now),
            "Step": min(point.step, _LAST_WHOLE_STEP),
            "Value": point.value,
        }
        for point in left
    ]
    for start in range(0, len(data), BATCH):
        answer = _put(clients, {"TrialComponentName": name, "MetricData": data[start : start + BATCH]})
        wrong = sorted({error["Code"] for error in answer.get("Errors") or ()} - _HARMLESS)
        if wrong:
            kind = TransientError if wrong == ["INTERNAL_ERROR"] else TerminalError
            raise kind(f"{clients.where} did not take metrics of {name}: {', '.join(wrong)}.")


def _put(clients: Any, batch: Mapping[str, Any]) -> Any:
    if clients.points.url is not None:
        body = json.dumps(batch).encode()
        answer = clients.points.send("PUT", clients.points.url, {"Content-Type": "application/json"}, body)
        try:
            found = json.loads(answer.content) if answer is not None else None
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
    return clients.metrics.batch_put_metrics(**batch)


def _taken(time: float, created: float, now: float) -> float:
    """Give the time that a point is stored with, in whole Unix seconds: that is what the service is sent."""
    if time > now:
        return int(max(created, now - OLDEST))
    return int(time if time > now - OLDEST else max(created, now - OLDEST))


def _left(there: Iterable[Mapping[str, Any]], points: Iterable[MetricPoint]) -> list[MetricPoint]:
    """Leave out the metrics that are there with as many points and the same last value."""
    series: dict[str, list[MetricPoint]] = {}
    for point in points:
        series.setdefault(point.key, []).append(point)
    known = {summary["MetricName"]: (summary.get("Count"), summary.get("Last")) for summary in there}
    return [
        point
        for key, found in series.items()
        if known.get(names.key(key, names.MAX_METRIC)) != (len(found), found[-1].value)
        for point in found
    ]
