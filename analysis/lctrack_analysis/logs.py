"""Logs, read and rebuilt: tables as polars frames, and SQL over them."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb
import polars as pl

from lctrack_analysis.columns import TABLES
from lctrack_analysis.complexity.fill import Filling
from lctrack_analysis.complexity.languages import DEFAULT
from lctrack_analysis.database import MEMORY_LIMIT, first_problem, open_database
from lctrack_analysis.errors import NoLogsError, UsageError
from lctrack_analysis.ingest import Cache, Staged, ingest
from lctrack_analysis.pictures import MOST
from lctrack_analysis.pictures.fill import Drawing, Wish
from lctrack_analysis.pictures.gallery import Drawn
from lctrack_analysis.progress import Progress
from lctrack_analysis.query import Result, run_query, run_script
from lctrack_analysis.read import find_files
from lctrack_analysis.state import cache_directory, picture_directory

__all__ = ["Logs", "load"]


class Logs:
    """The tables of some log files; made by `load`.

    Every table is an attribute (`logs.runs`, `logs.sessions`, …), a polars frame with the columns that
    `docs/tables.md` lists. Times are UTC.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, staged: Staged, filling: Filling, drawing: Drawing
    ) -> None:
        self._connection = connection
        self._staged = staged
        self._filling = filling
        self._drawing = drawing
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
        self._fill(query)
        return run_query(self._connection, query)

    def script(self, script: str) -> list[Result]:
        """Answer several queries, with semicolons between them, in order."""
        self._fill(script)
        return run_script(self._connection, script)

    def draw(self) -> Drawn:
        """Draw the pictures that `load` was asked for, now rather than when a query first wants to know of them.

        Returns:
            What came of it.

        Raises:
            AnalysisError: The model cannot be loaded, or the pictures cannot be written.
            UsageError: No pictures were asked for.
        """
        self._drawing.fill(self._connection)
        return self._drawing.outcome()

    @property
    def pictures(self) -> Path | None:
        """The directory of the files that `dependency_tree` and `entities` name; it may not be there."""
        return self._drawing.directory

    def _fill(self, query: str) -> None:
        self._filling.before(self._connection, query)
        self._drawing.before(self._connection, query)

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
    spacy_model: str | os.PathLike[str] | None = None,
    visualize: str | os.PathLike[str] | bool = False,
    visualize_max: int = MOST,
) -> Logs:
    """Read log files and rebuild everything in them.

    Args:
        paths: A log file, a directory of them (searched in depth), a glob pattern; or several of these.
        lang: Language of the generated texts, for their complexity; a session whose `params` have `lang` knows better.
        cache: Directory that keeps what was read, and the complexity of texts, for the next time; True is
            `.lctrack/cache` beside the logs, or a directory in the user's cache where that cannot be written; False
            keeps nothing.
        memory_limit: How much memory the database may take, such as `2GB`; what needs more goes to the disk.
        spacy_model: Name or folder of a spaCy model that counts in the generated texts (by default, and without
            `visualize`, none does).
        visualize: Directory for pictures of the generated texts; True is `.lctrack/pictures` beside the logs, where
            also without this those that are there are linked.
        visualize_max: How many distinct texts are drawn.

    Returns:
        The tables. Lines that could not be used are rows of `problems`.

    Raises:
        UsageError: A path does not exist or cannot be read, the limit is none, or the language is not supported.
        AnalysisError: spaCy was asked for, and it or its model is not installed.
        NoLogsError: There is no log file, or no event in any of them.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    files = find_files(given)
    directory = _directory(given, cache)
    filling = Filling(lang, directory)
    pictures = picture_directory([Path(path) for path in given]) if isinstance(visualize, bool) else Path(visualize)
    drawing = Drawing(Wish(spacy_model, visualize is not False, pictures, visualize_max), directory)
    with Progress() as progress:
        staged = ingest(files, Cache(directory) if directory else None, progress.show)
        if not staged.events:
            raise NoLogsError(_nothing_in(files, staged))
        return Logs(open_database(staged, memory_limit or MEMORY_LIMIT), staged, filling, drawing)


def _directory(paths: Sequence[str | os.PathLike[str]], cache: str | os.PathLike[str] | bool) -> Path | None:
    if isinstance(cache, bool):
        return cache_directory([Path(path) for path in paths]) if cache else None
    return Path(cache)


def _nothing_in(files: Sequence[Path], staged: Staged) -> str:
    first = first_problem(staged)
    if first is None:
        return f"{', '.join(map(str, files))} holds no event yet: run this again when something was recorded"
    return f"{first.file} holds no lctrack event: line {first.line} is {first.reason}"
