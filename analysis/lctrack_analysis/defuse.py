"""Text that a spreadsheet would run as a formula, made harmless in CSV.

A spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break, and text from models may. Such a
cell gets a `'` before it, which tells spreadsheets that it is text; numbers stay as they are. A cell that begins with
apostrophes before such a character gets one more, so that nothing is lost: who takes one apostrophe away from each cell
that begins with apostrophes and then one of these has what was there.
"""

import re

import polars as pl

__all__ = ["defused", "defused_text"]

_RUN = r"[=+\-@\t\r\n＝＋－＠]"  # noqa: RUF001  # the wide forms, which some spreadsheets take for the narrow ones
_HOSTILE = rf"^'*{_RUN}"
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"


def defused(frame: pl.DataFrame) -> pl.DataFrame:
    """Make the text in a frame harmless, names of columns included.

    Args:
        frame: Rows; only columns of text are looked at.

    Returns:
        The same rows.
    """
    texts = [pl.col(name) for name, kind in frame.schema.items() if kind == pl.String]
    safe = frame.with_columns(
        pl.when(text.str.contains(_HOSTILE) & ~text.str.contains(_NUMBER)).then("'" + text).otherwise(text).name.keep()
        for text in texts
    )
    return safe.rename({name: defused_text(name) for name in safe.columns})


def defused_text(text: str) -> str:
    """Make one cell harmless."""
    return f"'{text}" if re.match(_HOSTILE, text) and not re.fullmatch(_NUMBER, text) else text
