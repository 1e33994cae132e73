"""Writing what of a session is a file of its run besides the tables."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from lctrack_uploaders import attachments
from lctrack_uploaders.attachments import MODEL
from lctrack_uploaders.targets.mlflow import tables
from lctrack_uploaders.units import Unit

SEGMENTS = "segments"


def names(unit: Unit) -> AbstractSet[str]:
    """Give the files that the run of a session has, by their paths."""
    found = {f"{name}.json" for name in unit.tables} | {path.name for path in unit.pictures.values()}
    found |= {f"{SEGMENTS}/{file.name}" for file in attachments.sizes(unit)}
    if tables.PAGE_OF in unit.tables:
        found.add(tables.PAGE)
    if attachments.model(unit) is not None:
        found.add(MODEL)
    return found


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
