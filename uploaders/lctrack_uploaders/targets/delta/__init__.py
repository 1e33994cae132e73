"""Delta Lake: the tables, in a folder or in S3, each change a transaction.

`docs/lake.md` says how the tables are made and how to read them.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.contract import Target
from lctrack_uploaders.targets.lake import places
from lctrack_uploaders.targets.lake.places import SECRETS

__all__ = ["SECRETS", "VARIABLES", "add_arguments", "create"]

KIND = "delta"
VARIABLES = {"delta_endpoint": places.ENDPOINT}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target; see `lctrack_uploaders.contract.TargetModule`."""
    places.add_arguments(parser, KIND)


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    from lctrack_uploaders.targets.delta.target import DeltaTarget  # noqa: PLC0415  # polars: not for `--help`

    return DeltaTarget(places.place(options, KIND, state, environ))
