"""Rows as text: a table for people, CSV, JSON and Markdown for everything else, and Parquet files.

Text in logs comes from models: what a terminal would obey is made visible instead.
"""

import io
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import orjson
import polars as pl
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lctrack_analysis.errors import UsageError
from lctrack_analysis.query import Result

__all__ = ["FORMATS", "cell_text", "console_for", "render", "table_of", "visible", "write_file"]

_CELL = 60
_WIDE = 10_000
# C0 and C1 controls but tab and line feed, and the marks that reorder or hide text.
_HOSTILE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def visible(text: str) -> str:
    """Show control characters and direction marks as escapes, so that no terminal acts on them."""
    return _HOSTILE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def cell_text(value: Any, width: int | None = None) -> str:
    """Write a value on one line, cut to a width."""
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else repr(value)  # noqa: PLR2004  # as digits
    elif isinstance(value, list):
        text = ", ".join(cell_text(item) for item in value)
    else:
        text = str(value)
    text = visible(" ".join(text.split("\n")))
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"


def console_for(stream: TextIO) -> Console:
    """Make a console for a stream; where that is no terminal, tables are as wide as they want to be."""
    width = None if stream.isatty() else _WIDE
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def table_of(frame: pl.DataFrame, title: str | None = None) -> Table:
    """Lay a frame out as a table for a terminal: one line a row, what does not fit is cut."""
    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
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


def render(result: Result, output_format: str) -> bytes:
    """Write rows in one of the text formats.

    Args:
        result: The rows.
        output_format: One of `FORMATS` but `parquet`.

    Returns:
        The text as UTF-8, its last line ended.
    """
    return _RENDERERS[output_format](result)


def write_file(result: Result, output_format: str, path: Path) -> None:
    """Write rows into a file, which is there whole or not at all.

    Args:
        result: The rows.
        output_format: One of `FORMATS`.
        path: The file; one of that name is replaced.

    Raises:
        UsageError: It cannot be written.
    """
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
            temporary = Path(stream.name)
            if output_format == "parquet":
                result.frame.write_parquet(stream, compression="zstd")
            else:
                stream.write(render(result, output_format))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _table(result: Result) -> bytes:
    text = io.StringIO()
    console_for(text).print(table_of(result.frame))
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return ("\n".join(lines) + "\n").encode()


def _csv(result: Result) -> bytes:
    flat = result.frame.with_columns(
        pl.col(name).map_elements(_list_json, return_dtype=pl.String)
        for name, kind in result.frame.schema.items()
        if kind.is_nested()
    )
    return flat.write_csv(datetime_format="%Y-%m-%dT%H:%M:%S%.9fZ").encode()


def _list_json(values: Any) -> str:
    return orjson.dumps(values.to_list() if isinstance(values, pl.Series) else values, default=str).decode()


def _objects(result: Result) -> list[dict[str, Any]]:
    """Give rows as objects, with JSON columns as what they hold."""
    rows = result.frame.to_dicts()
    times = [name for name, kind in result.frame.schema.items() if isinstance(kind, pl.Datetime)]
    texts = result.frame.select(pl.col(times).dt.strftime("%Y-%m-%dT%H:%M:%S%.9fZ")).to_dicts() if times else []
    for index, row in enumerate(rows):
        if times:
            row.update(texts[index])
        for name in result.json_columns:
            if isinstance(row[name], str):
                row[name] = orjson.loads(row[name])
    return rows


def _json(result: Result) -> bytes:
    return orjson.dumps(_objects(result), option=orjson.OPT_INDENT_2, default=str) + b"\n"


def _jsonl(result: Result) -> bytes:
    return b"".join(orjson.dumps(row, default=str) + b"\n" for row in _objects(result))


def _markdown(result: Result) -> bytes:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.replace("\\", "\\\\").replace("|", "\\|") for cell in cells) + " |"

    kinds = result.frame.schema.values()
    lines = [line([visible(name) for name in result.frame.columns])]
    lines.append("|" + "|".join(" ---: " if kind.is_numeric() else " --- " for kind in kinds) + "|")
    lines += [line([cell_text(value) for value in row]) for row in result.frame.iter_rows()]
    return ("\n".join(lines) + "\n").encode()


_RENDERERS: dict[str, Callable[[Result], bytes]] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
    "jsonl": _jsonl,
    "markdown": _markdown,
}
FORMATS = (*_RENDERERS, "parquet")
"""Formats that rows can be written in."""
