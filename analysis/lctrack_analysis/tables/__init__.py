"""The SQL that makes each table from the staging tables, one file a table, and its running order."""

from importlib import resources

import duckdb

__all__ = ["CORE", "add_macros", "build_core", "build_tables"]

# Later ones read earlier ones. What is short is made at once; what can be long stays where it was staged, and a view
# puts both together when somebody asks. `events`, `assets` and `problems` are complete as staged.
_CORE = ("run_core", "trace_core", "sessions", "generation_core")
CORE = ("stage.pairs", "stage.run_core", "stage.trace_core", "main.sessions", "stage.generation_core")
"""What these make."""
_VIEWS = (
    "recorded",
    "runs",
    "traces",
    "generations",
    "messages",
    "tool_calls",
    "retrievals",
    "errors",
    "scores",
)


def add_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the functions that the tables need."""
    _run(connection, ("macros",))


def build_core(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what takes long: pair starts with ends, build the trees, count.

    Args:
        connection: Database with the staging tables, those that are not final in the schema `stage`.
    """
    _run(connection, _CORE)


def build_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Complete the tables of `columns.TABLES`.

    Args:
        connection: Database with the staging tables and what `build_core` makes.
    """
    _run(connection, _VIEWS)


def _run(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    folder = resources.files(__name__)
    for name in names:
        connection.execute(folder.joinpath(f"{name}.sql").read_text(encoding="utf-8"))
