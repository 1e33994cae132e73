"""The log files themselves, for targets that keep them beside what was made of them. They are handed on unread."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")


def find(paths: Iterable[Path]) -> Mapping[str, Path]:
    """Find the files of segments.

    Args:
        paths: Log files or directories, which are searched in depth, names that begin with a dot left out.

    Returns:
        File by segment. One that is in a bundle, or under another name, is not among them.
    """
    found: dict[str, Path] = {}
    for path in paths:
        for file in [path] if path.is_file() else _below(path):
            ending = next((ending for ending in _ENDINGS if file.name.endswith(ending)), None)
            if ending:
                found.setdefault(file.name.removesuffix(ending), file)
    return found


def _below(directory: Path) -> Iterable[Path]:
    for parent, directories, files in os.walk(directory):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(files) if not name.startswith("."))
