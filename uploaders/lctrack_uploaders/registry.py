"""Targets by name."""

import importlib
from typing import cast

from lctrack_uploaders.errors import UsageError
from lctrack_uploaders.typing import TargetModule

BUILT_IN = {"mlflow": "lctrack_uploaders.targets.mlflow"}
"""Module of each target that comes with this package."""


def target_module(name: str) -> TargetModule:
    """Give the module of a target.

    Args:
        name: What the user wrote after `--to`.

    Returns:
        The module; no tracker's SDK has been imported.

    Raises:
        UsageError: If there is no such target.
    """
    if name not in BUILT_IN:
        raise UsageError(f"There is no target {name!r}: choose one of {', '.join(sorted(BUILT_IN))}.")
    return cast("TargetModule", importlib.import_module(BUILT_IN[name]))
