"""Where MLflow is: options, environment and the default store."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lctrack_uploaders.errors import UsageError

SECRETS = ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN")
VARIABLES = {"tracking_uri": "MLFLOW_TRACKING_URI"}
DATABASE = "mlflow.db"
ARTIFACTS = "mlartifacts"
DEFAULT_EXPERIMENT = "lctrack"
_MANAGED = re.compile(r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:mlflow-(app|tracking-server)/[A-Za-z0-9-]+")
_ADVICE = "write http://…, https://… or sqlite:///path/to/mlflow.db, or leave it out to use a store beside the logs"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One MLflow store. Credentials are kept apart from the address and never shown."""

    uri: str
    """Address without credentials."""
    experiment: str | None
    """Name for every session, or None for each session's project."""
    database: Path | None = None
    """The SQLite file, where the store is one."""
    log_models: bool = False
    """Whether recorded source is run, to make MLflow models of it."""
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def is_managed(self) -> bool:
        """Whether SageMaker runs it: AWS's plugin then signs what is sent."""
        return self.uri.startswith("arn:")

    @property
    def artifacts(self) -> Path | None:
        """The directory of artifacts beside the SQLite file; a server has its own."""
        return self.database and self.database.parent / ARTIFACTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target.

    Args:
        parser: The command's parser.
    """
    group = parser.add_argument_group("mlflow")
    group.add_argument(
        "--tracking-uri",
        metavar="URI",
        help="MLflow server (http://…, https://…, or the ARN of one that SageMaker runs) or store (sqlite:///…); "
        "default: $MLFLOW_TRACKING_URI, "
        "else a SQLite file beside the logs",
    )
    group.add_argument(
        "--experiment",
        metavar="NAME",
        help=f"experiment of every session; default: the session's project, else {DEFAULT_EXPERIMENT!r}",
    )
    group.add_argument(
        "--log-models",
        action="store_true",
        help="run the source files in the logs, to log what they define as MLflow models; only for logs you trust",
    )


def configuration(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Configuration:
    """Read the options of this target.

    Args:
        options: The parsed command line.
        state: Directory for what lctrack keeps beside the logs.
        environ: Environment variables.

    Returns:
        The store to deliver to.

    Raises:
        UsageError: If the address cannot be right.
    """
    return replace(_store(options, state, environ), log_models=options.log_models)


def _store(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Configuration:
    experiment: str | None = options.experiment
    source, uri = "--tracking-uri", options.tracking_uri
    if not uri:
        source, uri = "MLFLOW_TRACKING_URI", environ.get("MLFLOW_TRACKING_URI")
    if not uri:
        return _sqlite(state / DATABASE, "--state", experiment)
    scheme, _, rest = uri.partition(":")
    if scheme in ("http", "https"):
        return _with_credentials(_server(uri, source, experiment), environ)
    if scheme == "sqlite" and rest.startswith("///") and rest.strip("/"):
        return _sqlite(Path(rest[3:]).absolute(), source, experiment)
    if _MANAGED.fullmatch(uri):
        return Configuration(uri, experiment)
    # The address is not repeated: what stands in the wrong place may be a password.
    what = f"begins with {scheme + '://'!r}" if scheme.isalnum() and rest.startswith("//") else "is no such address"
    raise UsageError(f"{source} {what}, which lctrack cannot deliver to: {_ADVICE}.")


def _server(uri: str, source: str, experiment: str | None) -> Configuration:
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.query or parts.fragment:
        raise UsageError(f"{source} is not the address of a server: {_ADVICE}.")
    host = f"[{host}]" if ":" in host else host
    clean = f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"
    return Configuration(
        clean,
        experiment,
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def _with_credentials(server: Configuration, environ: Mapping[str, str]) -> Configuration:
    """Add the credentials of the environment, where the address has none."""
    if server.password is not None:
        return server
    return replace(
        server,
        username=server.username or environ.get("MLFLOW_TRACKING_USERNAME"),
        password=environ.get("MLFLOW_TRACKING_PASSWORD"),
        token=environ.get("MLFLOW_TRACKING_TOKEN"),
    )


def _sqlite(database: Path, source: str, experiment: str | None) -> Configuration:
    # SQLAlchemy decodes %xx and cuts at ?, MLflow does neither: the two would mean different files.
    if {"%", "?"} & set(str(database)):
        raise UsageError(f"MLflow cannot open a database whose path holds '%' or '?': give another path with {source}.")
    return Configuration(f"sqlite:///{database}", experiment, database)
