"""A selection and what it does: the tables are made again from the traces that are selected, so that all of them agree.

What is selected are traces: those of the sessions that are asked for, and of them those that started in time and have
the name and a tag that are asked for. Every table then holds these traces and their sessions. A session keeps its
labels, its start and its end; its counters, tokens and percentiles are over the selected traces. A session without
traces is there when its own project, id, tags and start are asked for. Nothing is filtered out of `problems`: a line
that could not be read has no session.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Self

import duckdb

from lctrack_analysis.columns import TABLES
from lctrack_analysis.ingest.piece import SOURCE_SHIFT
from lctrack_analysis.selection.moments import Moment, moment
from lctrack_analysis.selection.resolving import explain_nothing, resolve
from lctrack_analysis.tables import run_scripts

__all__ = ["Selection", "select"]

_MADE_AGAIN = ("stage.run_core", "stage.trace_core", "stage.session_core", "stage.generation_core")
_ROWS_OF_LINES = ("lines", "score_events")


@dataclass(frozen=True)
class Selection:
    """What is asked for; each that is empty asks for nothing.

    Attributes:
        projects: Labels of sessions.
        sessions: Sessions by id, beginning of the id that no other has, or name.
        names: Names of root runs.
        tags: Tags of root runs or of sessions.
        since: The first moment, Unix nanoseconds.
        until: The moment after the last.
    """

    projects: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: int | None = None
    until: int | None = None

    @classmethod
    def of(
        cls,
        *,
        project: str | Iterable[str] | None = None,
        session: str | Iterable[str] | None = None,
        name: str | Iterable[str] | None = None,
        tag: str | Iterable[str] | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> Self:
        """Make one from what a person gives; of several values, any will do.

        Raises:
            UsageError: A time is none.
        """
        return cls(
            _texts(project),
            _texts(session),
            _texts(name),
            _texts(tag),
            None if since is None else moment(since),
            None if until is None else moment(until, end=True),
        )

    def __bool__(self) -> bool:
        """Tell whether anything is asked for."""
        return self != type(self)()


def select(connection: duckdb.DuckDBPyConnection, selections: Sequence[Selection]) -> None:
    """Leave in the tables what is selected.

    Args:
        connection: Database with what `tables.build_core` makes, before `tables.build_tables`.
        selections: What is asked for; all of it must be so.

    Raises:
        NoMatchError: Nothing is.
        UsageError: A session id is given by a beginning that several have.
    """
    run_scripts(connection, ("candidates",))
    choosing = resources.files("lctrack_analysis.tables").joinpath("chosen.sql").read_text(encoding="utf-8")
    for selection in selections:
        asked = {
            "sessions": resolve(connection, selection),
            "names": list(selection.names) or None,
            "tags": list(selection.tags) or None,
            "since": selection.since,
            "until": selection.until,
        }
        connection.execute(choosing, asked)
        if connection.execute("SELECT count(*) FROM stage.chosen").fetchone() == (0,):
            raise explain_nothing(connection, selection)
    run_scripts(connection, ("selected",))
    for table in _ROWS_OF_LINES:
        connection.execute(f"ALTER VIEW stage.{table} RENAME TO all_{table}")
        connection.execute(
            f"CREATE VIEW stage.{table} AS FROM stage.all_{table} AS rows "  # names of our own
            "SEMI JOIN stage.kept_lines AS kept ON kept.row_id = rows.row_id"
        )
    _replace_events(connection)
    for name in _MADE_AGAIN:
        _drop(connection, name)
    connection.execute("ALTER TABLE stage.kept_runs RENAME TO run_core")
    run_scripts(connection, ("trace_core", "session_core", "generation_core"))
    connection.execute("DELETE FROM stage.session_core WHERE session_id NOT IN (FROM stage.chosen_sessions)")


def _replace_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Put what is left of the events in the place of all, in the same order."""
    columns = ", ".join(f"lines.{column.name}" for column in TABLES["events"].columns)
    connection.execute(
        f"CREATE OR REPLACE VIEW main.events AS SELECT {columns} FROM stage.lines "  # noqa: S608  # names of our own
        f"JOIN stage.sources ON sources.number = (lines.row_id >> {SOURCE_SHIFT}) "
        # The start of a segment says where all its sessions were recorded, and belongs to the first of them.
        "WHERE lines.session_id IS NULL OR lines.session_id IN (FROM stage.chosen_sessions) "
        "ORDER BY sources.rank, lines.row_id"
    )
    connection.execute("CREATE OR REPLACE VIEW main.assets AS FROM stage.kept_assets")


def _drop(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    schema, _, table = name.partition(".")
    # A table, or a view of the one that was kept from an earlier time.
    kind = connection.execute(
        "SELECT table_type FROM information_schema.tables "
        "WHERE table_schema = ? AND table_name = ? AND table_catalog = current_database()",
        [schema, table],
    ).fetchone()
    connection.execute(f"DROP {'VIEW' if kind == ('VIEW',) else 'TABLE'} {name}")


def _texts(given: str | Iterable[str] | None) -> tuple[str, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str) else tuple(given)
