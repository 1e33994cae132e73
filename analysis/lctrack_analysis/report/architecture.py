"""What chains, models and agents are made of, as they were recorded."""

from typing import Any

import orjson

from lctrack_analysis.questions.asking import Asked

__all__ = ["MOST", "SQL", "architecture"]

MOST = 500
"""How many distinct recordings are shown."""
SQL = f"""
SELECT name, kind, value::VARCHAR AS value, graph::VARCHAR AS graph, count(*) AS times, min(session_id) AS session_id
FROM assets GROUP BY name, kind, value, graph ORDER BY min(time), name LIMIT {MOST}
"""  # noqa: S608  # a number of our own
"""Gives the distinct recordings."""


def architecture(logs: Asked) -> list[dict[str, Any]]:
    """Give what was recorded of the model architecture, each distinct recording once.

    Args:
        logs: The logs.

    Returns:
        `name`, `kind`, `value` and `graph` (nodes and edges) as recorded, `times` and the first `session_id`.
    """
    found = []
    for row in logs.query(SQL).frame.to_dicts():
        for name in ("value", "graph"):
            row[name] = None if row[name] is None else _parsed(row[name])
        found.append(row)
    return found


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
