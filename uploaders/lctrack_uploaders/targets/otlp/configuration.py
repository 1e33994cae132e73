"""Where an OTLP back end is: one option, and the variables that OpenTelemetry's specification has for exporters.

Of each variable there is a form for traces alone, which wins. Times are milliseconds, as the specification has them.
Accepted trade-off: a part of the headers that is not `name=value` is left out, as the specification asks for; that this
happened is told when the back end does not let us in.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lctrack_uploaders import addresses
from lctrack_uploaders.addresses import Certificates
from lctrack_uploaders.errors import UsageError

SECRETS = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS")
VARIABLES = {"otlp_endpoint": "OTEL_EXPORTER_OTLP_ENDPOINT"}
DEFAULT = "http://localhost:4318"
PATH = "/v1/traces"
PROTOCOL = "http/protobuf"
DEFAULT_SERVICE = "lctrack"
_TIMEOUT = "10000"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One OTLP back end."""

    url: str
    """Where spans are posted to."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    left_out: int = 0
    """Parts of the headers that could not be read."""
    timeout: float = 10.0
    """Seconds to wait for an answer."""
    compressed: bool = True
    certificates: Certificates = field(default_factory=Certificates)
    resource: Mapping[str, str] = field(default_factory=dict)
    """Attributes of every session's resource, in addition to its own and before them."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target; see `lctrack_uploaders.contract.TargetModule`."""
    group = parser.add_argument_group("otlp")
    group.add_argument(
        "--otlp-endpoint",
        metavar="URL",
        help=f"OTLP back end, to which {PATH} is added; default: $OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (as it is), "
        f"$OTEL_EXPORTER_OTLP_ENDPOINT, else {DEFAULT}",
    )


def configuration(options: argparse.Namespace, environ: Mapping[str, str]) -> Configuration:
    """Read the option and the variables of this target.

    Args:
        options: The parsed command line.
        environ: Environment variables.

    Returns:
        Where to deliver to.

    Raises:
        UsageError: If one of them cannot be right.
    """
    general, left_out = addresses.pairs(environ.get(SECRETS[0], ""))
    own, left_out_too = addresses.pairs(environ.get(SECRETS[1], ""))
    headers = {**general, **own}
    if not all(_is_header(name, value) for name, value in headers.items()):
        raise UsageError(f"A header in {SECRETS[0]} has a name or value that HTTP does not allow.")
    return Configuration(
        url=_url(options, environ),
        headers=headers,
        left_out=left_out + left_out_too,
        timeout=_timeout(environ),
        compressed=_compression(environ),
        certificates=Certificates(
            _file(environ, "CERTIFICATE"), _file(environ, "CLIENT_CERTIFICATE"), _file(environ, "CLIENT_KEY")
        ),
        resource=resource(environ),
    )


def resource(environ: Mapping[str, str]) -> dict[str, str]:
    """Read the attributes that OpenTelemetry's variables give to every resource.

    Args:
        environ: Environment variables.

    Returns:
        Value by name.
    """
    found, _ = addresses.pairs(environ.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    if service := environ.get("OTEL_SERVICE_NAME"):
        found["service.name"] = service
    return found


def _url(options: argparse.Namespace, environ: Mapping[str, str]) -> str:
    if options.otlp_endpoint:
        given = _checked(options.otlp_endpoint, "--otlp-endpoint")
        return given if given.endswith(PATH) else given + PATH
    protocol = _variable(environ, "PROTOCOL")
    if protocol and protocol != PROTOCOL:
        raise UsageError(
            f"OTEL_EXPORTER_OTLP_PROTOCOL asks for another protocol than {PROTOCOL}, the one that lctrack speaks: name "
            "an endpoint that does with --otlp-endpoint."
        )
    if exact := environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        return _checked(exact, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return _checked(environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or DEFAULT, "OTEL_EXPORTER_OTLP_ENDPOINT") + PATH


def _checked(url: str, source: str) -> str:
    if not addresses.is_server(url):
        # The address is not repeated: what stands in the wrong place may be a password.
        raise UsageError(
            f"{source} must be an address such as {DEFAULT}, with http:// or https:// and without credentials, which "
            f"belong into {SECRETS[0]}."
        )
    return url.rstrip("/")


def _timeout(environ: Mapping[str, str]) -> float:
    text = _variable(environ, "TIMEOUT") or _TIMEOUT
    if not (text.isascii() and text.isdigit() and int(text)):
        raise UsageError("OTEL_EXPORTER_OTLP_TIMEOUT must be a number of milliseconds, such as 10000.")
    return int(text) / 1000


def _compression(environ: Mapping[str, str]) -> bool:
    text = _variable(environ, "COMPRESSION") or "gzip"
    if text not in ("gzip", "none"):
        raise UsageError("OTEL_EXPORTER_OTLP_COMPRESSION must be gzip or none.")
    return text == "gzip"


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    text = _variable(environ, name)
    if text and not Path(text).is_file():
        raise UsageError(f"There is no file {text}, which OTEL_EXPORTER_OTLP_{name} names.")
    return Path(text) if text else None


def _variable(environ: Mapping[str, str], name: str) -> str | None:
    return environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}") or environ.get(f"OTEL_EXPORTER_OTLP_{name}")


def _is_header(name: str, value: str) -> bool:
    return name.isascii() and name.replace("-", "").replace("_", "").isalnum() and value.isprintable()
