"""Whole tables for the reader of a report, in pieces; of long ones the first rows, and how to get the rest."""

from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import Any

import duckdb

from lctrack_analysis.columns import TABLES, Column
from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.report.pieces import Pieces
from lctrack_analysis.text import without_links

__all__ = ["MOST_ROWS", "SHOWN", "write_tables"]

ROWS = 500
"""Rows of a piece."""
MOST_ROWS = 10_000
"""Rows of a table that are written."""
_MOST_TEXT = 2_000
"""Characters of a cell that are written: the details of a trace hold them all."""

_LEFT_OUT = {"action_records": {"record"}, "session_analysis": {"chat_html"}}
"""Columns that say again what others say."""

SHOWN = {
    "session_analysis": "session_id, prompt_step, prompt_index, generation_index",
    "action_records": "session_id, step, prompt_index, generation_index",
    "errors": "time DESC, run_id",
    "tool_calls": "start_time, run_id",
    "retrievals": "start_time, run_id",
    "scores": "time, run_id",
    "conversations": "start_time, conversation_id",
    "problems": "file, line",
}
"""The tables, and the order of their rows."""


def write_tables(logs: Asked, pieces: Pieces, show: Callable[[int, int], None]) -> dict[str, Any]:
    """Write the tables.

    Args:
        logs: The logs.
        pieces: Where to; the pieces are `table-<name>-0`, `table-<name>-1`, …
        show: Is told how many tables are written, of how many.

    Returns:
        By name: what a row is, `columns` as pairs of a name and what it holds, how many `rows` there are and are
        `shown`, how many make a piece, and the `sql` that gives them.
    """
    written = {}
    for done, (name, order) in enumerate(SHOWN.items(), 1):
        written[name] = _write(logs, pieces, name, order)
        show(done, len(SHOWN))
    return written


def _write(logs: Asked, pieces: Pieces, name: str, order: str) -> dict[str, Any]:
    columns = [column for column in TABLES[name].columns if column.name not in _LEFT_OUT.get(name, ())]
    names = ", ".join(f'"{column.name}"' for column in columns)
    sql = f"SELECT {names} FROM {name} ORDER BY {order}"  # noqa: S608  # names of our own
    logs.query(f"{sql} LIMIT 0")  # so that complexity, costs and pictures are filled in
    [total] = logs.query(f"SELECT count(*) FROM {name}").frame.row(0)  # noqa: S608  # likewise
    # Cut before they are put in order, so that long texts take no memory.
    cut = ", ".join(_cut(column) for column in columns)
    rows = logs.rows(f"SELECT * FROM (SELECT {cut} FROM {name}) ORDER BY {order} LIMIT {MOST_ROWS}")  # noqa: S608  # likewise
    count = shown = 0
    # What is too much for the memory there is, the reader of the report asks for with more of it.
    with suppress(duckdb.OutOfMemoryException):
        while found := list(islice(rows, ROWS)):
            pieces.put(
                f"table-{name}-{count}", [[_cell(row[column.name], column.type) for column in columns] for row in found]
            )
            count += 1
            shown += len(found)
    return {
        "about": without_links(TABLES[name].row),
        "columns": [[column.name, without_links(column.doc), column.type] for column in columns],
        "rows": total,
        "shown": shown,
        "piece": ROWS,
        "sql": sql,
    }


def _cut(column: Column) -> str:
    if column.type == "VARCHAR":
        return f'left("{column.name}", {_MOST_TEXT + 1}) AS "{column.name}"'
    return f'"{column.name}"'


def _cell(value: Any, kind: str) -> Any:
    if kind.startswith("TIMESTAMP") and value is not None:
        return value / 1e6
    if isinstance(value, str) and len(value) > _MOST_TEXT:
        return f"{value[: _MOST_TEXT - 1]}…"
    return value
