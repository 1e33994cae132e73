"""Where LangSmith is: options, and the variables that its own SDK reads."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field

from lctrack_uploaders import addresses
from lctrack_uploaders.errors import UsageError

SECRETS = ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")
VARIABLES = {"langsmith_endpoint": "LANGSMITH_ENDPOINT", "langsmith_project": "LANGSMITH_PROJECT"}
WORKSPACE = "LANGSMITH_WORKSPACE_ID"
DEFAULT = "https://api.smith.langchain.com"
DEFAULT_PROJECT = "lctrack"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One LangSmith."""

    url: str
    """Address of its API, without credentials."""
    project: str | None = None
    """Name for every session, or None for each session's own."""
    key: str | None = field(default=None, repr=False)
    workspace: str | None = None
    """Id of the workspace, for a key that knows several."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target; see `lctrack_uploaders.contract.TargetModule`."""
    group = parser.add_argument_group("langsmith")
    group.add_argument(
        "--langsmith-endpoint", metavar="URL", help=f"address of the API; default: $LANGSMITH_ENDPOINT, else {DEFAULT}"
    )
    group.add_argument(
        "--langsmith-project",
        metavar="NAME",
        help="project of every session; default: $LANGSMITH_PROJECT, else the session's project, else "
        f"{DEFAULT_PROJECT!r}",
    )


def configuration(options: argparse.Namespace, environ: Mapping[str, str]) -> Configuration:
    """Read the options of this target.

    Args:
        options: The parsed command line.
        environ: Environment variables.

    Returns:
        Where to deliver to.

    Raises:
        UsageError: If the address cannot be right.
    """
    source, url = "--langsmith-endpoint", options.langsmith_endpoint
    if not url:
        source, url = "LANGSMITH_ENDPOINT", environ.get("LANGSMITH_ENDPOINT") or DEFAULT
    if not addresses.is_server(url):
        # The address is not repeated: what stands in the wrong place may be a password.
        raise UsageError(f"{source} must be an address such as {DEFAULT}, without credentials.")
    key = next(filter(None, map(environ.get, SECRETS)), None)
    workspace = environ.get(WORKSPACE) or None
    if not all(value is None or (value.isascii() and value.isprintable()) for value in (key, workspace)):
        raise UsageError(f"{SECRETS[0]} and {WORKSPACE} must be of characters that HTTP allows in a header.")
    project = options.langsmith_project or environ.get("LANGSMITH_PROJECT") or None
    return Configuration(url.rstrip("/"), project, key, workspace)
