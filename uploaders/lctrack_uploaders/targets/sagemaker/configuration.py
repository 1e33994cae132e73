"""Where SageMaker is: options, environment, and what of them cannot be right."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from lctrack_uploaders import addresses
from lctrack_uploaders.errors import UsageError

SECRETS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
VARIABLES = {
    "sagemaker_region": "AWS_DEFAULT_REGION",
    "sagemaker_profile": "AWS_PROFILE",
    "sagemaker_endpoint": "AWS_ENDPOINT_URL",
}
DEFAULT_EXPERIMENT = "lctrack"
DEFAULT_PREFIX = "trial-component-artifacts"
"""Where the SDK's runs keep their artifacts in the bucket."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Those that the environment names for this target."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One account and region; what is None is found out when it is needed."""

    region: str | None = None
    profile: str | None = None
    role: str | None = None
    endpoint: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    kms_key: str | None = None
    experiment: str | None = None
    """Name for every session, or None for each session's project."""
    credentials: Credentials | None = field(default=None, repr=False)

    def address(self, region: str) -> str:
        """Give the address within a region, without credentials."""
        place = "/".join(part for part in (region, self.bucket, self.prefix) if part)
        about = {"profile": self.profile, "role": self.role, "endpoint": self.endpoint}
        query = urlencode({key: value for key, value in about.items() if value}, safe=":/")
        return f"sagemaker://{place}{'?' if query else ''}{query}"


@dataclass(frozen=True, slots=True)
class _Option:
    name: str
    metavar: str
    help: str
    shape: str
    """What a value must match whole."""
    must: str
    """The same in words."""


OPTIONS = (
    _Option(
        "region", "REGION", "AWS region; default: $AWS_DEFAULT_REGION, else that of the profile",
        r"[a-z]{2,}(-[a-z]+)+-\d+", "a region, such as eu-central-1",
    ),
    _Option(
        "profile", "NAME", "profile in AWS's own files; default: $AWS_PROFILE",
        r"[^\s:/@]+", "the name of a profile",
    ),
    _Option(
        "role", "ARN", "role to take on for the delivery",
        r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+",
        "the ARN of a role, such as arn:aws:iam::123456789012:role/tracking",
    ),
    _Option(
        "endpoint", "URL", "address of all of AWS's services, for a gateway or a stand-in; default: $AWS_ENDPOINT_URL",
        r"https?://.+", "an address, such as https://vpce.example.com",
    ),
    _Option(
        "bucket", "NAME", "S3 bucket of the artifacts; default: the SDK's, sagemaker-REGION-ACCOUNT",
        r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "the name of a bucket",
    ),
    _Option(
        "prefix", "PREFIX", f"where in the bucket; default: the SDK's, {DEFAULT_PREFIX}",
        r"[\w!.*'()/=-]{1,256}", "the beginning of a key, such as teams/llm",
    ),
    _Option(
        "kms-key", "ID", "KMS key that encrypts what is put into the bucket",
        r"[\w:/-]{1,2048}", "the id of a KMS key",
    ),
    _Option(
        "experiment", "NAME",
        f"experiment of every session; default: the session's project, else {DEFAULT_EXPERIMENT!r}",
        r"(?s).*\S.*", "a name",
    ),
)  # fmt: skip
"""The options, each `--sagemaker-<name>`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target.

    Args:
        parser: The command's parser.
    """
    group = parser.add_argument_group("sagemaker")
    for option in OPTIONS:
        group.add_argument(f"--sagemaker-{option.name}", metavar=option.metavar, help=option.help)


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
    values = {option.name.replace("-", "_"): _value(option, options, environ) for option in OPTIONS}
    if values["prefix"]:
        values["prefix"] = values["prefix"].strip("/") or None
    key_id, secret, token = (environ.get(name) for name in SECRETS)
    # As AWS's own tools have it: a profile that was named wins over keys, and keys win over $AWS_PROFILE.
    known = Credentials(key_id, secret, token) if key_id and secret and not options.sagemaker_profile else None
    return Configuration(**values, credentials=known)


def _value(option: _Option, options: argparse.Namespace, environ: Mapping[str, str]) -> str | None:
    dest = f"sagemaker_{option.name.replace('-', '_')}"
    source, value = f"--sagemaker-{option.name}", getattr(options, dest)
    if not value and dest in VARIABLES:
        source, value = VARIABLES[dest], environ.get(VARIABLES[dest])
    if not value:
        return None
    fits = re.fullmatch(option.shape, value) and (option.name != "endpoint" or addresses.is_server(value))
    if not fits:
        # The value is not repeated: what stands in the wrong place may be a secret.
        raise UsageError(f"{source} must be {option.must}.")
    return str(value)
