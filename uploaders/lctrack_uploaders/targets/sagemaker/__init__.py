"""SageMaker: a session becomes a run of SageMaker Experiments, with its artifacts and tables in S3.

`docs/sagemaker.md` says what becomes what. boto3 is imported when it is first needed, the `sagemaker` SDK only where it
is installed and has something to say.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.contract import Target
from lctrack_uploaders.targets.sagemaker.configuration import SECRETS, VARIABLES, add_arguments, configuration

__all__ = ["SECRETS", "VARIABLES", "add_arguments", "create"]


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:  # noqa: ARG001  # keeps no state
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    from lctrack_uploaders.targets.sagemaker.target import SagemakerTarget  # noqa: PLC0415  # polars: as for MLflow

    return SagemakerTarget(configuration(options, environ))
