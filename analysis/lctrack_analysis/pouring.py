"""Rows on their way into a file, portion by portion: what is written need not fit into memory.

It is there whole or not at all, as every file of ours. Formats in which a row depends on others are not written so.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import polars as pl
import pyarrow.parquet as pq

from lctrack_analysis.logs import Logs
from lctrack_analysis.query import Result
from lctrack_analysis.render import csv_text, render
from lctrack_analysis.whole_file import whole_file

__all__ = ["POURED", "pour_into"]

POURED = ("csv", "jsonl", "parquet")
"""Formats that can be written so."""
_GROUP_ROWS = 32_768


def pour_into(
    path: Path, output_format: str, logs: Logs, query: str, *, timeout: float | None, raw_csv: bool
) -> int | None:
    """Write the rows of a query into a file.

    Args:
        path: The file; one of that name is replaced.
        output_format: One of `POURED`.
        logs: What is asked.
        query: As for `Logs.pour`.
        timeout: Seconds it may take; None is without end.
        raw_csv: As for `render`.

    Returns:
        How many rows were written; None, and nothing is written, where `Logs.pour` does not give them.

    Raises:
        UsageError: The file cannot be written.
        QueryError: The query is wrong, or takes too much.
    """
    with ExitStack() as stack:
        # Not before there are rows: a pipe that was opened and closed again has ended for who reads it.
        writer = _Writer(lambda: stack.enter_context(whole_file(path)), output_format, raw_csv=raw_csv)
        if not logs.pour(query, writer.take, timeout=timeout):
            return None
        writer.finish()
    return writer.rows


class _Writer:
    """Writes portions in one of the formats."""

    def __init__(self, begin: Callable[[], IO[bytes]], output_format: str, *, raw_csv: bool) -> None:
        self._begin = begin
        self._format = output_format
        self._raw = raw_csv
        self._parquet: pq.ParquetWriter | None = None
        self._waiting: list[pl.DataFrame] = []
        self._stream: IO[bytes] | None = None
        self.rows = 0

    def take(self, portion: Result) -> None:
        """Write a portion."""
        header = self._stream is None
        stream = self._stream = self._stream or self._begin()
        self.rows += portion.frame.height
        if self._format == "parquet":
            self._waiting.append(portion.frame)
            if sum(frame.height for frame in self._waiting) >= _GROUP_ROWS:
                self._write_group()
        elif self._format == "csv":
            stream.write(csv_text(portion, raw=self._raw, header=header))
        else:
            stream.write(render(portion, self._format))

    def finish(self) -> None:
        """Write what a file ends with."""
        if self._waiting:
            self._write_group()
        if self._parquet is not None:
            self._parquet.close()

    def _write_group(self) -> None:
        group = pl.concat(self._waiting).to_arrow(compat_level=pl.CompatLevel.oldest())
        self._waiting.clear()
        if self._parquet is None:
            self._parquet = pq.ParquetWriter(self._stream, group.schema, compression="zstd")
        self._parquet.write_table(group)
