"""The database that answers: staged rows and what is made of them, out of core, and cut off from everything else."""

import json
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import duckdb

from lctrack_analysis.errors import UsageError
from lctrack_analysis.ingest import Staged
from lctrack_analysis.query import lock_down
from lctrack_analysis.read import Problem
from lctrack_analysis.selection import Selection, select
from lctrack_analysis.stage import STAGES
from lctrack_analysis.tables import CORE, add_macros, build_core, build_tables
from lctrack_analysis.tables.staging import add_staged

__all__ = ["MEMORY_LIMIT", "first_problem", "open_database"]

MEMORY_LIMIT = "2GB"
"""How much memory the database takes unless told otherwise."""

_LEAST_EVENTS = 20_000
"""Of fewer, the tables are made again as fast as they are found."""
_MOST_SNAPSHOTS = 3


def open_database(staged: Staged, memory_limit: str, selections: Sequence[Selection] = ()) -> duckdb.DuckDBPyConnection:
    """Make the tables of some staged rows.

    Args:
        staged: The rows; they must stay while the database is in use.
        memory_limit: How much memory it may take, in DuckDB's words; what needs more goes to the disk.
        selections: What is asked for; by default everything.

    Returns:
        The database, locked.

    Raises:
        UsageError: The limit is none, or a selection is ambiguous.
        NoMatchError: Nothing is selected.
    """
    connection = duckdb.connect(":memory:")
    try:
        connection.execute("SET memory_limit = ?", [memory_limit])
    except duckdb.Error as error:
        raise UsageError(f"{memory_limit} is no amount of memory: give one such as 2GB or 500MB") from error
    connection.execute("SET temp_directory = ?", [str(staged.workplace / "spilled")])
    free = shutil.disk_usage(staged.workplace).free
    connection.execute("SET max_temp_directory_size = ?", [f"{free // 2}B"])  # or other people's SQL fills the disk
    connection.execute("SET enable_progress_bar = false")  # it would be written among the rows, to standard output
    add_staged(connection, staged)
    add_macros(connection)
    snapshot = _snapshot_of(staged)
    if snapshot is None or not _take(connection, snapshot):
        build_core(connection)
        if snapshot is not None:
            _keep(connection, snapshot)
    if selections:
        select(connection, selections)
    build_tables(connection)
    files = [str(file) for table in STAGES for file in staged.files_of(table)]
    connection.execute("SET allowed_paths = ?", [files])
    lock_down(connection)
    return connection


def first_problem(staged: Staged) -> Problem | None:
    """Give the first problem, where there may be no event."""
    with duckdb.connect(":memory:") as connection:
        add_staged(connection, staged)
        row = connection.execute("SELECT file, line, byte_offset, reason FROM problems LIMIT 1").fetchone()
    return Problem(*row) if row else None


def _snapshot_of(staged: Staged) -> Path | None:
    """Give the file that keeps the tables of exactly these rows, which may not be there yet."""
    if staged.cache is None or staged.kept is None or staged.events < _LEAST_EVENTS:
        return None
    told = [(rank, read.source, read.start, read.stop, *read.identity) for rank, read in staged.pieces()]
    digest = blake2b(json.dumps([told, duckdb.__version__]).encode(), digest_size=12).hexdigest()
    return staged.cache.directory / f"tables-{digest}.duckdb"


def _take(connection: duckdb.DuckDBPyConnection, snapshot: Path) -> bool:
    if not snapshot.is_file():
        return False
    try:
        connection.execute(f"ATTACH '{_quoted(snapshot)}' AS kept (READ_ONLY)")
        for name in CORE:
            connection.execute(f"CREATE VIEW {name} AS FROM kept.{name.partition('.')[2]}")
    except duckdb.Error:
        return False
    snapshot.touch()
    return True


def _keep(connection: duckdb.DuckDBPyConnection, snapshot: Path) -> None:
    """Keep the tables for the next time; where that fails, they are made again."""
    made = snapshot.with_name(f".{secrets.token_hex(8)}.duckdb")
    try:
        connection.execute(f"ATTACH '{_quoted(made)}' AS made")
        try:
            for name in CORE:
                connection.execute(f"CREATE TABLE made.{name.partition('.')[2]} AS FROM {name}")  # our own
        finally:
            connection.execute("DETACH made")
        made.chmod(0o600)
        made.replace(snapshot)
        others = sorted(snapshot.parent.glob("tables-*.duckdb"), key=lambda file: file.stat().st_mtime)
        for old in others[:-_MOST_SNAPSHOTS]:
            old.unlink(missing_ok=True)
    except (duckdb.Error, OSError):
        with suppress(OSError):
            made.unlink(missing_ok=True)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
