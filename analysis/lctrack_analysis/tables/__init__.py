"""The SQL that makes each table from the staging tables, one file a table, and its running order."""

from importlib import resources

import duckdb

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
_FINAL = ("events", "assets", "problems")


def build_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of `columns.TABLES` out of the staging tables, which are dropped.

    Args:
        connection: Database that holds the filled staging tables.
    """
    add_flattened(connection)
    folder = resources.files(__name__)
    for name in _ORDER:
        connection.execute(folder.joinpath(f"{name}.sql").read_text(encoding="utf-8"))
    for table in ("pairs", *STAGES):
        if table not in _FINAL:
            connection.execute(f"DROP TABLE {table}")
