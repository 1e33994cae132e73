"""What a question needs of the logs, and how a value from the logs stands in SQL."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from lctrack_analysis.query import Result

__all__ = ["Asked", "literal", "literals"]


class Asked(Protocol):
    """Logs that can be asked."""

    def query(self, query: str) -> Result:
        """Answer one SELECT-like statement."""

    def rows(self, query: str) -> Iterator[dict[str, Any]]:
        """Give the rows of a statement one by one, as many as there are; complexity is not measured for it."""

    @property
    def workplace(self) -> Path:
        """Give a private directory for what is temporary."""


def literal(text: str) -> str:
    """Write a text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Write texts as the right side of `IN`; none of them is in it where there are none."""
    return f"({', '.join(map(literal, texts)) or 'NULL'})"
