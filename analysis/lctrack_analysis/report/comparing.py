"""What sessions and groups of them are compared by, for every one of them: a reader chooses any two.

The measures are those of `lctrack-analyze --compare`, and so is what a group is.
"""

from typing import Any

from lctrack_analysis.questions.asking import Asked, literals
from lctrack_analysis.questions.compare import MEASURES
from lctrack_analysis.report.pieces import Pieces

__all__ = ["MOST_GROUPS", "write_comparison"]

ROWS = 500
"""Sides of a piece."""
MOST_GROUPS = 1_000
"""How many groups there are to choose from: those of most sessions. Sessions are all there."""

_LABELS = """
SELECT 'project' AS kind, project AS label, session_id FROM sessions WHERE project <> ''
UNION ALL SELECT 'name', name, session_id FROM sessions WHERE name <> ''
UNION ALL SELECT 'group', group_name, session_id FROM sessions WHERE group_name <> ''
UNION ALL SELECT DISTINCT 'tag', unnest(tags) AS label, session_id FROM sessions
"""
_GROUPS = f"""
SELECT kind, label, count(*) AS sessions FROM ({_LABELS}) GROUP BY ALL
ORDER BY sessions DESC, kind, label LIMIT {MOST_GROUPS}
"""  # noqa: S608  # texts of our own, as all below
_SIDES = f"""
SELECT kind AS side_kind, label AS side_label, session_id FROM ({_LABELS}) SEMI JOIN ({_GROUPS}) USING (kind, label)
"""  # noqa: S608  # likewise
_SESSIONS = "SELECT 'session' AS side_kind, session_id AS side_label, session_id FROM sessions"
_COUNTED = tuple(measure.name for measure in MEASURES if measure.sql.startswith("count("))
"""What is 0 where there are no rows; all else is null."""
_TABLES = tuple(dict.fromkeys(measure.table for measure in MEASURES))


def _columns(table: str) -> str:
    return ", ".join(f"({each.sql})::DOUBLE AS {each.name}" for each in MEASURES if each.table == table)


def _long(table: str) -> str:
    names = ", ".join(each.name for each in MEASURES if each.table == table)
    return (
        f"SELECT side, measure, value FROM (SELECT side, {_columns(table)} FROM {table} "  # noqa: S608  # likewise
        f"JOIN sides USING (session_id) GROUP BY side) UNPIVOT (value FOR measure IN ({names}))"
    )


_NOTHING = f"CASE WHEN measure IN {literals(_COUNTED)} THEN 0 END"
SQL = " ".join(
    f"""
WITH sides AS (
    SELECT 'a' AS side, session_id FROM sessions WHERE $A UNION ALL SELECT 'b', session_id FROM sessions WHERE $B
),
measured AS ({" UNION ALL ".join(map(_long, _TABLES))})
SELECT
    measure, coalesce(max(value) FILTER (side = 'a'), {_NOTHING}) AS a,
    coalesce(max(value) FILTER (side = 'b'), {_NOTHING}) AS b, b - a AS difference,
    (b - a) / nullif(abs(a), 0) * 100 AS percent
FROM measured GROUP BY measure HAVING coalesce(a, 0) <> 0 OR coalesce(b, 0) <> 0
ORDER BY list_position([{literals(each.name for each in MEASURES)[1:-1]}], measure)
""".split()  # noqa: S608  # likewise
)
"""Compares the sessions for which `$A` holds with those for which `$B` does."""


def write_comparison(logs: Asked, pieces: Pieces, sessions: dict[str, int]) -> dict[str, Any]:
    """Write the measures of all sessions, and of the groups of most sessions.

    Args:
        logs: The logs; complexity is measured.
        pieces: Where to. The pieces `compare-0`, … have a list of values for each side, groups first.
        sessions: The number of each session in the list of sessions.

    Returns:
        The names of the `measures`, the `groups` with their kind, label and number of sessions, how many sides make a
        `piece`, and the `sql`.
    """
    groups = [list(row) for row in logs.query(_GROUPS).frame.iter_rows()]
    places = {(kind, label): place for place, (kind, label, _) in enumerate(groups)}
    places |= {("session", session_id): len(groups) + number for session_id, number in sessions.items()}
    values = [dict.fromkeys(_COUNTED, 0.0) for _ in places]
    for sides in (_SIDES, _SESSIONS):
        for table in _TABLES:
            sums = f"SELECT side_kind, side_label, {_columns(table)} FROM {table}"  # noqa: S608  # likewise
            query = f"{sums} JOIN ({sides}) USING (session_id) GROUP BY ALL"
            for row in logs.query(query).frame.iter_rows(named=True):
                values[places[row.pop("side_kind"), row.pop("side_label")]].update(row)
    names = [measure.name for measure in MEASURES]
    sides_of = [[side.get(name) for name in names] for side in values]
    for number in range(0, len(sides_of), ROWS):
        pieces.put(f"compare-{number // ROWS}", sides_of[number : number + ROWS])
    return {"measures": names, "groups": groups, "piece": ROWS, "sql": SQL}
