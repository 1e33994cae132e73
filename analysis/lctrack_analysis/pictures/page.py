"""Pictures as files: an HTML page each, that loads nothing and runs nothing, whatever were to stand in it.

A page says in its head what drew it. One that is there whole and was drawn by the same is not drawn again. Pages hold
texts of the logs: directories are made 0700, files 0600.
"""

import hashlib
import html
import os
import uuid
from pathlib import Path

from lctrack_analysis.pictures.markup import clean

__all__ = ["DEPENDENCIES", "ENTITIES", "file_name", "is_current", "page", "write_page"]

DEPENDENCIES, ENTITIES = "dep", "ent"
"""The two kinds of picture; files begin with them."""

_TITLES = {DEPENDENCIES: "Dependencies", ENTITIES: "Entities"}
_HEAD = 1024
_PAGE = """<!DOCTYPE html>
<html lang="en" dir="{direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="lctrack-analyze {mark}">
<title>{title}</title>
<style>body {{ margin: 2rem; font: 16px sans-serif; }} figure {{ margin: 0 0 2rem; overflow-x: auto; }} \
svg {{ margin: 0 4rem; overflow: visible; }} footer {{ color: #666; font-size: 0.8em; direction: ltr; }}</style>
</head>
<body>
{figures}<footer>{notes}</footer>
</body>
</html>
"""


def file_name(kind: str, text: str) -> str:
    """Give the name of a text's picture, which is the one that LangChain's trackers give it.

    Args:
        kind: `DEPENDENCIES` or `ENTITIES`.
        text: The text.

    Returns:
        `dep-` or `ent-`, the SHA-1 of the text, and `.html`.
    """
    digest = hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    return f"{kind}-{digest}.html"


def page(kind: str, figures: str, notes: str, mark: str, *, from_right: bool) -> str:
    """Make a page.

    Args:
        kind: `DEPENDENCIES` or `ENTITIES`.
        figures: Markup that is safe.
        notes: Text that stands below.
        mark: What stands for all that it depends on, besides the text.
        from_right: Whether its language is written from right to left.

    Returns:
        HTML.
    """
    return _PAGE.format(
        direction="rtl" if from_right else "ltr",
        mark=html.escape(mark),
        title=_TITLES[kind],
        figures=figures,
        notes=html.escape(clean(notes)),
    )


def is_current(path: Path, mark: str) -> bool:
    """Tell whether a page is there that was drawn under this mark."""
    try:
        with path.open("rb") as file:
            return f'content="lctrack-analyze {html.escape(mark)}"'.encode() in file.read(_HEAD)
    except OSError:
        return False


def write_page(path: Path, content: str) -> None:
    """Write a page, which is there whole or not at all.

    Args:
        path: Where; what is there is replaced.
        content: HTML.

    Raises:
        OSError: It cannot be written.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content.encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
