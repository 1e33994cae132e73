"""Names that ClearML accepts, and the tag by which a session's task is found."""

from hashlib import blake2b

from lctrack_uploaders.targets.clearml.configuration import DEFAULT_PROJECT, Configuration
from lctrack_uploaders.units import Unit

SHORTEST = 3
"""Characters that the name of a project or task must have."""


def key(session_id: str) -> str:
    """Give what names a session: derived from its id, so that its task is found again."""
    return blake2b(session_id.encode(errors="surrogatepass"), digest_size=10).hexdigest()


def tag(session_id: str) -> str:
    """Give the tag by which a session's task is found."""
    return f"lctrack:{key(session_id)}"


def project(unit: Unit, settings: Configuration) -> str:
    """Give the name of a session's project."""
    return _long_enough(settings.project or unit.labels.get("project") or DEFAULT_PROJECT, "project")


def task(unit: Unit) -> str:
    """Give the name of a session's task."""
    return _long_enough(unit.name, "session")


def _long_enough(name: str, what: str) -> str:
    name = name.strip()
    return name if len(name) >= SHORTEST else f"{what} {name}".strip()
