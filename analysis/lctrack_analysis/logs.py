"""Logs, read and rebuilt: tables as polars frames, and SQL over them."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import polars as pl

from lctrack_analysis.columns import TABLES
from lctrack_analysis.complexity.cache import cache_directory
from lctrack_analysis.complexity.fill import Filling
from lctrack_analysis.complexity.languages import DEFAULT
from lctrack_analysis.errors import NoLogsError, UsageError
from lctrack_analysis.extract import extract
from lctrack_analysis.query import Result, lock_down, run_query, run_script
from lctrack_analysis.read import Reader, find_files
from lctrack_analysis.stage import Stage
from lctrack_analysis.tables import build_tables

__all__ = ["Logs", "load"]


class Logs:
    """The tables of some log files; made by `load`.

    Every table is an attribute (`logs.runs`, `logs.sessions`, …), a polars frame with the columns that
    `docs/tables.md` lists. Times are UTC.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, filling: Filling) -> None:
        self._connection = connection
        self._filling = filling
        self._frames: dict[str, pl.DataFrame] = {}

    def table(self, name: str) -> pl.DataFrame:
        """Give a table by its name.

        Raises:
            UsageError: There is no such table.
        """
        if name not in TABLES:
            raise UsageError(f"there is no table {name}: choose one of {', '.join(TABLES)}")
        if name not in self._frames:
            self._frames[name] = self.query(f"FROM {name}").frame
        return self._frames[name]

    def sql(self, query: str) -> pl.DataFrame:
        """Answer a SQL query over the tables; it can read nothing else and change nothing.

        Args:
            query: One SELECT-like statement in DuckDB's dialect.

        Returns:
            Its rows.

        Raises:
            QueryError: The statement is wrong or not allowed.
        """
        return self.query(query).frame

    def query(self, query: str) -> Result:
        """Do as `sql` does, and tell which columns hold JSON."""
        self._filling.before(query)
        return run_query(self._connection, query)

    def script(self, script: str) -> list[Result]:
        """Answer several queries, with semicolons between them, in order."""
        self._filling.before(script)
        return run_script(self._connection, script)

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Give a table as an attribute."""
        if name not in TABLES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.table(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *TABLES})

    def close(self) -> None:
        """Release the database; frames already taken stay."""
        self._connection.close()


def load(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    lang: str = DEFAULT,
    cache: str | os.PathLike[str] | bool = True,
) -> Logs:
    """Read log files and rebuild everything in them.

    Args:
        paths: A log file, a directory of them (searched in depth), a glob pattern; or several of these.
        lang: Language of the generated texts, for their complexity; a session whose `params` have `lang` knows better.
        cache: Directory that keeps the complexity of texts for the next time; True is `.lctrack/complexity` beside
            the logs, or in the user's cache directory where that cannot be written; False keeps nothing.

    Returns:
        The tables. Lines that could not be used are rows of `problems`.

    Raises:
        UsageError: A path does not exist or cannot be read, or the language is not supported.
        NoLogsError: There is no log file, or no event in any of them.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    reader = Reader(find_files(given))
    connection = duckdb.connect(":memory:")
    directory = _cache_directory(given, cache)
    filling = Filling(connection, lang, directory)
    connection.execute("SET enable_progress_bar = false")  # it would be written among the rows, to standard output
    stage = Stage(connection)
    empty = True
    for event in reader.events():
        extract(event, stage)
        empty = False
    if empty:
        raise NoLogsError(_nothing_in(reader))
    for problem in reader.problems:
        stage.add("problems", problem)
    stage.finish()
    build_tables(connection)
    lock_down(connection)
    return Logs(connection, filling)


def _cache_directory(paths: Sequence[str | os.PathLike[str]], cache: str | os.PathLike[str] | bool) -> Path | None:
    if isinstance(cache, bool):
        return cache_directory([Path(path) for path in paths]) if cache else None
    return Path(cache)


def _nothing_in(reader: Reader) -> str:
    if not reader.problems:
        return f"{', '.join(map(str, reader.files))} holds no event yet: run this again when something was recorded"
    first = reader.problems[0]
    return f"{first.file} holds no lctrack event: line {first.line} is {first.reason}"
