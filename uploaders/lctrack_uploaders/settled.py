"""Whether a target can have nothing new: nothing below the logs has changed since all of it was delivered there.

Reading a thousand sessions takes seconds, and a run from cron mostly finds that nothing happened. So after a run that
left nothing to do, the ledger keeps a mark of what there was to read: name, size and time of change of every file, and
the releases and options that decide what becomes of them. As long as the mark is the same, the logs are not read.

Accepted trade-off: a file that is changed without its size or time of change becoming another is not noticed. Whoever
wants to have everything looked at again deletes the ledger.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from lctrack_analysis.columns import SCHEMA_VERSION
from lctrack_uploaders.destinations import Named

_DECIDING = ("lctrack-analysis", "lctrack-uploaders", "genai-prices", "textstat", "spacy")
"""Distributions that decide what becomes of the logs: tables, prices, complexity."""
_NARROWING = ("since", "project", "session", "limit", "dry_run", "retry_failed", "json")
"""Options with which a run tells something else, or less, than that all is delivered."""

_PICTURES = ".lctrack/pictures"


def mark(options: Mapping[str, Any], named: Named, mapping_version: int) -> str | None:
    """Give the mark of all that a run would read.

    Args:
        options: Those of the command.
        named: Where to.
        mapping_version: Of the units.

    Returns:
        Hexadecimal digits; None where the logs have to be read whatever is known.
    """
    paths: Sequence[Path] = options["logs"]
    narrowed = any(options[name] for name in _NARROWING if name != "limit") or options["limit"] is not None
    if narrowed or not all(path.is_dir() for path in paths):
        return None
    try:
        seen = [list(_files(path)) for path in paths]
    except OSError:  # a file went while we looked: the recorder is at work
        return None
    if not any(seen):
        return None
    releases = [_release(name) for name in _DECIDING]
    known = [SCHEMA_VERSION, mapping_version, named.target.mapping, named.options, releases, seen]
    return blake2b(json.dumps(known).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _files(directory: Path) -> Iterator[tuple[str, int, int]]:
    """Give each file that readers of logs look at, and the pictures."""
    for top in (directory, directory / _PICTURES):
        for parent, directories, files in os.walk(top):
            directories[:] = sorted(name for name in directories if not name.startswith("."))
            for name in sorted(files):
                path = Path(parent, name)
                found = path.lstat()
                yield str(path.relative_to(directory)), found.st_size, found.st_mtime_ns


def _release(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
