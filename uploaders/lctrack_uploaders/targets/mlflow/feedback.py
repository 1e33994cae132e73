"""Scores as MLflow's feedback on traces.

MLflow gives each feedback an id of its own, so one is found again by what its metadata says.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from lctrack_uploaders import ids
from lctrack_uploaders.targets.mlflow import names
from lctrack_uploaders.typing import Row
from lctrack_uploaders.units import Unit, digest

if TYPE_CHECKING:  # needs the extra `mlflow`
    from lctrack_uploaders.targets.mlflow.connection import Connection

KEY = "lctrack.score"
"""Key of the metadata by which a feedback is found again."""


def write(connection: "Connection", stored: Mapping[str, Any], unit: Unit) -> None:
    """Give each score to its trace, where the trace does not have it yet.

    Args:
        connection: Where to.
        stored: MLflow's description of each trace of the run, by its id.
        unit: The session.
    """
    from mlflow.entities import AssessmentSource, Feedback  # noqa: PLC0415  # needs the environment set, see connection

    known = {found.metadata.get(KEY) for info in stored.values() for found in info.assessments if found.metadata}
    source = AssessmentSource(source_type="CODE", source_id="lctrack")
    for trace_id, row in _of_traces(rows(unit), stored):
        mark = digest(row["run_id"], row["time"], row["key"], row["value"], row["label"], row["comment"])
        if mark in known:
            continue
        milliseconds = None if row["time"] is None else row["time"] // 1_000_000
        feedback = Feedback(
            name=names.cut(row["key"] or "score", names.MAX_KEY),
            value=row["label"] if row["value"] is None else row["value"],
            source=source,
            span_id=ids.span_id(row["run_id"]).hex() if row["run_id"] else None,
            create_time_ms=milliseconds,
            last_update_time_ms=milliseconds,
            rationale=row["comment"],
            metadata={KEY: mark, "lctrack.run_id": row["run_id"] or ""},
        )
        connection.traces.log_assessment(trace_id, feedback)


def rows(unit: Unit) -> Sequence[Row]:
    """Give the scores that have a trace and say something, times as integers."""
    if "scores" not in unit.tables:
        return []
    plain = unit.tables["scores"].with_columns(pl.selectors.datetime().cast(pl.Int64)).to_dicts()
    return [row for row in plain if row["trace_id"] and (row["value"] is not None or row["label"] is not None)]


def _of_traces(scores: Iterable[Row], stored: Mapping[str, Any]) -> Iterable[tuple[str, Row]]:
    for row in scores:
        trace_id = f"tr-{ids.trace_id(row['trace_id']).hex()}"
        if trace_id in stored:
            yield trace_id, row
