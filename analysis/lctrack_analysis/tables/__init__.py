"""The SQL that makes each table from the staging tables, one file a table, and its running order."""

from importlib import resources

import duckdb

from lctrack_analysis.columns import COMPLEXITY, METRICS
from lctrack_analysis.tables.flatten import add_flattened

__all__ = ["CORE", "add_macros", "build_core", "build_tables", "run_script"]

# Later ones read earlier ones. What is short is made at once; what can be long stays where it was staged, and a view
# puts both together when somebody asks. `events`, `assets` and `problems` are complete as staged.
_CORE = ("run_core", "trace_core", "sessions", "generation_core")
CORE = ("stage.circles", "stage.pairs", "stage.run_core", "stage.trace_core", "main.sessions", "stage.generation_core")
"""What these make."""
_VIEWS = (
    "recorded",
    "runs",
    "traces",
    "metrics",  # before those that have the metrics among their columns
    "generations",
    "messages",
    "tool_calls",
    "retrievals",
    "errors",
    "scores",
    # Views, which cost nothing until somebody asks for them; `spoken` has the functions they use.
    "spoken",
    "tokens",
    "conversations",
    "action_records",
    "session_analysis",
)
_PLACEHOLDERS = {
    # What `complexity.fill` fills in.
    "{measured}": ", ".join(f"{column.name} {column.type}" for column in COMPLEXITY),
    "{m.complexity}": ", ".join(f"m.{column.name}" for column in COMPLEXITY),
    "{g.metrics}": ", ".join(f"g.{metric.name}" for metric in METRICS),
    "{p.metrics}": ", ".join(f"p.{metric.name}" for metric in METRICS),
}
"""What stands in the SQL in place of the columns that `columns.METRICS` and `COMPLEXITY` list."""


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
    add_flattened(connection)
    _run(connection, _VIEWS)


def run_script(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Run one of the SQL files of this folder, named without its ending."""
    _run(connection, (name,))


def _run(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    folder = resources.files(__name__)
    for name in names:
        script = folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")
        for placeholder, columns in _PLACEHOLDERS.items():
            script = script.replace(placeholder, columns)
        connection.execute(script)
