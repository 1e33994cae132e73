"""The shapes in which tables and their rows are handed around."""

from collections.abc import Mapping
from typing import Any, Protocol

Row = Mapping[str, Any]
"""One row of a table by column; times are integers, Unix nanoseconds."""


class Logs(Protocol):
    """The tables, as `lctrack_analysis.load` gives them: an attribute for each."""

    def __getattr__(self, name: str) -> Any:
        """Give a table as a polars frame."""
