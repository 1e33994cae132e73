"""OTLP over HTTP: a session's traces for Phoenix, Langfuse, Jaeger, Grafana, Datadog, LangSmith, Weave and others.

`docs/otlp.md` says what becomes what, and which endpoint and headers each back end wants.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.contract import Target
from lctrack_uploaders.targets.otlp.configuration import SECRETS, VARIABLES, add_arguments, configuration

__all__ = ["SECRETS", "VARIABLES", "add_arguments", "create"]


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:  # noqa: ARG001  # the contract
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    from lctrack_uploaders.targets.otlp.target import OtlpTarget  # noqa: PLC0415  # polars: `--help` need not wait

    return OtlpTarget(configuration(options, environ))
