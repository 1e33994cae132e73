"""The SQL that makes each table from the staging tables, one file a table, and its running order."""

from importlib import resources

import duckdb

from lctrack_analysis.columns import COMPLEXITY, METRICS
from lctrack_analysis.stage import STAGES
from lctrack_analysis.tables.flatten import add_flattened

__all__ = ["build_tables"]

# Later ones read earlier ones; `events`, `assets` and `problems` are complete as staged.
_ORDER = (
    "macros",
    "runs",
    "traces",
    "sessions",
    "generations",
    "metrics",
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
    # `complexity.fill` fills them in.
    "{complexity}": ", ".join(f"NULL::{column.type} AS {column.name}" for column in COMPLEXITY),
    "{g.metrics}": ", ".join(f"g.{metric.name}" for metric in METRICS),
    "{p.metrics}": ", ".join(f"p.{metric.name}" for metric in METRICS),
}
"""What stands in the SQL in place of the columns that `columns.METRICS` and `COMPLEXITY` list."""
_FINAL = ("events", "assets", "problems")


def build_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of `columns.TABLES` out of the staging tables, which are dropped.

    Args:
        connection: Database that holds the filled staging tables.
    """
    add_flattened(connection)
    folder = resources.files(__name__)
    for name in _ORDER:
        script = folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")
        for placeholder, columns in _PLACEHOLDERS.items():
            script = script.replace(placeholder, columns)
        connection.execute(script)
    for table in ("pairs", *STAGES):
        if table not in _FINAL:
            connection.execute(f"DROP TABLE {table}")
