"""Where a lake is: a folder of this machine, or a place in S3; light, because `--help` reads this."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lctrack_uploaders import addresses
from lctrack_uploaders.errors import UsageError

ENDPOINT = "AWS_ENDPOINT_URL"
SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w!.*'()/=-]{0,512}))?")


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, or a bucket and what its keys begin with."""

    folder: Path | None = None
    bucket: str = ""
    prefix: str = ""
    """Of the keys, with a slash at its end unless it is empty."""
    endpoint: str | None = None
    """Address of an S3 that is not Amazon's."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """AWS's variables, as this target sees them."""

    @property
    def address(self) -> str:
        """The address, without credentials."""
        if self.folder is not None:
            return self.folder.as_uri()
        at = f"?endpoint={self.endpoint}" if self.endpoint else ""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/") + at

    @property
    def uri(self) -> str:
        """What readers are given."""
        return str(self.folder) if self.folder is not None else f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def region(self) -> str | None:
        """The region that AWS's variables name."""
        return self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION")


def add_arguments(parser: argparse.ArgumentParser, kind: str) -> None:
    """Add the options that say where a lake is.

    Args:
        parser: The command's parser.
        kind: Of the target; the options and the default directory are called after it.
    """
    group = parser.add_argument_group(kind)
    group.add_argument(
        f"--{kind}-path",
        metavar="PATH",
        help=f"where to: a directory, or s3://bucket/prefix; default: {kind} in the state directory",
    )
    group.add_argument(
        f"--{kind}-endpoint",
        metavar="URL",
        help="address of an S3 that is not Amazon's; default: $AWS_ENDPOINT_URL",
    )


def place(options: argparse.Namespace, kind: str, state: Path, environ: Mapping[str, str]) -> Place:
    """Read where a lake is.

    Args:
        options: The parsed command line.
        kind: Of the target.
        state: Directory for what lctrack keeps beside the logs.
        environ: Environment variables.

    Returns:
        The place; nothing is contacted.

    Raises:
        UsageError: It is none.
    """
    text = getattr(options, f"{kind}_path")
    if not text:
        return Place((state / kind).absolute())
    if found := _S3.fullmatch(text):
        source, endpoint = f"--{kind}-endpoint", getattr(options, f"{kind}_endpoint")
        if not endpoint:
            source, endpoint = ENDPOINT, environ.get(ENDPOINT)
        if endpoint and not addresses.is_server(endpoint):
            raise UsageError(f"{source} must be an address such as https://s3.example.com, without credentials.")
        own = {name: value for name, value in environ.items() if name.startswith("AWS_")}
        prefix = (found[2] or "").strip("/")
        return Place(None, found[1], prefix and f"{prefix}/", endpoint, own)
    if "://" in text or "\0" in text:
        raise UsageError(f"--{kind}-path must be a directory, or a place in S3 such as s3://bucket/lake.")
    return Place(Path(text).absolute())
