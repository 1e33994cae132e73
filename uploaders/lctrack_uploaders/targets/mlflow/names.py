"""Names and values that MLflow accepts: whatever the log holds, one odd name must not cost a whole batch."""

import posixpath
import re
from hashlib import blake2b

MAX_KEY = 250
"""Longest name of a parameter, metric or tag."""
MAX_PARAM = 6000
"""Longest value of a parameter."""
MAX_TAG = 8000
"""Longest value of a tag."""
MAX_NAME = 250
"""Longest name of a run or experiment that every database behind MLflow can hold."""

_FORBIDDEN = re.compile(r"[^\w.\- :/]")
_PLAIN_ID = re.compile(r"[\w.:\-]{1,200}", re.ASCII)
_MARK = 4


def key(name: str) -> str:
    """Make a legal name of a parameter, metric or tag.

    Args:
        name: Any text.

    Returns:
        The name itself where MLflow takes it; otherwise a similar one, ending in a hash that keeps it distinct.
    """
    legal = _FORBIDDEN.sub("_", name)
    # MLflow also refuses what would be another path when used as one: `a//b`, `../a`, `/a`, `.`
    legal = posixpath.normpath(legal).lstrip("/")
    legal = "_" if legal in ("", ".") or legal.startswith("..") else legal
    if legal == name and len(name) <= MAX_KEY:
        return name
    return f"{legal[: MAX_KEY - 2 * _MARK - 1]}-{blake2b(name.encode(), digest_size=_MARK).hexdigest()}"


def cut(text: str, limit: int) -> str:
    """Shorten a text to a limit, showing that something is missing.

    Args:
        text: Any text.
        limit: The most characters.

    Returns:
        The text, or its beginning and an ellipsis.
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def session_key(session_id: str) -> str:
    """Give the value of the tag by which a session's run is found again.

    MLflow's filter language has no escapes, so an id with a quote in it could not be asked for.

    Args:
        session_id: Any text; the recorder writes UUIDs.

    Returns:
        The id where it is plain, else a hash of it.
    """
    plain = _PLAIN_ID.fullmatch(session_id)
    return session_id if plain else "blake2b:" + blake2b(session_id.encode(), digest_size=16).hexdigest()
