"""LangSmith: a session's traces as runs, its scores as feedback, over plain HTTP.

The SDK's client keeps to itself that a run was refused; the two or three requests that are needed are made here, and
each is answered for. `docs/langsmith.md` says what becomes what.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.contract import Target
from lctrack_uploaders.targets.langsmith.configuration import SECRETS, VARIABLES, add_arguments, configuration

__all__ = ["SECRETS", "VARIABLES", "add_arguments", "create"]


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:  # noqa: ARG001  # the contract
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    from lctrack_uploaders.targets.langsmith.target import LangsmithTarget  # noqa: PLC0415  # polars: not for `--help`

    return LangsmithTarget(configuration(options, environ))
