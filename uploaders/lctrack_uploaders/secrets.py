"""Credentials: where a target finds them, and that nobody else does.

They come from environment variables, from the files that the tracker's own SDK reads, or from a keyring. For one of
several targets, `LCTRACK_<NAME>_<VARIABLE>` is the variable of that target alone. Everything that is printed or noted
goes through a `Redactor`, whatever an SDK has written into its message.
"""

import importlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from lctrack_uploaders.errors import MissingExtraError, UsageError

MASK = "***"
_LEAST = 4
"""Shorter values are not looked for: they would mask every other word."""
_USER_INFO = re.compile(r"(?<=://)[^/\s@]*:([^/\s@]+)@")


class Redactor:
    """Masks secrets in texts. Learns them as targets are made."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def learn(self, values: Iterable[str | None]) -> None:
        """Take values for secrets, and what they look like within an address."""
        for value in values:
            if value and len(value) >= _LEAST:
                self._secrets |= {value, unquote(value)}

    def __call__(self, text: str) -> str:
        """Give a text without secrets: neither those that are known, nor a password in an address."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return _USER_INFO.sub(f"{MASK}@", text)


def prefix(name: str) -> str:
    """Give the beginning of the variables that belong to one target alone: `LCTRACK_PRODUCTION_`."""
    return f"LCTRACK_{re.sub(r'[^A-Za-z0-9]', '_', name).upper()}_"


def in_addresses(values: Iterable[Any]) -> list[str]:
    """Give the passwords that stand in addresses.

    Args:
        values: Values of options.

    Returns:
        The passwords, as they stand there.
    """
    return [found for value in values if isinstance(value, str) for found in _USER_INFO.findall(value)]


def environment(
    name: str, environ: Mapping[str, str], secrets: Sequence[str], keyring_service: str | None
) -> dict[str, str]:
    """Give the environment variables as one target sees them.

    Args:
        name: The target's name.
        environ: Those of the process.
        secrets: Variables that hold the target's credentials.
        keyring_service: The keyring's service to ask for those that are not set.

    Returns:
        Them, with the target's own under their plain names.

    Raises:
        UploadError: The keyring was asked for and cannot be used.
    """
    own = prefix(name)
    found = dict(environ)
    found |= {key.removeprefix(own): value for key, value in environ.items() if key.startswith(own)}
    if keyring_service is not None:
        found |= {key: value for key, value in _from_keyring(keyring_service, secrets) if key not in found}
    return found


def _from_keyring(service: str, names: Sequence[str]) -> list[tuple[str, str]]:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError as error:
        raise MissingExtraError("A target asks for a keyring: pip install keyring.") from error
    try:
        asked = [(name, keyring.get_password(service, name)) for name in names]
    except Exception as error:  # whatever a keyring's own back end raises
        raise UsageError(f"The keyring cannot be asked for {service!r}: {type(error).__name__}.") from error
    return [(name, value) for name, value in asked if value]
