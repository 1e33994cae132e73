"""The everyday questions as methods of the logs."""

import os

import polars as pl

from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.questions.compare import compare
from lctrack_analysis.questions.error_groups import error_groups
from lctrack_analysis.questions.export import Export, export
from lctrack_analysis.questions.search import search
from lctrack_analysis.questions.slowest import slowest

__all__ = ["Questions"]


class Questions:
    """What can be asked without SQL; the functions of the same names tell what comes back."""

    def error_groups(self: Asked) -> pl.DataFrame:
        """Count errors where they arose, by type and by what they say: the most frequent first."""
        return error_groups(self).frame

    def slowest(self: Asked, count: int = 10, kind: str | None = None) -> pl.DataFrame:
        """Give the runs that took longest.

        Args:
            count: How many.
            kind: Only runs of this kind, such as `chat_model`.

        Raises:
            NoMatchError: There is no run of that kind.
        """
        return slowest(self, count, kind).frame

    def compare(self: Asked, a: str, b: str) -> pl.DataFrame:
        """Put two sessions or groups of sessions side by side.

        Args:
            a: One side: a session's id or name, the beginning of ids, or `project:…`, `name:…`, `group:…`, `tag:…`.
            b: The other.

        Returns:
            One row for each measure: `measure`, `a`, `b`, `difference` and `percent`.

        Raises:
            NoMatchError: There is no such session or group.
        """
        return compare(self, a, b).frame

    def search(self: Asked, text: str, limit: int = 20) -> pl.DataFrame:
        """Find prompts and answers that hold all words of a text, the best first.

        Args:
            text: Words, of which `word*` stands for all that begin so, and `"some words"` for these words in a row.
            limit: How many hits at most.

        Raises:
            UsageError: The text has no word.
        """
        return search(self, text, limit).frame

    def export(
        self: Asked,
        path: str | os.PathLike[str],
        shape: str = "chat",
        *,
        dedupe: bool = False,
        include_failed: bool = False,
    ) -> Export:
        """Write what models answered as a data set, one JSON object a line.

        Args:
            path: The file, which is there whole or not at all; one of that name is replaced.
            shape: `chat` (OpenAI's chat format) or `pairs` (`prompt`, `completion`).
            dedupe: Whether an example that is there already is left out.
            include_failed: Whether what an error cut short is in it.

        Returns:
            How many examples were written, and how many were not, and why.

        Raises:
            UsageError: There is no such shape, or the file cannot be written.
        """
        return export(self, path, shape, dedupe=dedupe, include_failed=include_failed)
