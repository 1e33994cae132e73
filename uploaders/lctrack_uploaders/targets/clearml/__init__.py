"""ClearML: a session becomes a task, through the file that ClearML's offline mode makes of a session.

`docs/clearml.md` says what becomes what. The SDK imports that file, in a process of its own.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.contract import Target
from lctrack_uploaders.targets.clearml.configuration import SECRETS, VARIABLES, add_arguments, configuration

__all__ = ["SECRETS", "VARIABLES", "add_arguments", "create"]


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:  # noqa: ARG001  # keeps no state
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    from lctrack_uploaders.targets.clearml.target import ClearmlTarget  # noqa: PLC0415  # polars: as for MLflow

    return ClearmlTarget(configuration(options, environ))
