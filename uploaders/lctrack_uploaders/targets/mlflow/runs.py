"""A session's run: found again by its tag or made, then brought to what the log says.

Everything here may be done again and changes nothing the second time. What MLflow does not allow to change, a
parameter's value and a run's start, stays as first delivered.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from lctrack_uploaders import __version__
from lctrack_uploaders.errors import LostError, TerminalError
from lctrack_uploaders.metrics import MetricPoint
from lctrack_uploaders.targets.mlflow import names, tables
from lctrack_uploaders.targets.mlflow.configuration import DEFAULT_EXPERIMENT, Configuration
from lctrack_uploaders.units import Unit

SESSION_TAG = "lctrack.session"
"""Tag by which a session's run is found again."""


def experiment_name(unit: Unit, configuration: Configuration) -> str:
    """Give the name of the experiment that a session goes to.

    Args:
        unit: The session.
        configuration: Where to.

    Returns:
        What the user said, else the session's project, else `lctrack`.
    """
    return names.cut(configuration.experiment or unit.labels.get("project") or DEFAULT_EXPERIMENT, names.MAX_NAME)


def experiment_id(client: Any, name: str, configuration: Configuration) -> tuple[str, bool]:
    """Find or make an experiment.

    Args:
        client: MLflow's client.
        name: The experiment's name.
        configuration: Where to; in a SQLite store, artifacts go to a directory beside the database.

    Returns:
        Its id, and whether it was made just now.

    Raises:
        TerminalError: If it was deleted.
    """
    found = client.get_experiment_by_name(name)
    if found is None:
        # Without a location of its own, an experiment in a SQLite store puts artifacts where the command was started.
        location = configuration.artifacts and configuration.artifacts.as_uri()
        return str(client.create_experiment(name, artifact_location=location)), True
    if found.lifecycle_stage != "active":
        raise TerminalError(
            f"The MLflow experiment {name!r} is deleted: restore it (mlflow experiments restore --experiment-id "
            f"{found.experiment_id}), or name another with --experiment."
        )
    return str(found.experiment_id), False


def find(client: Any, experiment: str, unit: Unit) -> Any | None:
    """Find the run of a session.

    Args:
        client: MLflow's client.
        experiment: Experiment id.
        unit: The session.

    Returns:
        The run, or None.
    """
    found = _all(client, experiment, unit)
    return found[0] if found else None


def create(client: Any, experiment: str, unit: Unit) -> Any:
    """Make the run of a session, with the tag by which it is found again, and all others.

    Args:
        client: MLflow's client.
        experiment: Experiment id.
        unit: The session.

    Returns:
        The run.
    """
    given = {SESSION_TAG: names.session_key(unit.session_id), **tags(unit), tables.TAG: tables.index(unit)}
    name = names.cut(unit.name, names.MAX_NAME)
    return client.create_run(experiment, start_time=unit.start // 1_000_000, tags=given, run_name=name)


def write(client: Any, run: Any, unit: Unit, *, with_metrics: bool = False) -> None:
    """Write the parameters and tags that the run does not have.

    Args:
        client: MLflow's client.
        run: The run as it was found.
        unit: The session.
        with_metrics: Do what `write_metrics` does in the same request.
    """
    from mlflow.entities import Param, RunTag  # noqa: PLC0415  # needs the environment set, see connection

    missing = [Param(key, value) for key, value in params(unit).items() if key not in run.data.params]
    other = [RunTag(key, value) for key, value in tags(unit).items() if run.data.tags.get(key) != value]
    # The client cuts this into requests of 100 parameters and tags, and 1,000 of all.
    client.log_batch(run.info.run_id, _missing_metrics(client, run, unit) if with_metrics else (), missing, other)


def write_metrics(client: Any, run: Any, unit: Unit) -> None:
    """Write the metric points that the run does not have.

    Args:
        client: MLflow's client.
        run: The run as it was found.
        unit: The session.
    """
    client.log_batch(run.info.run_id, _missing_metrics(client, run, unit))


def _missing_metrics(client: Any, run: Any, unit: Unit) -> list[Any]:
    from mlflow.entities import Metric  # noqa: PLC0415  # needs the environment set, see connection

    points = [point._replace(key=names.key(point.key)) for point in unit.metrics]
    return [Metric(*point) for point in _unknown(client, run, points)]


def ending(unit: Unit) -> tuple[str, int | None]:
    """Give the status and the end of a session's run.

    Args:
        unit: The session; while it is open, the run is `RUNNING` and has no end.

    Returns:
        Both, the end in Unix milliseconds.
    """
    if unit.is_open:
        return "RUNNING", None
    return "FAILED" if unit.failed else "FINISHED", unit.end // 1_000_000


def finish(client: Any, run_id: str, unit: Unit) -> None:
    """Give the run its status and end.

    Args:
        client: MLflow's client.
        run_id: The run.
        unit: The session.
    """
    status, end = ending(unit)
    if end is None:
        client.update_run(run_id, status)
    else:
        client.set_terminated(run_id, status, end)


def verify(client: Any, experiment: str, run_id: str, unit: Unit) -> None:
    """Read the run back, and delete twins.

    A request to make a run that was answered too late was made again, and both may have made one.

    Args:
        client: MLflow's client.
        experiment: Experiment id.
        run_id: The run.
        unit: The session.

    Raises:
        LostError: If the run does not read back as it was written.
    """
    found = {run.info.run_id: run for run in _all(client, experiment, unit)}
    run = found.pop(run_id, None)
    metrics = {names.key(point.key) for point in unit.metrics}
    if (
        run is None
        or (run.info.status, run.info.end_time) != ending(unit)
        or not metrics <= run.data.metrics.keys()
        or not params(unit).keys() <= run.data.params.keys()
    ):
        raise LostError(f"MLflow's run {run_id} does not read back as it was written: try again.")
    for twin in found:
        client.delete_run(twin)


def params(unit: Unit) -> dict[str, str]:
    """Give the parameters of a session's run, under names and with values that MLflow takes."""
    values = {**unit.labels, **unit.params}
    return {names.key(key): names.cut(_text(value), names.MAX_PARAM) for key, value in values.items()}


def tags(unit: Unit) -> dict[str, str]:
    """Give the tags of a session's run but the one by which it is found, likewise."""
    found = {
        **{f"lctrack.{label}": value for label, value in unit.labels.items()},
        "lctrack.tags": json.dumps(unit.tags, ensure_ascii=False) if unit.tags else "",
        "lctrack.models": ", ".join(unit.models),
        "lctrack.host": unit.host or "",
        "lctrack.status": "open" if unit.is_open else "ended",
        "lctrack.uploader": __version__,
        "mlflow.note.content": unit.notes or "",
    }
    return {key: names.cut(value, names.MAX_TAG) for key, value in found.items() if value}


def _all(client: Any, experiment: str, unit: Unit) -> list[Any]:
    """Find the runs that have the session's tag, always in the same order; there should be one at most."""
    query = f"tags.`{SESSION_TAG}` = '{names.session_key(unit.session_id)}'"
    return sorted(client.search_runs([experiment], query), key=lambda run: str(run.info.run_id))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _unknown(client: Any, run: Any, points: Sequence[MetricPoint]) -> list[MetricPoint]:
    """Leave out the points that the run has.

    MLflow drops a point that it has with the same step. But a call that comes to light later (the log of another
    process arrived) moves the steps of those after it, and they would be there twice.
    """
    series = {point.key for point in points if "/" in point.key} & run.data.metrics.keys()
    history = {key: client.get_metric_history(run.info.run_id, key) for key in series}
    known = Counter((key, point.timestamp, point.value) for key, points in history.items() for point in points)
    found = []
    for point in points:
        seen = (point.key, point.time, point.value)
        if known[seen]:
            known[seen] -= 1
        else:
            found.append(point)
    return found
