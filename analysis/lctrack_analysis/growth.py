"""The tables of logs that have grown since they were kept: only what the new lines touch is made again.

Promised: the same tables as when all of it is made anew. The same SQL makes them, of fewer rows: of those that were
added, and of those that were kept and belong to the same traces and sessions. It is done in databases beside the first,
in which the staging tables have these rows alone. Where runs are each other's parents, everything is made anew.
"""

import duckdb

from lctrack_analysis.ingest import Staged
from lctrack_analysis.snapshots import Snapshot, let_go
from lctrack_analysis.tables import add_macros, run_scripts
from lctrack_analysis.tables.staging import add_staged

__all__ = ["grow"]

_MAIN = "memory"
# The rows of which the tables of runs are made.
_MAKING = {
    "run_starts": "FROM fresh.stage.run_starts UNION ALL FROM memory.stage.run_starts WHERE row_id IN "
    "(SELECT start_row FROM memory.stage.again)",
    "run_ends": "FROM fresh.stage.run_ends UNION ALL FROM memory.stage.run_ends WHERE row_id IN "
    "(SELECT end_row FROM memory.stage.again)",
    "answers": "FROM fresh.stage.answers UNION ALL FROM memory.stage.answers WHERE row_id IN "
    "(SELECT end_row FROM memory.stage.again)",
    "streamed": "FROM memory.stage.streamed WHERE run_id IN "
    "(SELECT run_id FROM memory.stage.added UNION SELECT run_id FROM memory.stage.again)",
}
_COUNTING = {
    "run_core": "FROM memory.stage.run_core SEMI JOIN memory.stage.recounted USING (session_id)",
    "session_marks": "FROM memory.stage.session_marks",
}


def grow(connection: duckdb.DuckDBPyConnection, staged: Staged, snapshot: Snapshot) -> bool:
    """Make the tables of what was kept and of what was added.

    Args:
        connection: Database with the staging tables, and the snapshot attached as `kept`.
        staged: All that was read.
        snapshot: What of it is new.

    Returns:
        Whether they are made; where not, nothing is left of the attempt, and the snapshot is let go.
    """
    [(circles,)] = connection.execute("SELECT runs FROM kept.circles").fetchall()
    if circles:
        let_go(connection)
        return False
    _begin(connection, "fresh")
    add_staged(connection, staged, snapshot.new)
    connection.execute(f"USE {_MAIN}")
    run_scripts(connection, ("touched",))
    _close_over_traces(connection)
    _make_runs(connection)
    run_scripts(connection, ("grown",))
    _count_sessions(connection)
    connection.execute("CREATE VIEW stage.circles AS FROM kept.circles")
    connection.execute("DETACH fresh")
    for table in ("added", "recounted"):
        connection.execute(f"DROP TABLE stage.{table}")
    return True


def _close_over_traces(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the traces that what is made again said it belongs to, for there it may go; seldom are they others."""
    while True:
        added = connection.execute(
            "INSERT INTO stage.touched SELECT DISTINCT trace_id FROM kept.run_core WHERE trace_id IN "
            "(SELECT recorded_trace_id FROM kept.run_core SEMI JOIN stage.touched USING (trace_id)) "
            "AND trace_id NOT IN (SELECT trace_id FROM stage.touched)"
        ).fetchone()
        if not added or not added[0]:
            break
    connection.execute("CREATE TABLE stage.again AS FROM kept.run_core SEMI JOIN stage.touched USING (trace_id)")


def _make_runs(connection: duckdb.DuckDBPyConnection) -> None:
    _begin(connection, "making", _MAKING)
    for name in ("run_core", "trace_core", "generation_core"):
        run_scripts(connection, (name,))
    connection.execute(f"USE {_MAIN}")
    for name in ("pairs", "run_core", "trace_core", "generation_core"):
        connection.execute(f"CREATE TABLE stage.grown_{name} AS FROM making.stage.{name}")
    connection.execute("DETACH making")


def _count_sessions(connection: duckdb.DuckDBPyConnection) -> None:
    [(known,)] = connection.execute(
        "SELECT count(*) FROM kept.session_core SEMI JOIN stage.recounted USING (session_id)"
    ).fetchall()
    lines = "FROM fresh.stage.lines"
    if known:  # their older lines are looked for, which takes longer
        lines = "FROM memory.stage.lines SEMI JOIN memory.stage.recounted USING (session_id)"
    _begin(connection, "counting", {**_COUNTING, "lines": lines})
    run_scripts(connection, ("session_core",))
    connection.execute(f"USE {_MAIN}")
    connection.execute("CREATE TABLE stage.grown_sessions AS FROM counting.stage.session_core")
    connection.execute(
        "CREATE VIEW stage.session_core AS "
        "SELECT * EXCLUDE (place), row_number() OVER (ORDER BY start_time, session_id) AS place FROM "
        "(FROM kept.session_core ANTI JOIN stage.grown_sessions USING (session_id) UNION ALL FROM stage.grown_sessions)"
    )
    connection.execute("DETACH counting")


def _begin(connection: duckdb.DuckDBPyConnection, name: str, views: dict[str, str] | None = None) -> None:
    """Go on in a database of its own, with some views of the staging tables."""
    connection.execute(f"ATTACH ':memory:' AS {name}")
    connection.execute(f"USE {name}")
    if views is not None:
        connection.execute("CREATE SCHEMA stage")
        add_macros(connection)
        for table, query in views.items():
            connection.execute(f"CREATE VIEW stage.{table} AS {query}")
