"""Other people's SQL, run where it can reach nothing but the tables, and can change none of them.

`guard` tells what is refused before anything runs, `limits` what ends a query that takes too much.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import NamedTuple

import duckdb
import polars as pl
import pyarrow as pa

from lctrack_analysis.errors import QueryError
from lctrack_analysis.guard import Statement, check_kinds, check_names, statements_of
from lctrack_analysis.limits import NO_LIMITS, Limits, watched
from lctrack_analysis.nearest import with_nearest_column
from lctrack_analysis.place import sentence_of
from lctrack_analysis.text import is_unicode

__all__ = ["Result", "answers", "lock_down", "pour", "run_query"]

_SETTINGS = (
    "SET TimeZone = 'UTC'",  # or a comparison with now() would take our times for local ones
    "SET python_enable_replacements = false",  # or a query could name our own variables
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET allow_persistent_secrets = false",
    "SET enable_external_access = false",
    "SET allowed_configs = ['memory_limit']",  # which `Memory` sets; SET is no question
    "SET lock_configuration = true",
)
# Types that polars cannot hold, or takes for something else.
_AS_TEXT = re.compile(r"\b(INTERVAL|UNION|BIT|VARIANT|GEOMETRY|UHUGEINT|TIME WITH TIME ZONE)\b")

_BATCH_ROWS = 8_192
_POURED_ROWS = 4_096


class Result(NamedTuple):
    """Rows of a query, and which of its columns hold JSON text."""

    frame: pl.DataFrame
    json_columns: frozenset[str]


def lock_down(connection: duckdb.DuckDBPyConnection) -> None:
    """Cut a connection off from files, network, extensions and settings, for good."""
    for setting in _SETTINGS:
        connection.execute(setting)


def run_query(connection: duckdb.DuckDBPyConnection, query: str, limits: Limits = NO_LIMITS) -> Result:
    """Run one SELECT-like statement.

    Args:
        connection: A locked connection that holds the tables.
        query: The statement.
        limits: What it may take.

    Returns:
        Its rows.

    Raises:
        QueryError: The statement is wrong or not allowed or takes too much, or there is not exactly one.
    """
    statements = _checked(connection, query)
    if len(statements) != 1:
        raise QueryError(f"give one SQL statement: this is {len(statements)}")
    return _answer(connection, statements[0], limits)


def answers(connection: duckdb.DuckDBPyConnection, script: str, limits: Limits = NO_LIMITS) -> Iterator[Result]:
    """Run SELECT-like statements in order; all are checked before the first is run.

    Args:
        connection: A locked connection that holds the tables.
        script: The statements, with semicolons between them.
        limits: What each may take.

    Yields:
        The rows of each, when it is asked for; at least one.

    Raises:
        QueryError: A statement is wrong or not allowed or takes too much; the text is DuckDB's own, with the place, and
            tells which statement it was where there are several. Or there is none.
        KeyboardInterrupt: The user stopped it.
    """
    statements = _checked(connection, script)
    for number, statement in enumerate(statements, 1):
        with _numbered(number, len(statements)):
            result = _answer(connection, statement, limits)
        yield result


def pour(
    connection: duckdb.DuckDBPyConnection, script: str, take: Callable[[Result], None], limits: Limits = NO_LIMITS
) -> bool:
    """Give the rows of one query in portions, as they come.

    Args:
        connection: A locked connection that holds the tables.
        script: The query.
        take: Given each portion, at least one; on another thread.
        limits: What the query may take; how many rows it has does not matter.

    Returns:
        Whether they were given. They were not where there are several queries, or the type of a column is only known
        when all rows are.

    Raises:
        QueryError: As for `answers`.
        KeyboardInterrupt: Likewise.
    """
    statements = _checked(connection, script)
    if len(statements) != 1:
        return False
    with _told(statements[0]):
        poured: bool = watched(connection, lambda: _poured(connection, statements[0].text, take), limits)
        return poured


def _poured(connection: duckdb.DuckDBPyConnection, query: str, take: Callable[[Result], None]) -> bool:
    with _read_only(connection):
        relation = _bound(connection, query)
        types = [str(kind) for kind in relation.types]
        if "HUGEINT" in types or any(map(_AS_TEXT.search, types)):
            return False
        with closing(relation.to_arrow_reader(_POURED_ROWS)) as reader:
            names = _distinct(reader.schema.names)
            json = frozenset(name for name, kind in zip(names, types, strict=True) if kind == "JSON")
            empty = True
            for batch in _batches(reader):
                take(Result(pl.DataFrame(pa.Table.from_batches([batch]).rename_columns(names)), json))
                empty = False
            if empty:
                take(Result(pl.DataFrame(reader.schema.empty_table().rename_columns(names)), json))
    return True


def _checked(connection: duckdb.DuckDBPyConnection, script: str) -> list[Statement]:
    """Take a script apart, and look at each statement before the first is run."""
    if not is_unicode(script):
        raise QueryError("the SQL is not valid Unicode text")
    with _told():
        statements = statements_of(connection, script)
    if not statements:
        raise QueryError("give a SQL statement: this is none")
    for number, statement in enumerate(statements, 1):
        with _numbered(number, len(statements)), _told(statement):
            check_kinds(statement)
            check_names(connection, statement)
    return statements


def _answer(connection: duckdb.DuckDBPyConnection, statement: Statement, limits: Limits) -> Result:
    with _told(statement):
        answered: Result = watched(
            connection, lambda: limits.enough(lambda: _run(connection, statement.text, limits)), limits
        )
        return answered


@contextmanager
def _numbered(number: int, count: int) -> Iterator[None]:
    """Tell which of several statements failed."""
    try:
        yield
    except QueryError as error:
        if count == 1:
            raise
        raise QueryError(f"statement {number} of {count}: {error}") from error


@contextmanager
def _told(statement: Statement | None = None) -> Iterator[None]:
    """Tell what DuckDB says as a failed query."""
    try:
        yield
    except duckdb.Error as error:
        sentence = sentence_of(error, statement.line) if statement else str(error)
        raise QueryError(with_nearest_column(sentence, statement.text) if statement else sentence) from error
    # A statement that needs parameters is a RuntimeError.
    except (RuntimeError, pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise QueryError(str(error)) from error


def _run(connection: duckdb.DuckDBPyConnection, query: str, limits: Limits) -> Result:
    with _read_only(connection):
        relation = _bound(connection, query)
        types = [str(kind) for kind in relation.types]
        if any(map(_AS_TEXT.search, types)):
            relation = relation.project(
                ", ".join(
                    f"#{place}{'::VARCHAR' if _AS_TEXT.search(kind) else ''} AS {_quoted(name)}"
                    for place, (name, kind) in enumerate(zip(relation.columns, types, strict=True), 1)
                )
            )
        frame = _fetched(relation, limits)
    # Sums of whole numbers are HUGEINT: whole numbers in Python too, where they fit.
    wide = [name for name, kind in zip(frame.columns, types, strict=True) if kind == "HUGEINT"]
    narrow = [frame[name].cast(pl.Int64, strict=False) for name in wide]
    frame = frame.with_columns(column for column in narrow if column.null_count() == frame[column.name].null_count())
    json = frozenset(name for name, kind in zip(frame.columns, types, strict=True) if kind == "JSON")
    return Result(frame, json)


def _bound(connection: duckdb.DuckDBPyConnection, query: str) -> duckdb.DuckDBPyRelation:
    """Look up what a query names; where that fails, `execute` tells the place, which `sql` does not."""
    try:
        return connection.sql(query)
    except (duckdb.BinderException, duckdb.CatalogException):
        with suppress(duckdb.Error):
            connection.execute("ROLLBACK")
        connection.execute("BEGIN TRANSACTION READ ONLY")
        connection.execute(query)
        raise


def _fetched(relation: duckdb.DuckDBPyRelation, limits: Limits) -> pl.DataFrame:
    """Take rows as they come, so that too many are noticed before they fill the memory."""
    if limits.memory is None:
        whole: pl.DataFrame = relation.pl()
        return whole
    batches: list[pa.RecordBatch] = []
    taken = 0
    with closing(relation.to_arrow_reader(_BATCH_ROWS)) as reader:  # an open one would hold up the next query
        for batch in _batches(reader):
            taken += batch.nbytes
            if taken > limits.memory:
                raise QueryError(
                    f"the rows take more memory than {limits.memory / 1e9:.3g} GB: "
                    "choose fewer with WHERE or LIMIT, or give more with --memory-limit"
                )
            batches.append(batch)
    table = pa.Table.from_batches(batches, reader.schema)
    return pl.DataFrame(table.rename_columns(_distinct(table.column_names)))


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Give what is read; Arrow tells an error of DuckDB as one of reading."""
    try:
        yield from reader
    except OSError as error:
        kind = duckdb.OutOfMemoryException if str(error).startswith("Out of Memory") else duckdb.Error
        raise kind(str(error)) from error


def _distinct(names: list[str]) -> list[str]:
    """Number the later ones of columns that have one name."""
    given: list[str] = []
    for name in names:
        place = 0
        while (numbered := f"{name}_{place}" if place else name) in given:
            place += 1
        given.append(numbered)
    return given


@contextmanager
def _read_only(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let a statement write nothing, and leave nothing behind when it fails."""
    connection.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        with suppress(duckdb.Error):  # the statement itself may have ended the transaction
            connection.execute("ROLLBACK")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
