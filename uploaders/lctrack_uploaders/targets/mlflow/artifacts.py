"""What of a session is a file of its run besides the tables: the recorded model, and the segments of the log."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lctrack_uploaders.units import Unit

MODEL = "model.json"
"""The name that LangChain's callback gives it."""
SEGMENTS = "segments"


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


def write_model(client: Any, run_id: str, text: str) -> None:
    """Write the description.

    Args:
        client: MLflow's client.
        run_id: The run.
        text: The description.
    """
    client.log_text(run_id, text, MODEL)


def write_pictures(client: Any, run_id: str, files: Sequence[Path]) -> None:
    """Write pictures of generated texts, under the names that LangChain's callback for MLflow gives them.

    Args:
        client: MLflow's client.
        run_id: The run.
        files: The pictures.
    """
    for file in files:
        client.log_artifact(run_id, str(file))


def write_segment(client: Any, run_id: str, file: Path) -> None:
    """Write a segment as it is.

    Args:
        client: MLflow's client.
        run_id: The run.
        file: The segment.
    """
    client.log_artifact(run_id, str(file), SEGMENTS)
