"""Targets by kind: those that come with this package first, then those that other packages announce."""

import importlib
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from lctrack_uploaders.contract import TargetModule
from lctrack_uploaders.errors import MissingExtraError, UsageError

BUILT_IN = {
    "clearml": "lctrack_uploaders.targets.clearml",
    "delta": "lctrack_uploaders.targets.delta",
    "dummy": "lctrack_uploaders.targets.dummy",
    "langsmith": "lctrack_uploaders.targets.langsmith",
    "mlflow": "lctrack_uploaders.targets.mlflow",
    "otlp": "lctrack_uploaders.targets.otlp",
    "otlp-file": "lctrack_uploaders.targets.otlp_file",
    "parquet": "lctrack_uploaders.targets.parquet",
    "sagemaker": "lctrack_uploaders.targets.sagemaker",
    "wandb": "lctrack_uploaders.targets.wandb",
}
"""Module of each target that comes with this package."""

GROUP = "lctrack.uploaders"
"""Entry points of other packages: the name is the kind, the value a module or object like `TargetModule`."""


def kinds() -> list[str]:
    """Name every kind of target there is, sorted; imports none."""
    return sorted(BUILT_IN.keys() | _announced().keys())


def target_module(kind: str) -> TargetModule:
    """Give the module of a kind of target.

    Args:
        kind: What the user wrote after `--to`, or in a configuration file.

    Returns:
        The module; no tracker's SDK has been imported.

    Raises:
        UsageError: If there is no such target.
        MissingExtraError: If another package announces it and cannot be imported.
    """
    if kind in BUILT_IN:
        return cast("TargetModule", importlib.import_module(BUILT_IN[kind]))
    announced = _announced()
    if kind not in announced:
        raise UsageError(f"There is no target {kind!r}: choose one of {', '.join(kinds())}.")
    try:
        return cast("TargetModule", announced[kind].load())
    except (ImportError, AttributeError) as error:
        raise MissingExtraError(
            f"The target {kind!r} ({announced[kind].value}) cannot be loaded: {type(error).__name__}: {error}."
        ) from error


def _announced() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}
