"""Where the pieces of a report's data go: each into a script of its own, or all into one page."""

from pathlib import Path
from typing import Any, Protocol

from lctrack_analysis.errors import AnalysisError
from lctrack_analysis.report.folder import write_private
from lctrack_analysis.report.safe import as_json, inline_json, script

__all__ = ["MOST_IN_ONE_PAGE", "FilePieces", "PagePieces", "Pieces"]

MOST_IN_ONE_PAGE = 20_000_000
"""How many bytes of data one page may hold: more makes a browser slow to open it."""


class Pieces(Protocol):
    """Takes pieces of data."""

    def put(self, name: str, value: Any) -> None:
        """Take a piece.

        Args:
            name: Letters, digits, `-` and `_`; no two are alike.
            value: What JSON can hold.
        """


class FilePieces:
    """Writes each piece into a file.

    Args:
        folder: Where to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, value: Any) -> None:
        """Write a piece."""
        write_private(self._folder / f"{name}.js", script(name, as_json(value)))


class PagePieces:
    """Keeps pieces for one page."""

    def __init__(self) -> None:
        self.pieces: dict[str, str] = {}
        self._bytes = 0

    def put(self, name: str, value: Any) -> None:
        """Keep a piece.

        Raises:
            AnalysisError: That is too much for one page.
        """
        json = inline_json(as_json(value))
        self._bytes += len(json)
        if self._bytes > MOST_IN_ONE_PAGE:
            raise AnalysisError(
                f"this is more than the {MOST_IN_ONE_PAGE // 1_000_000} MB that fit into one page: "
                "leave --single-file out, or choose a part with --session, --since and the like"
            )
        self.pieces[name] = json.decode()
