"""Frames as HTML for a notebook. Text in logs comes from models: all of it is escaped, and nothing in it is obeyed.

There is no script, no link and no picture in it, and no colour of its own but for errors, so that it can be read on a
light page and on a dark one.
"""

from html import escape

import polars as pl

from lctrack_analysis.render import cell_text

__all__ = ["html_table", "html_text"]

_CELL = 80
_PADDING = "padding:2px 12px 2px 0"


def html_text(text: str) -> str:
    """Give a text as HTML that shows it as it is."""
    return escape(cell_text(text))


def html_table(title: str, frame: pl.DataFrame, left_out: int = 0) -> str:
    """Lay a frame out as a table.

    Args:
        title: What stands above it.
        frame: The rows; none gives no table.
        left_out: How many more rows there are.

    Returns:
        HTML.
    """
    if frame.is_empty():
        return ""
    sides = ["right" if kind.is_numeric() else "left" for kind in frame.schema.values()]
    head = "".join(
        f'<th style="text-align:{side};{_PADDING}">{html_text(name)}</th>'
        for side, name in zip(sides, frame.columns, strict=True)
    )
    rows = "".join(f"<tr>{_cells(row, sides)}</tr>" for row in frame.iter_rows())
    more = f"<div>… and {left_out:,} more</div>" if left_out else ""
    head = f'<div style="margin-top:8px"><b>{html_text(title)}</b></div><table><thead><tr>{head}</tr></thead>'
    return f"{head}<tbody>{rows}</tbody></table>{more}"


def _cells(row: tuple[object, ...], sides: list[str]) -> str:
    return "".join(
        f'<td style="text-align:{side};{_PADDING}">{escape(cell_text(value, _CELL))}</td>'
        for side, value in zip(sides, row, strict=True)
    )
