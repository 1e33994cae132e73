"""Where ClearML is: options, environment, the SDK's own file, and what of them cannot be right."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lctrack_uploaders import addresses
from lctrack_uploaders.errors import UsageError

SECRETS = ("CLEARML_API_ACCESS_KEY", "CLEARML_API_SECRET_KEY")
VARIABLES = {
    "clearml_api_host": "CLEARML_API_HOST",
    "clearml_files_host": "CLEARML_FILES_HOST",
    "clearml_web_host": "CLEARML_WEB_HOST",
}
SERVICE = {
    "api": "https://api.clear.ml",
    "files": "https://files.clear.ml",
    "web": "https://app.clear.ml",
}
DEFAULT_PROJECT = "lctrack"
_WRITTEN = re.compile(r'"?(api_server|files_server|web_server|access_key|secret_key)"?\s*[:=]\s*"?([^\s"#,}]+)')
"""What `clearml-init` writes into its file."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """One server, or one directory."""

    api: str = SERVICE["api"]
    files: str = SERVICE["files"]
    web: str = SERVICE["web"]
    project: str | None = None
    """Name for every session, or None for each session's own."""
    directory: Path | None = None
    """Where files go instead of to the server."""
    key: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target.

    Args:
        parser: The command's parser.
    """
    group = parser.add_argument_group("clearml")
    for name, what in (("api", "API"), ("files", "files"), ("web", "pages")):
        group.add_argument(
            f"--clearml-{name}-host",
            metavar="URL",
            help=f"server of its {what}; default: $CLEARML_{name.upper()}_HOST, else the one in clearml.conf",
        )
    group.add_argument(
        "--clearml-project",
        metavar="NAME",
        help=f"project of every session; default: the session's project, else {DEFAULT_PROJECT!r}",
    )
    group.add_argument(
        "--clearml-offline",
        metavar="DIR",
        help="write files for `Task.import_offline_session` into DIR, and contact nothing",
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
    written = _written(environ)
    hosts = {}
    for name, default in SERVICE.items():
        option = getattr(options, f"clearml_{name}_host")
        url = option or environ.get(f"CLEARML_{name.upper()}_HOST") or written.get(f"{name}_server") or default
        if not addresses.is_server(url):
            # The value is not repeated: what stands in the wrong place may be a secret.
            raise UsageError(
                f"--clearml-{name}-host must be the address of a server, such as https://{name}.example.com."
            )
        hosts[name] = url.rstrip("/")
    project = options.clearml_project
    if project is not None and not project.strip():
        raise UsageError("--clearml-project must be a name.")
    directory = Path(options.clearml_offline).absolute() if options.clearml_offline else None
    if directory is not None and directory.exists() and not directory.is_dir():
        raise UsageError("--clearml-offline must be a directory.")
    known = {"access_key": environ.get(SECRETS[0]), "secret_key": environ.get(SECRETS[1])}
    if not all(known.values()):
        known = {name: written.get(name) for name in known}
    return Configuration(
        **hosts, project=project, directory=directory, key=known["access_key"], secret=known["secret_key"]
    )


def _written(environ: Mapping[str, str]) -> dict[str, str]:
    """Read what of the SDK's own file is needed to ask the server."""
    named, home = environ.get("CLEARML_CONFIG_FILE"), environ.get("HOME")
    path = Path(named) if named else Path(home or "/", "clearml.conf")
    try:
        return dict(_WRITTEN.findall(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return {}
