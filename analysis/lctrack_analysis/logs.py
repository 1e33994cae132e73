"""Logs, read and rebuilt: tables as polars frames, and SQL over them."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

import duckdb
import polars as pl

from lctrack_analysis.columns import TABLES
from lctrack_analysis.complexity.fill import Filling
from lctrack_analysis.complexity.languages import DEFAULT
from lctrack_analysis.cost import Pricing
from lctrack_analysis.database import MEMORY_LIMIT, first_problem, open_database
from lctrack_analysis.errors import NoLogsError
from lctrack_analysis.filling import Fillings
from lctrack_analysis.ingest import Cache, Staged, ingest
from lctrack_analysis.limits import Limits
from lctrack_analysis.nearest import check_table
from lctrack_analysis.notebook import Shown
from lctrack_analysis.pictures import MOST
from lctrack_analysis.pictures.fill import Drawing, Wish
from lctrack_analysis.pictures.gallery import Drawn
from lctrack_analysis.progress import Progress
from lctrack_analysis.query import Result, answers, pour, run_query
from lctrack_analysis.questions.methods import Questions
from lctrack_analysis.read import find_files
from lctrack_analysis.selection import Moment, Selection
from lctrack_analysis.state import cache_directory, picture_directory
from lctrack_analysis.still_there import asking_again

__all__ = ["Logs", "load"]

_PORTION = 2_000
"""Rows that are held at once where they are given one by one."""


class Logs(Questions, Shown):
    """The tables of some log files; made by `load`.

    Every table is an attribute (`logs.runs`, `logs.sessions`, …), a polars frame with the columns that
    `docs/tables.md` lists. Times are UTC.
    """

    def __init__(
        self, staged: Staged, filling: Fillings, memory_limit: str, selections: tuple[Selection, ...] = ()
    ) -> None:
        self._staged = staged
        self._filling = filling
        self._memory_limit = memory_limit
        self._selections = selections
        with asking_again(staged):
            self._connection, self._memory = open_database(staged, memory_limit, selections)
        self._frames: dict[str, pl.DataFrame] = {}
        self._lasting = ExitStack()
        self.give_up: Callable[[str], NoReturn] | None = None  # for the command, which can end the process

    def table(self, name: str) -> pl.DataFrame:
        """Give a table by its name.

        Raises:
            UsageError: There is no such table.
        """
        if name not in self._frames:
            self._frames[name] = self.whole(name).frame
        return self._frames[name]

    def lazy_table(self, name: str) -> pl.LazyFrame:
        """Give a table by its name, to be read when it is collected.

        Raises:
            UsageError: There is no such table.
        """
        check_table(name)
        self._fill(f"FROM {name}")
        self._lasting.enter_context(self._memory.whole())  # nobody is told when it is collected
        # Rows that nobody took are in nobody's way on a connection of their own.
        frame: pl.LazyFrame = self._connection.cursor().sql(f"FROM {name}").pl(lazy=True)
        return frame

    def whole(self, name: str) -> Result:
        """Do as `table` does, and tell which columns hold JSON."""
        check_table(name)
        query = f"FROM {name}"
        self._fill(query)
        with asking_again(self._staged):
            return run_query(self._connection, query, Limits(enough=self._memory.enough))

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
        self._fill(query)
        with asking_again(self._staged):
            return run_query(self._connection, query, self._limits(timeout))

    def script(self, script: str, *, timeout: float | None = None) -> list[Result]:
        """Answer several queries, with semicolons between them, in order."""
        return list(self.answers(script, timeout=timeout))

    def answers(self, script: str, *, timeout: float | None = None) -> Iterator[Result]:
        """Do as `script` does, but run each query when its rows are asked for."""
        self._fill(script)
        return self._each(answers(self._connection, script, self._limits(timeout)))

    def _each(self, results: Iterator[Result]) -> Iterator[Result]:
        with asking_again(self._staged):
            yield from results

    def pour(self, query: str, take: Callable[[Result], None], *, timeout: float | None = None) -> bool:
        """Answer a query portion by portion, so that its rows need not fit into memory.

        Args:
            query: As for `sql`.
            take: Given each portion, on another thread.
            timeout: Seconds until all of it has been taken.

        Returns:
            Whether that was done; `script` does the rest: several queries, and sums of whole numbers.

        Raises:
            QueryError: As for `sql`.
        """
        self._fill(query)
        with asking_again(self._staged), self._memory.whole():  # what was taken cannot be taken again
            return pour(self._connection, query, take, self._limits(timeout))

    def _fill(self, query: str) -> None:
        with asking_again(self._staged):
            self._memory.enough(lambda: self._filling.before(self._connection, query))

    def _limits(self, timeout: float | None) -> Limits:
        return Limits(timeout, self._memory.bytes, self.give_up, self._memory.enough)

    def rows(self, query: str) -> Iterator[dict[str, Any]]:
        """Give the rows of a statement one by one, as many as there are; complexity is not measured for it.

        Args:
            query: One SELECT of our own: it is not checked. Times come as Unix nanoseconds.
        """
        begun = False
        try:
            with self._memory.half():
                for batch in self._portions(query):
                    begun = True
                    yield from batch
        except duckdb.OutOfMemoryException:
            if begun:  # what was given cannot be taken back
                raise
            with self._memory.whole():
                for batch in self._portions(query):
                    yield from batch

    def _portions(self, query: str) -> Iterator[Iterator[dict[str, Any]]]:
        times = pl.selectors.datetime()
        with closing(self._connection.cursor()) as cursor:
            for batch in cursor.sql(query).to_arrow_reader(_PORTION):
                yield pl.DataFrame(batch).with_columns(times.dt.epoch("ns")).iter_rows(named=True)

    @property
    def workplace(self) -> Path:
        """Give a private directory for what is temporary; it goes with the logs."""
        return self._staged.workplace

    def filter(
        self,
        *,
        project: str | Iterable[str] | None = None,
        session: str | Iterable[str] | None = None,
        name: str | Iterable[str] | None = None,
        tag: str | Iterable[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> "Logs":
        """Give the tables of a part of the logs, as `load` does with the same arguments; nothing is read again.

        Returns:
            The part. These logs must stay open as long as it is in use.

        Raises:
            UsageError: A time is none, or several sessions have an id that begins so.
            NoMatchError: Nothing is what was asked for.
        """
        selection = Selection.of(project=project, session=session, name=name, tag=tag, since=since, until=until)
        return Logs(self._staged, self._filling.again(), self._memory_limit, (*self._selections, selection))

    def draw(self) -> Drawn:
        """Draw the pictures that `load` was asked for, now rather than when a query first wants to know of them.

        Returns:
            What came of it.

        Raises:
            AnalysisError: The model cannot be loaded, or the pictures cannot be written.
            UsageError: No pictures were asked for.
        """
        with self._memory.whole():
            self._filling.drawing.fill(self._connection)
        return self._filling.drawing.outcome()

    @property
    def pictures(self) -> Path | None:
        """The directory of the files that `dependency_tree` and `entities` name; it may not be there."""
        return self._filling.drawing.directory

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Give a table as an attribute."""
        if name not in TABLES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.table(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *TABLES})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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
    prices: str | os.PathLike[str] | None = None,
    spacy_model: str | os.PathLike[str] | None = None,
    visualize: str | os.PathLike[str] | bool = False,
    visualize_max: int = MOST,
    project: str | Iterable[str] | None = None,
    session: str | Iterable[str] | None = None,
    name: str | Iterable[str] | None = None,
    tag: str | Iterable[str] | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> Logs:
    """Read log files and rebuild everything in them.

    Args:
        paths: A log file, a directory of them (searched in depth), a glob pattern; or several of these.
        lang: Language of the generated texts, for their complexity; a session whose `params` have `lang` knows better.
        cache: Directory that keeps what was read, and the complexity of texts, for the next time; True is
            `.lctrack/cache` beside the logs, or a directory in the user's cache where that cannot be written; False
            keeps nothing.
        memory_limit: How much memory the database may take, such as `2GB`; what needs more goes to the disk.
        prices: A file of prices of one's own, which go before those of the package `genai-prices`; see `docs/cost.md`.
        spacy_model: Name or folder of a spaCy model that counts in the generated texts (by default, and without
            `visualize`, none does).
        visualize: Directory for pictures of the generated texts; True is `.lctrack/pictures` beside the logs, where
            also without this those that are there are linked.
        visualize_max: How many distinct texts are drawn.
        project: Only sessions with this label, or one of these; likewise with the next.
        session: Only this session: its id, a beginning of it that no other has, or its name.
        name: Only traces whose root run is called so.
        tag: Only traces whose root run or session has this tag.
        since: Only traces that started then or later: a time such as `2026-11-20`, `2026-11-20T14:30`, `2h` or `today`,
            or a `datetime` (UTC where no zone is stated).
        until: Only traces that started before; a day alone is meant whole.

    Returns:
        The tables. Lines that could not be used are rows of `problems`.

    Raises:
        UsageError: A path does not exist or cannot be read, the limit or a time is none, several sessions have an id
            that begins so, the language is not supported, or the file of prices is not as it should be.
        AnalysisError: spaCy was asked for, and it or its model is not installed.
        NoLogsError: There is no log file, or no event in any of them.
        NoMatchError: Nothing is what was asked for.
    """
    given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    selection = Selection.of(project=project, session=session, name=name, tag=tag, since=since, until=until)
    files = find_files(given)
    directory = _directory(given, cache)
    pictures = picture_directory([Path(path) for path in given]) if isinstance(visualize, bool) else Path(visualize)
    drawing = Drawing(Wish(spacy_model, visualize is not False, pictures, visualize_max), directory)
    filling = Fillings(Filling(lang, directory), Pricing(prices), drawing)
    with Progress() as progress:
        staged = ingest(files, Cache(directory) if directory else None, progress.show)
        if not staged.events:
            raise NoLogsError(_nothing_in(files, staged))
        return Logs(staged, filling, memory_limit or MEMORY_LIMIT, (selection,) if selection else ())


def _directory(paths: Sequence[str | os.PathLike[str]], cache: str | os.PathLike[str] | bool) -> Path | None:
    if isinstance(cache, bool):
        return cache_directory([Path(path) for path in paths]) if cache else None
    return Path(cache)


def _nothing_in(files: Sequence[Path], staged: Staged) -> str:
    first = first_problem(staged)
    if first is None:
        return f"{', '.join(map(str, files))} holds no event yet: run this again when something was recorded"
    return f"{first.file} holds no lctrack event: line {first.line} is {first.reason}"
