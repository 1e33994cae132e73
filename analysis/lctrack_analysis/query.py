"""Other people's SQL, run where it can reach nothing but the tables, and can change none of them."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import NamedTuple

import duckdb
import polars as pl

from lctrack_analysis.errors import QueryError

__all__ = ["Result", "lock_down", "run_query", "run_script"]

_SETTINGS = (
    "SET TimeZone = 'UTC'",  # or a comparison with now() would take our times for local ones
    "SET python_enable_replacements = false",  # or a query could name our own variables
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
# MULTI is a PIVOT whose columns its rows tell. What writes inside an EXPLAIN or a WITH, the transaction refuses.
_ALLOWED = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI)
# Types that polars cannot hold, or takes for something else.
_AS_TEXT = re.compile(r"\b(INTERVAL|UNION|BIT|VARIANT|GEOMETRY|UHUGEINT|TIME WITH TIME ZONE)\b")


_POLL_SECONDS = 0.1


class Result(NamedTuple):
    """Rows of a query, and which of its columns hold JSON text."""

    frame: pl.DataFrame
    json_columns: frozenset[str]


def lock_down(connection: duckdb.DuckDBPyConnection) -> None:
    """Cut a connection off from files, network, extensions and settings, for good."""
    for setting in _SETTINGS:
        connection.execute(setting)


def run_query(connection: duckdb.DuckDBPyConnection, query: str) -> Result:
    """Run one SELECT-like statement.

    Args:
        connection: A locked connection that holds the tables.
        query: The statement.

    Returns:
        Its rows.

    Raises:
        QueryError: The statement is wrong or not allowed, or there is not exactly one.
    """
    results = run_script(connection, query)
    if len(results) != 1:
        raise QueryError(f"give one SQL statement: this is {len(results)}")
    return results[0]


def run_script(connection: duckdb.DuckDBPyConnection, script: str) -> list[Result]:
    """Run SELECT-like statements in order; all are checked before the first is run.

    Args:
        connection: A locked connection that holds the tables.
        script: The statements, with semicolons between them.

    Returns:
        The rows of each; at least one.

    Raises:
        QueryError: A statement is wrong or not allowed; the text is DuckDB's own, with the place. Or there is none.
        KeyboardInterrupt: The user stopped it.
    """
    if not _is_unicode(script):
        raise QueryError("the SQL is not valid Unicode text")
    try:
        statements = connection.extract_statements(script)
        for statement in statements:
            if statement.type not in _ALLOWED:
                kind = str(statement.type).rpartition(".")[2]
                raise QueryError(
                    f"{kind} statements are not allowed: tables can only be read, with SELECT and its like"
                )
        if not statements:
            raise QueryError("give a SQL statement: this is none")
        return [_stoppable(connection, statement.query) for statement in statements]
    # A statement that needs parameters is a RuntimeError.
    except (duckdb.Error, RuntimeError, pl.exceptions.PolarsError) as error:
        raise QueryError(str(error)) from error


def _stoppable(connection: duckdb.DuckDBPyConnection, query: str) -> Result:
    """Run a statement so that Ctrl-C ends it: on the main thread, DuckDB may not notice the signal."""
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(_run, connection, query)
        try:
            while not running.done():  # a signal that another thread received wakes nobody here
                wait([running], timeout=_POLL_SECONDS)
        except KeyboardInterrupt:
            while not running.done():  # it may not have begun, and then does not notice either
                connection.interrupt()
                wait([running], timeout=_POLL_SECONDS)
            raise
        return running.result()


def _run(connection: duckdb.DuckDBPyConnection, query: str) -> Result:
    with _read_only(connection):
        relation = connection.sql(query)
        types = [str(kind) for kind in relation.types]
        if any(map(_AS_TEXT.search, types)):
            relation = relation.project(
                ", ".join(
                    f"#{place}{'::VARCHAR' if _AS_TEXT.search(kind) else ''} AS {_quoted(name)}"
                    for place, (name, kind) in enumerate(zip(relation.columns, types, strict=True), 1)
                )
            )
        frame = relation.pl()
    # Sums of whole numbers are HUGEINT: whole numbers in Python too, where they fit.
    wide = [name for name, kind in zip(frame.columns, types, strict=True) if kind == "HUGEINT"]
    narrow = [frame[name].cast(pl.Int64, strict=False) for name in wide]
    frame = frame.with_columns(column for column in narrow if column.null_count() == frame[column.name].null_count())
    json = frozenset(name for name, kind in zip(frame.columns, types, strict=True) if kind == "JSON")
    return Result(frame, json)


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


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
