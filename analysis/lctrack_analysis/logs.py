"""Logs, read and rebuilt: tables as polars frames, and SQL over them."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import duckdb
import polars as pl

from lctrack_analysis.columns import TABLES
from lctrack_analysis.complexity.fill import Filling
from lctrack_analysis.complexity.languages import DEFAULT
from lctrack_analysis.database import MEMORY_LIMIT, first_problem, open_database
from lctrack_analysis.errors import NoLogsError, UsageError
from lctrack_analysis.ingest import Cache, Staged, ingest
from lctrack_analysis.limits import Limits, memory_of
from lctrack_analysis.nearest import did_you_mean
from lctrack_analysis.progress import Progress
from lctrack_analysis.query import Result, answers, run_query
from lctrack_analysis.read import find_files
from lctrack_analysis.state import cache_directory

__all__ = ["Logs", "load"]


class Logs:
    """The tables of some log files; made by `load`.

    Every table is an attribute (`logs.runs`, `logs.sessions`, …), a polars frame with the columns that
    `docs/tables.md` lists. Times are UTC.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, staged: Staged, filling: Filling) -> None:
        self._connection = connection
        self._staged = staged
        self._filling = filling
        self._frames: dict[str, pl.DataFrame] = {}
        self._memory = memory_of(connection)
        self.give_up: Callable[[str], NoReturn] | None = None  # for the command, which can end the process

    def table(self, name: str) -> pl.DataFrame:
        """Give a table by its name.

        Raises:
            UsageError: There is no such table.
        """
        if name not in self._frames:
            self._frames[name] = self.whole(name).frame
        return self._frames[name]

    def whole(self, name: str) -> Result:
        """Do as `table` does, and tell which columns hold JSON."""
        if name not in TABLES:
            hint = did_you_mean(name, TABLES)
            raise UsageError(f"there is no table {name}{hint or ':'} choose one of {', '.join(TABLES)}")
        query = f"FROM {name}"
        self._filling.before(self._connection, query)
        return run_query(self._connection, query)

    def sql(self, query: str, *, timeout: float | None = None) -> pl.DataFrame:
        """Answer a SQL query over the tables; it can read nothing else and change nothing.

        Args:
            query: One SELECT-like statement in DuckDB's dialect.
            timeout: Seconds it may take; None is without end.

        Returns:
            Its rows.

        Raises:
            QueryError: The statement is wrong or not allowed, or takes too much time or memory.
        """
        return self.query(query, timeout=timeout).frame

    def query(self, query: str, *, timeout: float | None = None) -> Result:
        """Do as `sql` does, and tell which columns hold JSON."""
        self._filling.before(self._connection, query)
        return run_query(self._connection, query, self._limits(timeout))

    def script(self, script: str, *, timeout: float | None = None) -> list[Result]:
        """Answer several queries, with semicolons between them, in order."""
        return list(self.answers(script, timeout=timeout))

    def answers(self, script: str, *, timeout: float | None = None) -> Iterator[Result]:
        """Do as `script` does, but run each query when its rows are asked for."""
        self._filling.before(self._connection, script)
        return answers(self._connection, script, self._limits(timeout))

    def _limits(self, timeout: float | None) -> Limits:
        return Limits(timeout, self._memory, self.give_up)

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
        self._staged.close()


def load(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    lang: str = DEFAULT,
    cache: str | os.PathLike[str] | bool = True,
    memory_limit: str | None = None,
) -> Logs:
    """Read log files and rebuild everything in them.

    Args:
        paths: A log file, a directory of them (searched in depth), a glob pattern; or several of these.
        lang: Language of the generated texts, for their complexity; a session whose `params` have `lang` knows better.
        cache: Directory that keeps what was read, and the complexity of texts, for the next time; True is
            `.lctrack/cache` beside the logs, or a directory in the user's cache where that cannot be written; False
            keeps nothing.
        memory_limit: How much memory the database may take, such as `2GB`; what needs more goes to the disk.

    Returns:
        The tables. Lines that could not be used are rows of `problems`.

    Raises:
        UsageError: A path does not exist or cannot be read, the limit is none, or the language is not supported.
        NoLogsError: There is no log file, or no event in any of them.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    files = find_files(given)
    directory = _directory(given, cache)
    filling = Filling(lang, directory)
    with Progress() as progress:
        staged = ingest(files, Cache(directory) if directory else None, progress.show)
        if not staged.events:
            raise NoLogsError(_nothing_in(files, staged))
        return Logs(open_database(staged, memory_limit or MEMORY_LIMIT), staged, filling)


def _directory(paths: Sequence[str | os.PathLike[str]], cache: str | os.PathLike[str] | bool) -> Path | None:
    if isinstance(cache, bool):
        return cache_directory([Path(path) for path in paths]) if cache else None
    return Path(cache)


def _nothing_in(files: Sequence[Path], staged: Staged) -> str:
    first = first_problem(staged)
    if first is None:
        return f"{', '.join(map(str, files))} holds no event yet: run this again when something was recorded"
    return f"{first.file} holds no lctrack event: line {first.line} is {first.reason}"
