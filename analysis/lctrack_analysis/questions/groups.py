"""What somebody calls one side of a comparison: sessions, or a group of them."""

from typing import NamedTuple

from lctrack_analysis.errors import NoMatchError
from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.selection.resolving import Labels, named_sessions, near

__all__ = ["Group", "find_group"]

_KINDS = {"session": "session_id", "project": "project", "name": "name", "group": "group_name", "tag": "tags"}


class Group(NamedTuple):
    """Some sessions, and what they were called."""

    called: str
    session_ids: tuple[str, ...]


def find_group(logs: Asked, called: str) -> Group:
    """Find the sessions that somebody means.

    Args:
        logs: The logs.
        called: `project:…`, `name:…`, `group:…`, `tag:…` or `session:…`; or the text alone, which is tried as a session
            (its id, its name, or the beginning of ids), a project, a group and a tag, in this order.

    Returns:
        The group; it has at least one session.

    Raises:
        NoMatchError: There is none.
    """
    rows = logs.query("SELECT session_id, project, name, group_name, tags FROM sessions").frame.to_dicts()
    kind, _, value = called.partition(":")
    if kind in _KINDS and kind != "session" and value:
        found = _labelled(rows, _KINDS[kind], value)
        if not found:
            known = {each for row in rows for each in _values(row[_KINDS[kind]])}
            raise NoMatchError(f"there is no {kind} {value}: {near(value, known)}")
        return Group(value, found)
    value = value if kind == "session" and value else called
    labels = [Labels(row["session_id"], row["project"], row["name"]) for row in rows]
    try:
        return Group(value, tuple(each.session_id for each in named_sessions(value, labels, one=False)))
    except NoMatchError:
        if kind == "session":
            raise
        for column in ("project", "group_name", "tags"):
            if found := _labelled(rows, column, value):
                return Group(value, found)
    known = {
        each for row in rows for column in _KINDS.values() if column != "session_id" for each in _values(row[column])
    }
    raise NoMatchError(f"there is no session, project, group or tag {called}: {near(called, known)}")


def _labelled(rows: list[dict[str, str | list[str] | None]], column: str, value: str) -> tuple[str, ...]:
    return tuple(str(row["session_id"]) for row in rows if value in _values(row[column]))


def _values(cell: str | list[str] | None) -> list[str]:
    if cell is None:
        return []
    return cell if isinstance(cell, list) else [cell]
