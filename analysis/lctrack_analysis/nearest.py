"""The name that somebody may have meant."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from lctrack_analysis.columns import TABLES
from lctrack_analysis.errors import UsageError

__all__ = ["check_table", "did_you_mean", "nearest", "no_table", "with_nearest_column"]

_LIKE = 0.6
_NO_COLUMN = re.compile(r'(?:Referenced column|have a column named) "([^"]*)"[^\n]*')
_CANDIDATES = re.compile(r"\n+Candidate bindings:[^\n]*")


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """Give the names that are most like one, the nearest first; at most three."""
    return get_close_matches(name.lower(), list(dict.fromkeys(names)), n=3, cutoff=_LIKE)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Give the end of a sentence that asks for the nearest name; nothing where none is near."""
    near = nearest(name, names)
    return f": did you mean {' or '.join(near)}?" if near else ""


def no_table(name: str) -> str:
    """Give the sentence about a table that does not exist."""
    return f"there is no table {name}{did_you_mean(name, TABLES) or ':'} choose one of {', '.join(TABLES)}"


def check_table(name: str) -> None:
    """Let only the name of a table pass.

    Raises:
        UsageError: There is no such table; the text says which is near.
    """
    if name not in TABLES:
        raise UsageError(no_table(name))


def with_nearest_column(sentence: str, query: str) -> str:
    """Suggest columns in DuckDB's sentence about one that does not exist: of our tables, where it goes by all in scope.

    Args:
        sentence: What DuckDB says.
        query: The statement.

    Returns:
        The sentence, with our suggestion in place of its own where we have one.
    """
    match = _NO_COLUMN.search(sentence)
    if match is None:
        return sentence
    words = set(re.findall(r"\w+", query.lower()))
    columns = [column.name for name, table in TABLES.items() if name in words for column in table.columns]
    near = nearest(match.group(1), columns)
    if not near:
        return sentence
    rest = _CANDIDATES.sub("", sentence[match.end() :], count=1)
    return f"{sentence[: match.end()]}\nDid you mean {' or '.join(near)}?{rest}"
