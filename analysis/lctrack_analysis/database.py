"""The database that answers: staged rows and what is made of them, out of core, and cut off from everything else."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

import duckdb

from lctrack_analysis.growth import grow
from lctrack_analysis.ingest import Staged
from lctrack_analysis.memory import Memory
from lctrack_analysis.query import lock_down
from lctrack_analysis.read import Problem
from lctrack_analysis.selection import Selection, select
from lctrack_analysis.snapshots import find_snapshot, keep_snapshot, take_snapshot
from lctrack_analysis.stage import STAGES
from lctrack_analysis.tables import CORE, add_macros, build_core, build_tables
from lctrack_analysis.tables.staging import add_staged

__all__ = ["MEMORY_LIMIT", "Database", "first_problem", "open_database"]

MEMORY_LIMIT = "2GB"
"""How much memory the database takes unless told otherwise."""

_MAKING_THREADS = 4
"""So many share the little memory in which tables are made."""


class Database(NamedTuple):
    """A connection to the tables, locked, and its memory."""

    connection: duckdb.DuckDBPyConnection
    memory: Memory


def open_database(staged: Staged, memory_limit: str, selections: Sequence[Selection] = ()) -> Database:
    """Make the tables of some staged rows.

    Args:
        staged: The rows; they must stay while the database is in use.
        memory_limit: How much memory it may take, in DuckDB's words; what needs more goes to the disk.
        selections: What is asked for; by default everything.

    Returns:
        The database.

    Raises:
        UsageError: The limit is none, or a selection is ambiguous.
        NoMatchError: Nothing is selected.
    """
    try:
        return _opened(staged, memory_limit, selections, _little)
    except duckdb.OutOfMemoryException:  # such as where runs are in runs very deep
        return _opened(staged, memory_limit, selections, Memory.whole)


def _little(_: Memory) -> AbstractContextManager[None]:
    return nullcontext()


def _opened(
    staged: Staged,
    memory_limit: str,
    selections: Sequence[Selection],
    making: Callable[[Memory], AbstractContextManager[None]],
) -> Database:
    connection = duckdb.connect(":memory:")
    try:
        memory = Memory(connection, memory_limit)
        connection.execute("SET temp_directory = ?", [str(staged.workplace / "spilled")])
        free = shutil.disk_usage(staged.workplace).free
        connection.execute("SET max_temp_directory_size = ?", [f"{free // 2}B"])  # or other people's SQL fills the disk
        connection.execute("SET enable_progress_bar = false")  # it would be written among the rows, to standard output
        with making(memory), _few_threads(connection):
            add_staged(connection, staged)
            add_macros(connection)
            if not _take(connection, staged):
                build_core(connection)
                keep_snapshot(connection, staged)
            if selections:
                select(connection, selections)
        build_tables(connection)
        files = [str(file) for table in STAGES for file in staged.files_of(table)]
        connection.execute("SET allowed_paths = ?", [files])
        lock_down(connection)
    except BaseException:
        connection.close()
        raise
    return Database(connection, memory)


@contextmanager
def _few_threads(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    row = connection.execute("SELECT current_setting('threads')").fetchone()
    threads = int(row[0]) if row else 1
    connection.execute(f"SET threads = {min(threads, _MAKING_THREADS)}")
    yield
    connection.execute(f"SET threads = {threads}")


def first_problem(staged: Staged) -> Problem | None:
    """Give the first problem, where there may be no event."""
    with duckdb.connect(":memory:") as connection:
        add_staged(connection, staged)
        row = connection.execute("SELECT file, line, byte_offset, reason FROM problems LIMIT 1").fetchone()
    return Problem(*row) if row else None


def _take(connection: duckdb.DuckDBPyConnection, staged: Staged) -> bool:
    """Take the tables from what was kept, and tell whether that went well."""
    snapshot = find_snapshot(staged)
    if snapshot is None or not take_snapshot(connection, snapshot):
        return False
    if snapshot.new:
        return grow(connection, staged, snapshot)
    for name in CORE:
        connection.execute(f"CREATE VIEW {name} AS FROM kept.{name.partition('.')[2]}")
    return True
