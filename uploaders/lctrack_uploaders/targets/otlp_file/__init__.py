"""OTLP in files: a session's traces as lines of JSON, as OpenTelemetry's file exporter writes them.

Collectors read them with the receiver `otlpjsonfile`; `docs/otlp.md` says how.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.contract import Target
from lctrack_uploaders.errors import UsageError

__all__ = ["SECRETS", "VARIABLES", "add_arguments", "create"]

SECRETS: tuple[str, ...] = ()
VARIABLES: Mapping[str, str] = {}
DIRECTORY = "otlp"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target; see `lctrack_uploaders.contract.TargetModule`."""
    group = parser.add_argument_group("otlp-file")
    group.add_argument(
        "--otlp-file-directory", metavar="DIR", help=f"where to; default: {DIRECTORY} in the state directory"
    )


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    from lctrack_uploaders.targets.otlp.configuration import resource  # noqa: PLC0415  # as the next
    from lctrack_uploaders.targets.otlp_file.target import OtlpFileTarget  # noqa: PLC0415  # polars: not for `--help`

    given = options.otlp_file_directory or ""
    if "://" in given or "\0" in given:
        raise UsageError("--otlp-file-directory must be a directory of this machine.")
    directory = Path(given).absolute() if given else state / DIRECTORY
    return OtlpFileTarget(directory, resource(environ))
