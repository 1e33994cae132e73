"""How the command writes: data to standard output, everything else to standard error.

Text from logs is hostile: whatever would move the cursor, hide text or turn it round is written as an escape.
"""

import datetime as dt
import sys
from collections.abc import Iterable, Sequence

__all__ = ["clock", "date", "note", "plural", "size", "table", "visible", "write"]

_GAP = "   "


def write(text: str) -> None:
    """Write a line of data."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Write a line about the work."""
    sys.stderr.write(f"{visible(text)}\n")


def visible(text: str) -> str:
    r"""Write control characters, line breaks and invisible marks as escapes such as `\n` and `\x1b`."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def size(count: int) -> str:
    """Write a number of bytes for people, in decimal units."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:  # noqa: PLR2004  # what would be written as 1000
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"  # noqa: PLR2004  # two digits are enough
        amount /= 1000
    return f"{amount:.1f} TB"


def plural(count: int, noun: str) -> str:
    """Count something: `1 line`, `2 lines`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def date(time: int | None) -> str:
    """Write a Unix time in nanoseconds as date and time of day, UTC."""
    return "" if time is None else _moment(time).strftime("%Y-%m-%d %H:%M:%S")


def clock(time: int) -> str:
    """Write a Unix time in nanoseconds as day and time to the millisecond, UTC."""
    return f"{_moment(time):%m-%d %H:%M:%S}.{time // 1_000_000 % 1000:03}"


def table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    """Write rows below their heads; columns of numbers and sizes are aligned to the right.

    Args:
        head: Names of the columns; those that begin with `>` are aligned to the right.
        rows: The cells.
    """
    right = [name.startswith(">") for name in head]
    lines = [[name.removeprefix(">") for name in head], *([visible(str(cell)) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]

    def written(cells: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if aligned else cell.ljust(width)
            for cell, width, aligned in zip(cells, widths, right, strict=True)
        ]
        return _GAP.join(cells).rstrip()

    write(written(lines[0]))
    write("─" * (sum(widths) + len(_GAP) * (len(widths) - 1)))
    for line in lines[1:]:
        write(written(line))


def _moment(time: int) -> dt.datetime:
    try:
        return dt.datetime.fromtimestamp(time // 1_000_000_000, dt.timezone.utc)
    except (OverflowError, OSError, ValueError):  # beyond the calendar
        return dt.datetime.fromtimestamp(0, dt.timezone.utc)
