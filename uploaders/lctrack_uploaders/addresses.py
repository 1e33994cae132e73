"""Where a server is, as options and variables say it; light, because `--help` reads this."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of TLS; what is None is the system's own."""

    authorities: Path | None = None
    own: Path | None = None
    key: Path | None = None


def is_server(url: str) -> bool:
    """Tell whether a text is the address of a server, with nothing in it that must be kept secret."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False
    return known and not (parts.username or parts.password or parts.query or parts.fragment) and url.isprintable()


def pairs(text: str) -> tuple[dict[str, str], int]:
    """Read `name=value,…` with percent-encoded values, as OpenTelemetry writes lists into variables.

    Args:
        text: The value of a variable.

    Returns:
        Value by name; and how many parts are none and were left out.
    """
    found: dict[str, str] = {}
    left_out = 0
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if equals and name.strip():
            found[unquote(name.strip())] = unquote(value.strip())
        else:
            left_out += 1
    return found, left_out
