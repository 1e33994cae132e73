"""The SQL that makes each table from the staging tables, one file a table, and its running order."""

from importlib import resources

import duckdb

from lctrack_analysis.columns import COMPLEXITY
from lctrack_analysis.stage import STAGES

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
)
_NOTHING_YET = ", ".join(f"NULL::{column.type} AS {column.name}" for column in COMPLEXITY)  # `complexity.fill` does it
_FINAL = ("events", "assets", "problems")


def build_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of `columns.TABLES` out of the staging tables, which are dropped.

    Args:
        connection: Database that holds the filled staging tables.
    """
    folder = resources.files(__name__)
    for name in _ORDER:
        script = folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")
        connection.execute(script.replace("{complexity}", _NOTHING_YET))
    for table in ("pairs", *STAGES):
        if table not in _FINAL:
            connection.execute(f"DROP TABLE {table}")
    connection.execute("DROP MACRO elapsed_ms")
