"""The arguments of other trackers' callback handlers, so that moving here is changing an import.

They are those of the handlers for W&B, ClearML, MLflow, SageMaker, Comet and Aim in langchain-community, and W&B's
tracer. `docs/migrating.md` has a row for each, and a test compares it with those handlers' signatures.

Nothing of a tracker is imported, nothing of what is given is kept alive, and no label is made up: a tracker's own
default, such as a project `langchain_callback_demo`, is not taken over.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypedDict

from lctrack._options import Options, refuse_unknown

__all__ = [
    "KEPT",
    "RENAMED",
    "WITHOUT_EFFECT",
    "FlushLabels",
    "HandlerOptions",
    "TrackerRun",
    "of_a_flush",
    "of_a_handler",
]

RENAMED: Final = {
    "experiment": "project",
    "experiment_name": "project",
    "project_name": "project",
    "task_name": "name",
    "task_type": "job_type",
    "workspace": "entity",
}
"""Labels that other trackers call something else."""

KEPT: Final = ("tracking_uri", "run_id", "artifacts_dir", "repo")
"""Where a tracker would have put the run: kept in the sessions' `params`, under `tracker`, for who uploads."""

WITHOUT_EFFECT: Final = frozenset(
    {
        "complexity_metrics",
        "custom_metrics",
        "io_serializer",
        "log_system_params",
        "stream_logs",
        "system_tracking_interval",
        "visualizations",
        "visualize",
    }
)
"""What analysis and uploaders do from the log, or what has no meaning without the tracker."""

_RUN_ARGS: Final = ("project", "name", "group", "entity", "job_type", "tags", "notes")
_CREDENTIALS = re.compile(r"(?<=//)[^/]*@|[?#].*")


class TrackerRun(Protocol):
    """The run object that SageMaker's handler takes."""

    experiment_name: str
    run_name: str


class _TrackerNames(TypedDict, total=False):
    """Names that both constructors and flushes of trackers have."""

    complexity_metrics: bool | None
    custom_metrics: Callable[..., Any] | None
    experiment_name: str | None
    log_system_params: bool
    project_name: str | None
    repo: str | None
    system_tracking_interval: int | None
    task_type: str | None
    visualizations: Sequence[str] | None
    visualize: bool | None
    workspace: str | None


class HandlerOptions(Options, _TrackerNames, total=False):
    """What `LogCallbackHandler` may be told: a recorder's options, and the trackers' names."""

    artifacts_dir: str
    experiment: str | None
    io_serializer: Callable[..., Any]
    run: TrackerRun | None
    run_args: Mapping[str, Any] | None
    run_id: str | None
    stream_logs: bool
    task_name: str | None
    tracking_uri: str | None


class FlushLabels(_TrackerNames, total=False):
    """What `flush_tracker` may be told of the sessions from the next one on."""

    project: str | None
    group: str | None
    entity: str | None
    job_type: str | None
    tags: Sequence[str] | Mapping[str, str] | None
    notes: str | None
    params: Mapping[str, Any] | None


def of_a_handler(log_dir: Any, given: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """Give a handler's arguments as those of a `Recorder`.

    Args:
        log_dir: The path of a directory, None, or what a tracker's handler has first: a SageMaker run, or the
            `run_args` of W&B's tracer.
        given: Options in this package's names and in the trackers'.

    Returns:
        The directory, and the options without those that have no effect.

    Raises:
        TypeError: There is no such option, two say different things about one label, or the directory is something
            else.
    """
    if log_dir is None or isinstance(log_dir, str | os.PathLike):
        return log_dir, _translated(given, HandlerOptions)
    if isinstance(log_dir, Mapping):
        return None, _translated({"run_args": log_dir, **given}, HandlerOptions)
    if hasattr(log_dir, "experiment_name"):
        return None, _translated({"run": log_dir, **given}, HandlerOptions)
    raise TypeError(
        f"log_dir is the path of a directory, not {type(log_dir).__name__}: give a tracker's own arguments by keyword"
    )


def of_a_flush(given: Mapping[str, Any], params: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give what `flush_tracker` is told as labels of a `Recorder`.

    Args:
        given: Labels in this package's names and in the trackers'.
        params: Parameters that the sessions have, where none are given.

    Returns:
        The labels; what has no effect is left out.

    Raises:
        TypeError: There is no such label, or two say different things about one.
    """
    return _translated(given, FlushLabels, params)


def _translated(given: Mapping[str, Any], known: type, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give options in this package's names, checked against a typed dictionary of those there are."""
    refuse_unknown(given, known.__annotations__)
    own: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if name in WITHOUT_EFFECT:
            continue
        if name in KEPT:
            kept[name] = _told(value)
        elif name == "run_args":
            _settle(own, kept, value or {})
        elif name == "run":
            _say(own, "project", getattr(value, "experiment_name", None))
            _say(own, "name", getattr(value, "run_name", None))
        else:
            _say(own, RENAMED.get(name, name), value)
    kept = {name: value for name, value in kept.items() if value}
    if kept:
        own["params"] = {"tracker": kept, **(own.get("params") or params or {})}
    return own


def _settle(own: dict[str, Any], kept: dict[str, Any], run_args: Mapping[str, Any]) -> None:
    """Take the labels from the arguments of `wandb.init`, and leave those that steer its client."""
    for name in _RUN_ARGS:
        _say(own, name, run_args.get(name))
    config = run_args.get("config")
    _say(own, "params", config if isinstance(config, Mapping) else None)
    kept["run_id"] = _told(run_args.get("id"))


def _say(own: dict[str, Any], label: str, value: Any) -> None:
    """Note an option, unless it says nothing; None may be what an option of ours is set to."""
    if value is None and label in own:
        return
    if own.get(label) is not None and own[label] != value:
        raise TypeError(f"{label} is said twice, as {own[label]!r} and as {value!r}: give it once")
    own[label] = value


def _told(value: Any) -> str | None:
    """Give an address or an id as text, without the password that an address may hold."""
    told = value if isinstance(value, str | os.PathLike) else getattr(value, "path", None)
    text = str(told) if isinstance(told, str | os.PathLike) else None
    return _CREDENTIALS.sub("", text) if text and "://" in text else text
