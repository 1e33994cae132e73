"""The upload unit: everything about one session that a target may want, read from the tables once.

A trace belongs whole to the session of its root run, also where `flush_tracker` ended that session while the trace
was still running: half a trace is of no use to anybody.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from lctrack_analysis.columns import SCHEMA_VERSION
from lctrack_uploaders import metrics, spans
from lctrack_uploaders.typing import Logs, Row

MAPPING_VERSION = 3
"""Raised when a session becomes something else at a target, so that delivered sessions are delivered again."""

TABLES = (
    "sessions",
    "traces",
    "runs",
    "generations",
    "metrics",
    "complexity",
    "messages",
    "tool_calls",
    "retrievals",
    "errors",
    "scores",
    "assets",
    "action_records",
    "session_analysis",
)
"""Tables whose rows belong to a session and are delivered with it."""

COUNTED = ("action_records", "session_analysis")
"""Those of them whose rows count within their own session, whatever session owns the trace."""

LEFT_OUT = ("record",)
"""Columns that hold once more what others hold."""

PICTURES = ("dependency_tree", "entities")
"""Columns of `session_analysis` that name files with pictures."""

LABELS = {"project": "project", "name": "name", "group": "group_name", "entity": "entity", "job_type": "job_type"}
"""Labels of one value, and their columns in the table `sessions`."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace. Its first span is the root."""

    root_run_id: str
    spans: tuple[spans.Span, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One session. Times are Unix nanoseconds."""

    session_id: str
    labels: Mapping[str, str]
    """Those of `LABELS` that are set."""
    tags: tuple[str, ...]
    notes: str | None
    params: Mapping[str, Any]
    host: str | None
    models: tuple[str, ...]
    start: int
    end: int
    is_open: bool
    metrics: tuple[metrics.MetricPoint, ...]
    traces: tuple[Trace, ...]
    tables: Mapping[str, pl.DataFrame]
    pictures: Mapping[str, Path]
    """Files with pictures of its generated texts, by the name that `session_analysis` gives them."""
    digest: str
    """Of what is in tables and pictures: equal content has an equal digest, wherever the logs lie."""

    @property
    def name(self) -> str:
        """What to call the session: its label, else its id."""
        return self.labels.get("name") or self.session_id

    @property
    def failed(self) -> bool:
        """Whether an exception left one of its root runs."""
        return any(trace.spans[0].status == "error" for trace in self.traces)


def units(logs: Logs) -> Iterator[Unit]:
    """Cut the logs into upload units.

    Args:
        logs: The tables.

    Yields:
        A unit for each session, in the order in which they started.

    Raises:
        TerminalError: If two runs of a trace cannot be told apart.
    """
    owners = logs.traces.select("trace_id", owner="session_id").unique("trace_id")
    parts = {
        name: _by_owner(getattr(logs, name).drop(LEFT_OUT, strict=False), owners, counted=name in COUNTED)
        for name in TABLES
    }
    directory: Path | None = getattr(logs, "pictures", None)
    for session_id in logs.sessions.sort("start_time", "session_id", nulls_last=True)["session_id"]:
        tables = {name: by_owner[session_id] for name, by_owner in parts.items() if session_id in by_owner}
        yield _unit(session_id, tables, _pictures(tables, directory))


def _by_owner(frame: pl.DataFrame, owners: pl.DataFrame, *, counted: bool) -> dict[str, pl.DataFrame]:
    """Cut a table by the session that owns a row's trace, or without a trace, by the row's own session."""
    owner = pl.col("session_id")
    if "trace_id" in frame.columns and not counted:
        frame = frame.join(owners, on="trace_id", how="left", maintain_order="left")
        owner = pl.coalesce("owner", "session_id")
    parts = frame.with_columns(owner=owner).partition_by("owner", as_dict=True, maintain_order=True)
    return {str(key[0]): part.drop("owner") for key, part in parts.items()}


def _pictures(tables: Mapping[str, pl.DataFrame], directory: Path | None) -> dict[str, Path]:
    if directory is None or "session_analysis" not in tables:
        return {}
    named = (tables["session_analysis"][column] for column in PICTURES)
    names = sorted({name for column in named for name in column.drop_nulls()})
    return {name: directory / name for name in names if (directory / name).is_file()}


def _unit(session_id: str, tables: Mapping[str, pl.DataFrame], pictures: Mapping[str, Path]) -> Unit:
    rows = {name: _rows(tables[name]) if name in tables else [] for name in TABLES}
    session, runs = rows["sessions"][0], rows["runs"]
    known = [time for row in (session, *runs) for time in (row["start_time"], row["end_time"]) if time is not None]
    start = session["start_time"] if session["start_time"] is not None else min(known, default=0)
    end = session["end_time"] if session["end_time"] is not None else max(known, default=0)
    params = json.loads(session["params"] or "{}")
    return Unit(
        session_id=session_id,
        labels={label: session[column] for label, column in LABELS.items() if session[column]},
        tags=tuple(session["tags"] or ()),
        notes=session["notes"],
        params=params if isinstance(params, dict) else {"params": params},
        host=session["host"],
        models=tuple(sorted({row["model"] for row in runs if row["model"]})),
        start=start,
        end=end,
        is_open=session["status"] == "open",
        metrics=metrics.points(session, runs, rows["scores"], rows["complexity"], end),
        traces=tuple(_traces(runs, rows["errors"])),
        tables=tables,
        pictures=pictures,
        digest=_digest(tables, pictures),
    )


def _traces(runs: Sequence[Row], errors: Sequence[Row]) -> Iterator[Trace]:
    error_of = {row["run_id"]: row for row in errors}
    members: dict[str, list[Row]] = {}
    for row in runs:
        members.setdefault(row["trace_id"] or row["run_id"], []).append(row)
    for root, rows in members.items():
        yield Trace(root, spans.trace_spans(root, rows, error_of))


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a table, times as integers: Python's own have no nanoseconds."""
    return frame.with_columns(pl.selectors.datetime().cast(pl.Int64)).to_dicts()


def _digest(tables: Mapping[str, pl.DataFrame], pictures: Mapping[str, Path]) -> str:
    digest = blake2b(f"{SCHEMA_VERSION}/{MAPPING_VERSION}".encode(), digest_size=16)
    for name in sorted(tables):
        # Sorted, because the order of rows says nothing, and may change with the order in which files are read.
        for line in sorted(tables[name].write_ndjson().splitlines()):
            digest.update(f"\n{name} {line}".encode())
    for name, path in pictures.items():
        digest.update(f"\n{name} {blake2b(path.read_bytes()).hexdigest()}".encode())
    return digest.hexdigest()
