"""Names that W&B accepts: whatever the log holds, one odd name must not cost the whole run."""

import re
from hashlib import blake2b

from lctrack_uploaders.targets.wandb.configuration import DEFAULT_PROJECT, FORBIDDEN, Configuration
from lctrack_uploaders.units import Unit

MAX_NAME = 128
"""Longest name of a project, entity, run or group."""
MAX_TAG = 64
"""Longest tag."""

_FORBIDDEN = re.compile(f"[{re.escape(FORBIDDEN)}\x00-\x1f]+")


def run_id(session_id: str) -> str:
    """Give the id of a session's run: derived from the session's, so that it is found again."""
    return f"lct{blake2b(session_id.encode(errors='surrogatepass'), digest_size=10).hexdigest()}"


def project(unit: Unit, settings: Configuration) -> str:
    """Give the name of a session's project."""
    return place(settings.project or unit.labels.get("project") or "") or DEFAULT_PROJECT


def entity(unit: Unit, settings: Configuration) -> str | None:
    """Give the user or team that a session's run belongs to; None is the key's own."""
    return place(settings.entity or unit.labels.get("entity") or "") or None


def place(text: str) -> str:
    """Make a name of a project or entity.

    Args:
        text: Any text.

    Returns:
        It where W&B takes it; otherwise a similar one, ending in a hash that keeps it distinct.
    """
    legal = _FORBIDDEN.sub("-", text.strip())
    if legal == text and len(text) <= MAX_NAME:
        return text
    if not legal:
        return ""
    mark = blake2b(text.encode(errors="surrogatepass"), digest_size=4).hexdigest()
    return f"{legal[: MAX_NAME - len(mark) - 1]}-{mark}"


def cut(text: str, limit: int = MAX_NAME) -> str:
    """Give a text that is no longer than a limit, with an ellipsis for what is missing."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def tags(unit: Unit) -> tuple[str, ...]:
    """Give a session's tags, each once."""
    return tuple(dict.fromkeys(cut(tag, MAX_TAG) for tag in unit.tags if tag))
