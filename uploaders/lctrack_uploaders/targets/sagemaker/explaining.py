"""What AWS and its client raise, turned into our errors: one sentence each, which says what to do.

Nothing of a request is repeated: a signature is made of credentials. Of an answer, its code and message are.
"""

import email.utils
import os
import re
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from botocore import exceptions

from lctrack_uploaders.errors import (
    MissingExtraError,
    RefusedError,
    TerminalError,
    TransientError,
    UnreachableError,
    UploadError,
)

_REFUSED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "UnauthorizedOperation",
        "401",
        "403",
    }
)
_CLOCK = frozenset({"RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"})
_CLOCK_SAID = re.compile(r"signature (has )?expired|signature not yet current|not yet valid", re.IGNORECASE)
_TRANSIENT = re.compile(
    r"throttl|toomany|slowdown|timeout|unavailable|internal|conflict|bandwidth|requestlimit", re.IGNORECASE
)
_GONE = re.compile(r"could not find|does not exist|not found|no such", re.IGNORECASE)
_EXISTS = re.compile(r"already exists|already owned", re.IGNORECASE)
_NO_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.NoAuthTokenError,
    exceptions.TokenRetrievalError,
    exceptions.SSOError,
)
_UNREACHABLE = (
    exceptions.EndpointConnectionError,
    exceptions.ConnectTimeoutError,
    exceptions.ProxyConnectionError,
    exceptions.SSLError,
)
_UNITS = ((86_400, "days"), (3600, "hours"), (60, "minutes"))
_OFF_BY = 300
"""Seconds by which a clock may be wrong before AWS refuses what is signed with it."""


def is_gone(error: Exception) -> bool:
    """Tell whether an error says that what was asked for does not exist."""
    code, message = _said(error)
    return code in ("404", "ResourceNotFound", "NoSuchBucket") or bool(_GONE.search(message))


def is_there(error: Exception) -> bool:
    """Tell whether an error says that what was to be made exists."""
    return bool(_EXISTS.search(_said(error)[1])) or _said(error)[0] == "BucketAlreadyOwnedByYou"


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn what AWS's client raises into one of our errors.

    Args:
        where: What the destination is called.

    Raises:
        UploadError: Of the kind that fits.
    """
    try:
        yield
    except UploadError:
        raise
    except Exception as error:  # whatever an SDK raises must become one sentence
        if os.environ.get("LCTRACK_DEBUG"):
            traceback.print_exc()
        raise _explained(where, error) from error


def _explained(where: str, error: Exception) -> UploadError:
    reason = _one_line(str(error))
    if isinstance(error, exceptions.ClientError):
        return _answered(where, error)
    if isinstance(error, exceptions.ProfileNotFound):
        return RefusedError(f"There is no such profile in AWS's own files: {reason}.")
    if isinstance(error, _NO_CREDENTIALS):
        return RefusedError(
            f"There are no AWS credentials that can be used for {where} ({type(error).__name__}): set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --sagemaker-profile, or run aws sso "
            "login."
        )
    if isinstance(error, exceptions.MissingDependencyException):
        return MissingExtraError(f"AWS's client needs a package that is not installed: {reason}.")
    if isinstance(error, _UNREACHABLE):
        return UnreachableError(
            f"{where} does not answer ({type(error).__name__}): is there a network, and is the region right?"
            " The next run delivers."
        )
    return TransientError(f"{where} failed ({type(error).__name__}): {reason}; try again later.")


def _answered(where: str, error: exceptions.ClientError) -> UploadError:
    code, message = _said(error)
    metadata: Mapping[str, Any] = error.response.get("ResponseMetadata", {})
    status = int(metadata.get("HTTPStatusCode", 0))
    told = f"{error.operation_name}: {code}: {_one_line(message)}"
    off = _clock_off(metadata)
    if code in _CLOCK or _CLOCK_SAID.search(message) or (code in _REFUSED and abs(off) > _OFF_BY):
        by = f", which is {_span(off)} the one of AWS" if abs(off) > _OFF_BY else ""
        return RefusedError(f"{where} does not accept the clock of this machine{by}: set it, and deliver again.")
    if code in _REFUSED or status in (401, 403):
        return RefusedError(f"{where} does not let us in ({told}): check the credentials and their permissions.")
    if status >= 500 or status == 429 or _TRANSIENT.search(code):  # noqa: PLR2004  # as HTTP has them
        return TransientError(f"{where} failed ({told}); try again later.")
    return TerminalError(f"{where} refused it ({told}).")


def _said(error: Exception) -> tuple[str, str]:
    response: Mapping[str, Any] = getattr(error, "response", None) or {}
    about = response.get("Error", {})
    return str(about.get("Code", "")), str(about.get("Message", ""))


def _clock_off(metadata: Mapping[str, Any]) -> float:
    """Give by how many seconds this machine's clock is before that of the answer."""
    then = now(metadata)
    return 0.0 if then is None else datetime.now(UTC).timestamp() - then


def now(metadata: Mapping[str, Any]) -> float | None:
    """Give the time that an answer was dated with, in Unix seconds.

    Args:
        metadata: boto's `ResponseMetadata`.

    Returns:
        The destination's own time, which is right where this machine's is not; None where it told none.
    """
    dated = metadata.get("HTTPHeaders", {}).get("date")
    try:
        return email.utils.parsedate_to_datetime(dated).timestamp() if dated else None
    except ValueError:
        return None


def _span(seconds: float) -> str:
    size, unit = next(found for found in _UNITS if abs(seconds) >= found[0])
    return f"{abs(seconds) / size:.0f} {unit} {'ahead of' if seconds > 0 else 'behind'}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300].rstrip(".")
