"""The SQL that makes each table from the staging tables, one file a table, and its running order."""

from importlib import resources

import duckdb

from lctrack.format import STEERING
from lctrack_analysis.columns import ANNOTATION, COMPLEXITY, METRICS
from lctrack_analysis.tables.flatten import add_flattened

__all__ = ["CORE", "add_macros", "build_core", "build_tables", "run_scripts"]

# Later ones read earlier ones. What is short is made at once; what can be long stays where it was staged, and a view
# puts both together when somebody asks. `events`, `assets` and `problems` are complete as staged.
_CORE = ("run_core", "trace_core", "session_core", "generation_core")
CORE = (
    "stage.circles",
    "stage.pairs",
    "stage.run_core",
    "stage.trace_core",
    "stage.session_core",
    "stage.generation_core",
)
"""What these make."""
_VIEWS = (
    "recorded",
    "costs",  # before those that have costs among their columns
    "sessions",
    "runs",
    "traces",
    "metrics",  # before those that have the metrics among their columns
    "annotated",  # likewise
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
    # What `pictures.fill` fills in.
    "{annotated}": ", ".join(f"{column.name} {column.type}" for column in ANNOTATION),
    "{n.annotation}": ", ".join(f"n.{column.name}" for column in ANNOTATION),
    "{m.complexity}": ", ".join(f"m.{column.name}" for column in COMPLEXITY),
    "{g.metrics}": ", ".join(f"g.{metric.name}" for metric in METRICS),
    # Exceptions that are no errors.
    "{steering}": ", ".join(f"'{name}'" for name in STEERING),
    "{p.metrics}": ", ".join(f"p.{metric.name}" for metric in METRICS),
}
"""What stands in the SQL in place of what is listed elsewhere."""


def add_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the functions that the tables need."""
    run_scripts(connection, ("macros",))


def build_core(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what takes long: pair starts with ends, build the trees, count.

    Args:
        connection: Database with the staging tables, those that are not final in the schema `stage`.
    """
    run_scripts(connection, _CORE)


def build_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Complete the tables of `columns.TABLES`.

    Args:
        connection: Database with the staging tables and what `build_core` makes.
    """
    add_flattened(connection)
    run_scripts(connection, _VIEWS)


def run_scripts(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    """Run some of the SQL files of this folder, in order, without their ending."""
    folder = resources.files(__name__)
    for name in names:
        script = folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")
        for placeholder, columns in _PLACEHOLDERS.items():
            script = script.replace(placeholder, columns)
        connection.execute(script)
