"""A place where hostile SQL may do its harm: files with a secret, tables, a database and guards."""

import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from lctrack_analysis import QueryError
from lctrack_analysis.guard import check_kinds, check_names, statements_of
from lctrack_analysis.query import lock_down

SECRET = "the secret"  # noqa: S105  # no password
SLOW = 0.5
_CATALOG = (
    "SELECT table_name FROM duckdb_tables()",
    "SELECT view_name FROM duckdb_views() WHERE NOT internal",
    "SELECT database_name FROM duckdb_databases()",
    "SELECT name FROM duckdb_variables()",
    "SELECT name FROM duckdb_prepared_statements()",
)


class State(NamedTuple):
    """What a statement could have changed."""

    files: dict[str, bytes]
    catalog: list[object]
    rows: list[object]
    settings: list[object]


def furnish(folder: Path) -> None:
    """Put files there that must not be read."""
    (folder / "s.txt").write_text(SECRET)
    (folder / "s.csv").write_text(f"a\n{SECRET}\n")
    (folder / "s.json").write_text(f'{{"a":"{SECRET}"}}\n')
    (folder / f"{SECRET}.log").touch()
    with duckdb.connect(str(folder / "s.duckdb")) as other:
        other.execute(f"CREATE TABLE t AS SELECT '{SECRET}' AS a")
        other.execute(f"COPY (SELECT '{SECRET}' AS a) TO '{folder / 's.parquet'}'")
        other.execute(f"COPY (SELECT 1 AS a) TO '{folder / f'{SECRET}.parquet'}'")


def open_sandbox(folder: Path) -> duckdb.DuckDBPyConnection:
    """Make a database as ours is: tables, and a view over a file that the connection may read."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET temp_directory = '{folder / SECRET}'")
    connection.execute(f"SET secret_directory = '{folder / SECRET}'")
    connection.execute("CREATE TABLE runs AS SELECT 1 AS a, 'x' AS kind")
    connection.execute(f"CREATE VIEW problems AS FROM read_parquet('{folder / f'{SECRET}.parquet'}')")
    connection.execute("CREATE SCHEMA stage")
    connection.execute(f"CREATE TABLE stage.sources AS SELECT '{folder / SECRET}' AS file")
    connection.execute("CREATE SEQUENCE counter")
    connection.execute("SET allowed_paths = ?", [[str(folder / f"{SECRET}.parquet")]])
    return connection


def state_of(connection: duckdb.DuckDBPyConnection, folder: Path) -> State:
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    catalog = [row for query in _CATALOG for row in connection.execute(f"{query} ORDER BY ALL").fetchall()]
    with suppress(duckdb.Error):  # looking for macros among all functions takes its time
        catalog += connection.execute("SELECT 'the macro f', f()").fetchall()
    rows = connection.execute("SELECT * FROM main.runs ORDER BY ALL").fetchall() if ("runs",) in catalog else []
    hidden = ("profiling", "transaction")  # change by themselves
    settings = connection.execute("SELECT name, value FROM duckdb_settings() ORDER BY name").fetchall()
    return State(files, list(catalog), list(rows), [row for row in settings if not row[0].startswith(hidden)])


def harm(sql: str, guards: tuple[str, ...], folder: Path) -> str:
    """Run a statement behind some of the guards, and tell what harm it does; nothing if none.

    Args:
        sql: The statement.
        guards: Which of `GUARDS`.
        folder: The current directory, furnished.
    """
    canary = pl.DataFrame({"a": [SECRET]})  # what a query could find in our own variables
    assert canary.height == 1
    connection = open_sandbox(folder)
    try:
        if "connection" in guards:
            lock_down(connection)
        before = state_of(connection, folder)
        began = time.monotonic()
        told = _answer(connection, sql, guards)
        if time.monotonic() - began > SLOW:
            return "kept us waiting"
        if SECRET in told.replace(sql, ""):
            return "told the secret"
        after = state_of(connection, folder)
        changed = [name for name, old, new in zip(State._fields, before, after, strict=True) if old != new]
        return f"changed {', '.join(changed)}" if changed else ""
    finally:
        connection.close()


def _answer(connection: duckdb.DuckDBPyConnection, sql: str, guards: tuple[str, ...]) -> str:
    canary = pl.DataFrame({"a": [SECRET]})
    assert canary.height == 1
    try:
        for statement in statements_of(connection, sql):
            if "kind" in guards:
                check_kinds(statement)
            if "names" in guards:
                check_names(connection, statement)
            if "transaction" in guards:
                connection.execute("BEGIN TRANSACTION READ ONLY")
            try:
                answer = repr(connection.execute(statement.text).fetchall())
            finally:
                if "transaction" in guards:
                    with suppress(duckdb.Error):
                        connection.execute("ROLLBACK")
    except (QueryError, duckdb.Error, RuntimeError) as error:
        answer = str(error)  # which may quote what it read
    return answer
