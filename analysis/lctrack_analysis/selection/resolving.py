"""What somebody calls a session or a project, found among those there are; or a sentence that names the nearest."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from lctrack_analysis.errors import AnalysisError, NoMatchError, UsageError

if TYPE_CHECKING:
    from lctrack_analysis.selection.selection import Selection

__all__ = ["Labels", "explain_nothing", "named_sessions", "near", "resolve"]

_MOST_NEAR = 5
_LEAST_PREFIX = 4
"""Beginnings of an id that are shorter are taken for names alone."""


class Labels(NamedTuple):
    """What a session can be called by."""

    session_id: str
    project: str | None
    name: str | None


def resolve(connection: duckdb.DuckDBPyConnection, selection: "Selection") -> list[str] | None:
    """Find the sessions of a selection.

    Args:
        connection: Database with the table `sessions`.
        selection: What is asked for.

    Returns:
        Their ids, or None where any session will do.

    Raises:
        NoMatchError: A project or a session is not there, or none is in all that is asked for.
        UsageError: A session id is given by a beginning that several have.
    """
    if not selection.projects and not selection.sessions:
        return None
    rows = connection.execute("SELECT session_id, project, name FROM stage.session_core").fetchall()
    all_labels = [Labels(*row) for row in rows]
    found = all_labels
    if selection.projects:
        known = {labels.project for labels in all_labels if labels.project is not None}
        for project in selection.projects:
            if project not in known:
                raise NoMatchError(f"there is no project {project}: {near(project, known)}")
        found = [labels for labels in found if labels.project in selection.projects]
    if selection.sessions:
        wanted = {
            labels.session_id
            for called in selection.sessions
            for labels in named_sessions(called, all_labels, one=True)
        }
        found = [labels for labels in found if labels.session_id in wanted]
    return [labels.session_id for labels in found]


def named_sessions(called: str, known: Sequence[Labels], *, one: bool) -> list[Labels]:
    """Find what somebody calls a session.

    Args:
        called: Its id, its name (which several may have), or the beginning of its id.
        known: The sessions there are.
        one: Whether a beginning must be that of a single session.

    Returns:
        At least one session.

    Raises:
        NoMatchError: There is none.
        UsageError: There are several, and there must be one.
    """
    found = [labels for labels in known if labels.session_id == called]
    found = found or [labels for labels in known if labels.name == called]
    if found or len(called) < _LEAST_PREFIX:
        started = []
    else:
        started = [labels for labels in known if labels.session_id.startswith(called)]
    if one and len(started) > 1:
        shown = ", ".join(labels.session_id for labels in started[:_MOST_NEAR])
        raise UsageError(f"{len(started)} sessions have an id that begins with {called}: {shown}; give more of it")
    if not found and not started:
        names = {labels.name or labels.session_id for labels in known}
        raise NoMatchError(f"there is no session {called}: {near(called, names)}")
    return found or started


def explain_nothing(connection: duckdb.DuckDBPyConnection, selection: "Selection") -> AnalysisError:
    """Say why nothing is selected though projects and sessions are known: the nearest names, or the times there are."""
    for wanted, column, word in ((selection.names, "name", "trace is called"), (selection.tags, "tags", "tag is")):
        known = _known(connection, column)
        missing = [value for value in wanted if value not in known]
        if wanted and len(missing) == len(wanted):
            return NoMatchError(f"no {word} {' or '.join(missing)}: {near(missing[0], known)}")
    if selection.since is not None or selection.until is not None:
        row = connection.execute(
            "SELECT strftime(min(start_time), '%Y-%m-%d %H:%M:%S'), strftime(max(start_time), '%Y-%m-%d %H:%M:%S') "
            "FROM stage.trace_core"
        ).fetchone()
        if row and row[0]:
            return NoMatchError(
                f"no trace that is asked for started in that time: these logs have {row[0]} to {row[1]} UTC"
            )
    return NoMatchError("nothing in these logs is all that is asked for")


def near(called: str, known: Iterable[str]) -> str:
    """Name what somebody may have meant."""
    names = sorted(known)
    folded = {name.casefold(): name for name in reversed(names)}
    meant = [folded[name] for name in get_close_matches(called.casefold(), folded, n=_MOST_NEAR, cutoff=0.5)]
    meant += [name for name in names if called.casefold() in name.casefold() and name not in meant]
    if meant:
        return f"near is {', '.join(meant[:_MOST_NEAR])}"
    if not names:
        return "there is none in these logs"
    more = f" and {len(names) - _MOST_NEAR} more" if len(names) > _MOST_NEAR else ""
    return f"there is {', '.join(names[:_MOST_NEAR])}{more}"


def _known(connection: duckdb.DuckDBPyConnection, column: str) -> set[str]:
    if column == "name":
        query = "SELECT DISTINCT name FROM stage.trace_core WHERE name IS NOT NULL"
    else:
        query = "SELECT unnest(tags) FROM stage.trace_core UNION SELECT unnest(tags) FROM stage.session_core"
    return {value for (value,) in connection.execute(query).fetchall()}
