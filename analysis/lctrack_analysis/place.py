"""Where in a query something is wrong: its line, with a caret below the place."""

import re

import duckdb

__all__ = ["caret", "sentence_of"]

_UNKNOWN = 2**63
_BEFORE, _WIDTH = 60, 100
_LINE = re.compile(r"\n+LINE (\d+): ([^\n]*\n *\^*)\s*\Z")


def caret(text: str, location: int | None, length: int, first_line: int = 1) -> str:
    """Show a place in a statement.

    Args:
        text: The statement.
        location: Where the place begins, in bytes from the beginning of the statement, or None.
        length: How long it is, in bytes.
        first_line: Line of the script on which the statement begins, from 1.

    Returns:
        An empty line, the line of the place with its number, and a line with carets below it; nothing where the place
        is not known.
    """
    encoded = text.encode()
    if location is None or location >= min(_UNKNOWN, len(encoded) + 1):
        return ""
    before = encoded[:location].decode(errors="ignore")
    marked = encoded[location : location + max(length, 1)].decode(errors="ignore").partition("\n")[0]
    start = before.rfind("\n") + 1
    line = text[start:].partition("\n")[0]
    column = len(before) - start
    cut = max(column - _BEFORE, 0)
    shown = f"{'…' if cut else ''}{line[cut : cut + _WIDTH]}{'…' if len(line) > cut + _WIDTH else ''}"
    label = f"LINE {first_line + before.count(chr(10))}: "
    carets = "^" * max(min(len(marked), _WIDTH - (column - cut)), 1)
    return f"\n\n{label}{shown}\n{' ' * (len(label) + column - cut + bool(cut))}{carets}"


def sentence_of(error: duckdb.Error, first_line: int = 1) -> str:
    """Give DuckDB's own words, with the line counted in the whole script.

    Args:
        error: What DuckDB raised.
        first_line: Line of the script on which the statement begins, from 1.

    Returns:
        The message, and the place where DuckDB knows it.
    """
    text = str(error)
    match = _LINE.search(text)
    if match is None or first_line == 1:
        return text
    old, new = match.group(1), str(int(match.group(1)) + first_line - 1)
    shown, _, carets = match.group(2).partition("\n")
    return f"{text[: match.start()]}\n\nLINE {new}: {shown}\n{' ' * (len(new) - len(old))}{carets}"
