"""MLflow: a session becomes a run, with its parameters, metrics, tables and traces.

`docs/mlflow.md` says what becomes what. MLflow itself is imported at the first delivery, so that a run with nothing
new needs neither the seconds that takes nor the server.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.contract import Target
from lctrack_uploaders.targets.mlflow.configuration import SECRETS, VARIABLES, add_arguments, configuration

__all__ = ["SECRETS", "VARIABLES", "add_arguments", "create"]


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    from lctrack_uploaders.targets.mlflow.target import MlflowTarget  # noqa: PLC0415  # polars: `--help` need not wait

    return MlflowTarget(configuration(options, state, environ))
