"""Rows as text: a table for people, CSV, JSON and Markdown for everything else, and Parquet files.

Text in logs comes from models: what a terminal would obey is made visible instead, what a Markdown reader would take
for HTML is escaped.
"""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NoReturn, TextIO

import orjson
import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lctrack_analysis.defuse import defused
from lctrack_analysis.formats import FORMATS
from lctrack_analysis.query import Result
from lctrack_analysis.text import visible
from lctrack_analysis.whole_file import whole_file

__all__ = ["FORMATS", "cell_text", "console_for", "csv_text", "render", "table_of", "visible", "write_file"]

_CELL = 60
_MARKDOWN = re.compile(r"[\\|<]")
_WIDE = 10_000
_MIN_FIXED, _MAX_FIXED = 1e-3, 1e15
_TIME = "%Y-%m-%dT%H:%M:%S%.9fZ"


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Leave it to the caller, who knows the exit code."""
        raise  # noqa: PLE0704  # rich calls this while it handles the error


def cell_text(value: Any, width: int | None = None) -> str:
    """Write a value on one line, cut to a width."""
    if value is None:
        return ""
    if isinstance(value, float):
        text = _float_text(value)
    elif isinstance(value, list):
        text = ", ".join(cell_text(item) for item in value)
    else:
        text = str(value)
    text = visible(" ".join(text.split("\n")))
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"


def _float_text(value: float) -> str:
    """Write a number with three decimals, a very small or large one with its exponent."""
    if value and not _MIN_FIXED <= abs(value) < _MAX_FIXED:
        return f"{value:.3g}" if abs(value) < 1 else repr(value)
    return f"{value:.3f}".rstrip("0").rstrip(".")


def console_for(stream: TextIO, *, force_terminal: bool | None = None) -> Console:
    """Make a console for a stream; where that is no terminal, tables are as wide as they want to be."""
    width = None if stream.isatty() else _WIDE
    return _Console(file=stream, width=width, highlight=False, markup=False, emoji=False, force_terminal=force_terminal)


def table_of(frame: pl.DataFrame) -> Table:
    """Lay a frame out as a table for a terminal: one line a row, what does not fit is cut."""
    table = Table(
        header_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for name, kind in frame.schema.items():
        right = kind.is_numeric()
        table.add_column(Text(visible(name), overflow="ellipsis"), justify="right" if right else "left", no_wrap=right)
    for row in frame.iter_rows():
        table.add_row(*(Text(cell_text(value, _CELL), no_wrap=True, overflow="ellipsis") for value in row))
    return table


def render(result: Result, output_format: str, *, raw_csv: bool = False) -> bytes:
    """Write rows in one of the text formats.

    Args:
        result: The rows.
        output_format: One of `FORMATS` but `parquet`.
        raw_csv: Write CSV cells as they are, also those that a spreadsheet would run.

    Returns:
        The text as UTF-8, its last line ended.
    """
    if output_format == "csv":
        return csv_text(result, raw=raw_csv)
    return _RENDERERS[output_format](result)


def write_file(result: Result, output_format: str, path: Path, *, raw_csv: bool = False) -> None:
    """Write rows into a file, which is there whole or not at all.

    Args:
        result: The rows.
        output_format: One of `FORMATS`.
        path: The file; one of that name is replaced. A device or a pipe is written to as it is.
        raw_csv: As for `render`.

    Raises:
        UsageError: It cannot be written.
    """
    with whole_file(path) as stream:
        _fill(stream, result, output_format, raw_csv=raw_csv)


def _fill(stream: IO[bytes], result: Result, output_format: str, *, raw_csv: bool) -> None:
    if output_format == "parquet":
        content = io.BytesIO()
        result.frame.write_parquet(content, compression="zstd")
        stream.write(content.getbuffer())
    else:
        stream.write(render(result, output_format, raw_csv=raw_csv))


def _table(result: Result) -> bytes:
    text = io.StringIO()
    console_for(text, force_terminal=False).print(table_of(result.frame))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return ("\n".join(lines) + "\n").encode()


def csv_text(result: Result, *, raw: bool = False, header: bool = True) -> bytes:
    """Write rows as CSV, with or without the line of names."""
    kinds = result.frame.schema
    flat = result.frame.with_columns(
        *(pl.col(name).map_elements(_nested_json, return_dtype=pl.String) for name in kinds if kinds[name].is_nested()),
        *(pl.col(name).bin.encode("hex") for name in kinds if kinds[name] == pl.Binary),
    )
    return (flat if raw else defused(flat)).write_csv(include_header=header, datetime_format=_TIME).encode()


def _nested_json(values: Any) -> str:
    plain = values.to_list() if isinstance(values, pl.Series) else values
    return orjson.dumps(plain, default=_plain).decode()


def _plain(value: Any) -> Any:
    """Give what orjson does not know as something it does."""
    if isinstance(value, Decimal) and value.is_finite():
        whole = value == value.to_integral_value() and abs(value) < 2**63
        return int(value) if whole else float(value)
    return value.hex() if isinstance(value, bytes) else str(value)


def _objects(result: Result) -> list[dict[str, Any]]:
    """Give rows as objects, with JSON columns as what they hold."""
    rows = result.frame.to_dicts()
    times = [name for name, kind in result.frame.schema.items() if isinstance(kind, pl.Datetime)]
    texts = result.frame.select(pl.col(times).dt.strftime(_TIME)).to_dicts() if times else []
    for index, row in enumerate(rows):
        if times:
            row.update(texts[index])
        for name in result.json_columns:
            row[name] = _parsed(row[name])
    return rows


def _parsed(text: Any) -> Any:
    """Read a JSON cell; what only DuckDB takes for JSON, such as NaN, stays text."""
    try:
        return orjson.loads(text) if isinstance(text, str) else text
    except orjson.JSONDecodeError:
        return text


def _json(result: Result) -> bytes:
    return orjson.dumps(_objects(result), option=orjson.OPT_INDENT_2, default=_plain) + b"\n"


def _jsonl(result: Result) -> bytes:
    return b"".join(orjson.dumps(row, default=_plain) + b"\n" for row in _objects(result))


def _markdown(result: Result) -> bytes:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(_MARKDOWN.sub(r"\\\g<0>", cell) for cell in cells) + " |"

    kinds = result.frame.schema.values()
    lines = [line([visible(name) for name in result.frame.columns])]
    lines.append("|" + "|".join(" ---: " if kind.is_numeric() else " --- " for kind in kinds) + "|")
    lines += [line([cell_text(value) for value in row]) for row in result.frame.iter_rows()]
    return ("\n".join(lines) + "\n").encode()


_RENDERERS: dict[str, Callable[[Result], bytes]] = {
    "table": _table,
    "json": _json,
    "jsonl": _jsonl,
    "markdown": _markdown,
}
