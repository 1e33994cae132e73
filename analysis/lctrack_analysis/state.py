"""Where the cache and the pictures are: in the state directory `.lctrack` beside the logs, which readers of logs skip.

The caches are `complexity`, `spacy`, and one for each version of what reads the logs.
"""

import os
from collections.abc import Sequence
from pathlib import Path

__all__ = ["cache_directory", "picture_directory"]

_STATE = ".lctrack"
_PICTURES = "pictures"


def cache_directory(logs: Sequence[Path]) -> Path | None:
    """Choose where what is known of some logs is kept.

    Args:
        logs: Log files or directories, at least one.

    Returns:
        A directory in `.lctrack` beside the first of them; where that cannot be written, in the user's cache
        directory; None for a user without a home.
    """
    first = logs[0].absolute()
    beside = (first if first.is_dir() else first.parent) / _STATE
    if os.access(beside if beside.is_dir() else beside.parent, os.W_OK | os.X_OK):
        return beside / "cache"
    base = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))  # noqa: PTH111  # which does not raise
    return base / "lctrack" if base.is_absolute() else None


def picture_directory(logs: Sequence[Path]) -> Path | None:
    """Choose where pictures of texts in some logs are.

    Args:
        logs: Log files or directories, at least one.

    Returns:
        Likewise, `pictures`; where somebody else drew them beside the logs, there.
    """
    first = logs[0].absolute()
    beside = (first if first.is_dir() else first.parent) / _STATE / _PICTURES
    if beside.is_dir():
        return beside
    cache = cache_directory(logs)
    if cache is None:
        return None
    return cache.with_name(_PICTURES) if cache.parent.name == _STATE else cache / _PICTURES
