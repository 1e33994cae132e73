"""Other people's SQL, run where it can reach nothing but the tables."""

from typing import NamedTuple

import duckdb
import polars as pl

from lctrack_analysis.errors import QueryError

__all__ = ["Result", "lock_down", "run_query", "run_script"]

_SETTINGS = (
    "SET python_enable_replacements = false",  # or a query could name our own variables
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)
_ALLOWED = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)


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
        The rows of each.

    Raises:
        QueryError: A statement is wrong or not allowed; the text is DuckDB's own, with the place.
    """
    try:
        statements = connection.extract_statements(script)
        for statement in statements:
            if statement.type not in _ALLOWED:
                kind = str(statement.type).rpartition(".")[2]
                raise QueryError(
                    f"{kind} statements are not allowed: tables can only be read, with SELECT and its like"
                )
        return [_run(connection, statement.query) for statement in statements]
    except (duckdb.Error, RuntimeError) as error:  # a statement that needs parameters is a RuntimeError
        raise QueryError(str(error)) from error


def _run(connection: duckdb.DuckDBPyConnection, query: str) -> Result:
    relation = connection.sql(query)
    names = (name for name, kind in zip(relation.columns, relation.types, strict=True) if str(kind) == "JSON")
    return Result(relation.pl(), frozenset(names))
