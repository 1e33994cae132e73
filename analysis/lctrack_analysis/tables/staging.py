"""Staged rows, where they lie: views over the Parquet files, with ids in the order of files and lines.

In a part, an id begins with the number of its source, and stays the same whatever else is read; it is the
column `row_id`.
The column `id` begins with the file's place among those of this reading.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from lctrack_analysis.ingest import Staged
from lctrack_analysis.ingest.piece import SOURCE_SHIFT, Part, files_of
from lctrack_analysis.read.events import SHIFT
from lctrack_analysis.stage import STAGES

__all__ = ["add_staged"]

_LINE = f"(rows.id & {(1 << SOURCE_SHIFT) - 1})"
_ID = f"((sources.rank << {SHIFT}) | {_LINE})"
_FROM = f"FROM ({{rows}}) AS rows JOIN stage.sources ON sources.number = (rows.id >> {SOURCE_SHIFT})"


def add_staged(connection: duckdb.DuckDBPyConnection, staged: Staged, parts: Sequence[Part] | None = None) -> None:
    """Add a view for each staging table, those that are final among the tables, the others in the schema `stage`.

    Args:
        connection: A database without tables.
        staged: The rows.
        parts: Which of its parts; by default all of them.
    """
    connection.execute("CREATE SCHEMA stage")
    numbers, ranks, names = zip(*staged.sources, strict=True)
    connection.execute("CREATE TABLE stage.sources (number BIGINT, rank BIGINT, file VARCHAR)")
    # As lists: what is registered makes DuckDB import pandas, which takes longer than most of the rest.
    connection.execute(
        "INSERT INTO stage.sources SELECT unnest(?), unnest(?), unnest(?)", [list(numbers), list(ranks), list(names)]
    )
    for table, columns in STAGES.items():
        rows = _rows(files_of(staged.parts if parts is None else parts, table), columns)
        selected = [f"rows.{name}" for name, _ in columns if name != "id"]
        if table == "events":
            selected[2:2] = ["sources.file", f"{_LINE} AS line"]
            # The same in any order, for sorting takes its time, also where nobody needs it.
            connection.execute(
                f"CREATE VIEW stage.lines AS SELECT rows.id AS row_id, {', '.join(selected)} {_FROM.format(rows=rows)}"
            )
        elif table == "problems":
            selected[:0] = ["sources.file", f"{_LINE} AS line"]
        final = table in ("events", "assets", "problems")
        if not final:
            selected[:0] = [f"{_ID} AS id", "rows.id AS row_id"]
        connection.execute(
            f"CREATE VIEW {'main' if final else 'stage'}.{table} AS "  # names of our own
            f"SELECT {', '.join(selected)} {_FROM.format(rows=rows)} {f'ORDER BY {_ID}' if final else ''}"
        )


def _rows(files: Iterable[Path], columns: tuple[tuple[str, str], ...]) -> str:
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    if not listed:
        return f"SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in columns)} WHERE false"  # as above
    return f"FROM read_parquet([{listed}])"
