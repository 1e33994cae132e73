"""The tables on disk while sessions are taken from them a few at a time, so that memory does not grow with the logs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from lctrack_analysis.pouring import pour_into
from lctrack_uploaders.typing import Logs

__all__ = ["Spool", "spooled"]


class Spool:
    """Tables, to be read in part.

    Args:
        logs: Where they are from.
        directory: Where to put them; None leaves them where they are.
    """

    def __init__(self, logs: Logs, directory: Path | None) -> None:
        self._logs = logs
        self._directory = directory
        self._owners = self.table("traces").select("trace_id", owner="session_id").unique("trace_id").collect()

    def table(self, name: str) -> pl.LazyFrame:
        """Give a whole table."""
        if self._directory is None:
            frame: pl.DataFrame = getattr(self._logs, name)
            return frame.lazy()
        path = self._directory / f"{name}.parquet"
        if not path.exists():
            logs: Any = self._logs
            if pour_into(path, "parquet", logs, f"FROM {name}", timeout=None, raw_csv=True) is None:
                getattr(logs, name).write_parquet(path)
        return pl.scan_parquet(path)

    def of(self, name: str, sessions: Sequence[str], *, counted: bool) -> pl.DataFrame:
        """Give the rows of a table that some sessions own.

        Args:
            name: The table.
            sessions: Their ids.
            counted: Whether a row belongs to its own session in any case, and not to the one that owns its trace.

        Returns:
            The rows with their `owner`, sorted by it.
        """
        rows = self.table(name)
        ids = pl.lit(pl.Series(sessions, dtype=pl.String)).implode()
        owner = pl.col("session_id")
        if counted or "trace_id" not in rows.collect_schema():
            found = rows.filter(owner.is_in(ids)).collect().with_columns(owner=owner)
        else:
            traces = self._owners.filter(pl.col("owner").is_in(ids))["trace_id"].implode()
            found = rows.filter(owner.is_in(ids) | pl.col("trace_id").is_in(pl.lit(traces))).collect()
            found = found.join(self._owners, on="trace_id", how="left", maintain_order="left")
            found = found.with_columns(pl.coalesce("owner", "session_id")).filter(pl.col("owner").is_in(ids))
        return found.sort("owner", maintain_order=True)


@contextmanager
def spooled(logs: Logs) -> Iterator[Spool]:
    """Have the tables of logs on disk for a while.

    Args:
        logs: The tables; those that are no log files' stay in memory.

    Yields:
        The tables.
    """
    if getattr(logs, "pour", None) is None:
        yield Spool(logs, None)
        return
    with TemporaryDirectory(dir=logs.workplace, prefix="units-") as directory:
        yield Spool(logs, Path(directory))
