"""Requests over HTTP with the standard library: no redirects, certificates of one's own, and failures in a sentence.

An SDK brings queues, threads and minutes of patience along, and some keep to themselves what went wrong. Where a back
end's interface is a few plain requests, those are made here; the engine has the patience.

Accepted trade-off: each request has a connection of its own. Whoever sends many sends them in portions.
"""

import email.utils
import http.client
import os
import ssl
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lctrack_uploaders.addresses import Certificates
from lctrack_uploaders.errors import TransientError, UnreachableError
from lctrack_uploaders.secrets import MASK

_LEAST = 4
"""Shorter values are not masked: they would spoil every other word."""
_LONGEST = 300
"""Characters of a server's own words that are repeated."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes

    @property
    def media(self) -> str:
        """Its kind, such as `application/json`."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def wait(self) -> float | None:
        """Seconds after which the server asked to be tried again, where it said so."""
        return seconds(self.headers.get("retry-after"))


class Client:
    """Makes requests of one server; nothing is contacted before the first."""

    def __init__(
        self,
        name: str,
        headers: Mapping[str, str],
        *,
        timeout: float,
        certificates: Certificates | None = None,
        secrets: Iterable[str | None] = (),
    ) -> None:
        self.name = name
        """What the server is called in messages."""
        self._headers = dict(headers)
        self._timeout = timeout
        self._certificates = certificates or Certificates()
        self._secrets = sorted({secret for secret in secrets if secret and len(secret) >= _LEAST}, key=len)[::-1]

    def request(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make a request.

        Args:
            method: Such as `POST`.
            url: Where to.
            body: What to send.
            headers: In addition to those of every request.

        Returns:
            The answer, whatever its status; a redirection is one as well, because what follows it drops the body.

        Raises:
            UnreachableError: Nothing answers.
            TransientError: The answer did not come, or not whole.
        """
        asked = urllib.request.Request(  # noqa: S310  # http and https: `is_server` has seen to it
            url, data=body, method=method, headers={**self._headers, **(headers or {})}
        )
        try:
            with self._opener.open(asked, timeout=self._timeout) as answer:
                return _answer(answer)
        except urllib.error.HTTPError as error:
            with error:
                return self._whole(error)
        except urllib.error.URLError as error:
            raise self._unreachable(error.reason) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._broken(error) from error

    def words(self, text: str | bytes) -> str:
        """Give what a server said as part of a sentence: one line of bearable length, without our credentials."""
        line = text.decode(errors="replace") if isinstance(text, bytes) else text
        for secret in self._secrets:
            line = line.replace(secret, MASK)
        printable = "".join(letter if letter.isprintable() else " " for letter in line)
        return " ".join(printable.split())[:_LONGEST].rstrip(".") or "no reason given"

    def _whole(self, error: urllib.error.HTTPError) -> Answer:
        try:
            return _answer(error)
        except (OSError, http.client.HTTPException) as broken:
            raise self._broken(broken) from broken

    def _unreachable(self, reason: object) -> TransientError:
        if isinstance(reason, TimeoutError):
            return self._broken(reason)
        if isinstance(reason, ssl.SSLError):
            told = self.words(str(getattr(reason, "verify_message", "") or reason.reason or "TLS"))
            return UnreachableError(
                f"{self.name} cannot be trusted or spoken to with TLS ({told}): check certificates."
            )
        told = self.words(str(getattr(reason, "strerror", None) or reason))
        return UnreachableError(f"{self.name} does not answer ({told}): check the address, and that it runs.")

    def _broken(self, error: Exception) -> TransientError:
        if os.environ.get("LCTRACK_DEBUG"):
            traceback.print_exception(error)
        if isinstance(error, TimeoutError):
            return TransientError(f"{self.name} did not answer within {self._timeout:g} s: try again later.")
        return TransientError(f"The answer of {self.name} broke off ({type(error).__name__}): try again later.")

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        files = self._certificates
        try:
            context = ssl.create_default_context(cafile=files.authorities)
            if files.own:
                context.load_cert_chain(files.own, files.key)
        except OSError as error:
            raise UnreachableError(f"The certificates for {self.name} cannot be read ({error.strerror}).") from error
        return urllib.request.build_opener(_Stay, urllib.request.HTTPSHandler(context=context))


def seconds(text: str | None) -> float | None:
    """Read a `Retry-After`: seconds, or a date.

    Args:
        text: The header's value.

    Returns:
        Seconds from now on; None where it says nothing.
    """
    if not text:
        return None
    if text.isascii() and text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Give no further request."""


def _answer(response: Any) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status, headers, response.read())
