"""Where W&B is: options, environment, and what of them cannot be right."""

import argparse
import netrc
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from lctrack_uploaders import addresses
from lctrack_uploaders.errors import UsageError

SECRETS = ("WANDB_API_KEY",)
VARIABLES = {
    "wandb_base_url": "WANDB_BASE_URL",
    "wandb_entity": "WANDB_ENTITY",
    "wandb_project": "WANDB_PROJECT",
}
SERVICE = "https://api.wandb.ai"
APP = "https://wandb.ai"
DEFAULT_PROJECT = "lctrack"
FORBIDDEN = "/\\#?%:"
"""Characters that no name of a project or entity may hold."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One server, or one directory."""

    url: str = SERVICE
    """Address without credentials."""
    entity: str | None = None
    """User or team of every session, or None for each session's own."""
    project: str | None = None
    """Name for every session, or None for each session's own."""
    directory: Path | None = None
    """Where run directories go instead of to the server."""
    key: str | None = field(default=None, repr=False)

    @property
    def app(self) -> str:
        """Where a browser finds what was delivered."""
        return APP if self.url == SERVICE else self.url


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target.

    Args:
        parser: The command's parser.
    """
    group = parser.add_argument_group("wandb")
    group.add_argument(
        "--wandb-base-url", metavar="URL", help=f"address of the server; default: $WANDB_BASE_URL, else {SERVICE}"
    )
    group.add_argument(
        "--wandb-entity",
        metavar="NAME",
        help="user or team of every session; default: $WANDB_ENTITY, else the session's entity, else the key's own",
    )
    group.add_argument(
        "--wandb-project",
        metavar="NAME",
        help=f"project of every session; default: $WANDB_PROJECT, else the session's, else {DEFAULT_PROJECT!r}",
    )
    group.add_argument(
        "--wandb-offline",
        metavar="DIR",
        help="write run directories for `wandb sync` into DIR, and contact nothing",
    )


def configuration(options: argparse.Namespace, environ: Mapping[str, str]) -> Configuration:
    """Read the options of this target.

    Args:
        options: The parsed command line.
        environ: Environment variables.

    Returns:
        Where to deliver to.

    Raises:
        UsageError: If an option cannot be right.
    """
    url = (options.wandb_base_url or environ.get(VARIABLES["wandb_base_url"]) or SERVICE).rstrip("/")
    if not addresses.is_server(url):
        # The value is not repeated: what stands in the wrong place may be a secret.
        raise UsageError("--wandb-base-url must be the address of a server, such as https://wandb.example.com.")
    entity = options.wandb_entity or environ.get(VARIABLES["wandb_entity"])
    project = options.wandb_project or environ.get(VARIABLES["wandb_project"])
    for option, value in (("--wandb-entity", entity), ("--wandb-project", project)):
        if value and (set(value) & set(FORBIDDEN) or not value.strip() or len(value) > 128):  # noqa: PLR2004  # W&B's limit
            raise UsageError(f"{option} must be a name of up to 128 characters without any of {FORBIDDEN} in it.")
    directory = Path(options.wandb_offline).absolute() if options.wandb_offline else None
    if directory is not None and directory.exists() and not directory.is_dir():
        raise UsageError("--wandb-offline must be a directory.")
    key = None if directory else environ.get(SECRETS[0]) or _key_of_netrc(url, environ)
    return Configuration(url, entity or None, project or None, directory, key)


def _key_of_netrc(url: str, environ: Mapping[str, str]) -> str | None:
    """Give the key that `wandb login` has left."""
    home = environ.get("HOME")
    places = [environ.get("NETRC"), *(f"{home}/{name}" for name in (".netrc", "_netrc") if home)]
    for place in filter(None, places):
        try:
            found = netrc.netrc(place).authenticators(urlsplit(url).hostname or "")
        except (OSError, netrc.NetrcParseError):
            continue
        if found:
            return found[2]
    return None
