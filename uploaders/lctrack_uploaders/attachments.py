"""What of a session is a file besides its tables, for every target: the recorded model, and the segments of the log."""

import json
from collections.abc import Mapping
from pathlib import Path

from lctrack_uploaders.units import Unit

MODEL = "model.json"
"""The name that LangChain's callbacks give it."""


def model(unit: Unit) -> str | None:
    """Give the description of the chain, model or agent that was recorded last.

    Args:
        unit: The session.

    Returns:
        JSON text, or None where none was recorded.
    """
    if "assets" not in unit.tables:
        return None
    rows = unit.tables["assets"].sort("time").select("name", "kind", "value", "graph").to_dicts()
    described = [row for row in rows if row["kind"] == "serialized" and row["value"]]
    if not described:
        return None
    value = json.loads(described[-1]["value"])
    graph = json.loads(described[-1]["graph"] or "null")
    return json.dumps({**value, "graph": graph} if isinstance(value, dict) and graph else value, ensure_ascii=False)


def sizes(unit: Unit) -> Mapping[Path, int]:
    """Give the segments' files with their sizes in bytes; a file that has gone meanwhile is left out."""
    return {file: file.stat().st_size for file in unit.segments.values() if file.is_file()}
