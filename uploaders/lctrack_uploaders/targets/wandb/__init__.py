"""W&B: a session becomes a run, online or as a directory that `wandb sync` takes somewhere else.

`docs/wandb.md` says what becomes what. The SDK is imported when it is first needed.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.contract import Target
from lctrack_uploaders.targets.wandb.configuration import SECRETS, VARIABLES, add_arguments, configuration

__all__ = ["SECRETS", "VARIABLES", "add_arguments", "create"]


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:  # noqa: ARG001  # keeps no state
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    from lctrack_uploaders.targets.wandb.target import WandbTarget  # noqa: PLC0415  # polars: as for MLflow

    return WandbTarget(configuration(options, environ))
