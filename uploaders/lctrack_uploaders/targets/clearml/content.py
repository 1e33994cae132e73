"""What of a session becomes what of a task: parameters, scalars, tables, debug samples, console, artifacts, model."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from lctrack_uploaders import __version__, attachments
from lctrack_uploaders.targets.clearml import names
from lctrack_uploaders.units import PICTURES, Unit

TABLES = {"action_records": "Action Records", "session_analysis": "Session Analysis"}
"""What LangChain's callback for ClearML calls the tables that it shows."""
SAMPLES = {"dependency_tree": "Dependencies Plot", "entities": "Entities Plot"}
"""Likewise for pictures, by the column that names them."""
SHOWN_ROWS = 5_000
"""Most rows of a table that are shown; its artifact has all."""
_TITLE = 60
"""Characters of a text that a picture is called by."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of the task: its name, and its content as bytes or in a file."""

    name: str
    content: bytes | Path = field(repr=False)

    def read(self) -> bytes:
        """Give the content."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


def parameters(unit: Unit, digest: str) -> dict[str, dict[str, str]]:
    """Give the parameters by section, values that are not text as JSON.

    Args:
        unit: The session.
        digest: Of all that is delivered of it.

    Returns:
        As recorded below `General`, and what lctrack knows of the session below `lctrack`.
    """
    known = {
        "session": unit.session_id,
        "digest": digest,
        "start_time_ns": str(unit.start),
        "end_time_ns": "" if unit.is_open else str(unit.end),
        "status": "open" if unit.is_open else "ended",
        "models": ", ".join(unit.models),
        "host": unit.host or "",
        "uploader": __version__,
        **unit.labels,
    }
    return {
        "General": {name: _text(value) for name, value in unit.params.items()},
        "lctrack": {name: value for name, value in known.items() if value},
    }


def scalars(unit: Unit) -> Iterator[dict[str, Any]]:
    """Give the session's numbers, each with its time in Unix milliseconds and its step."""
    for point in unit.metrics:
        metric, _, variant = point.key.rpartition("/")
        yield {
            "type": "training_stats_scalar",
            "timestamp": point.time,
            "iter": point.step,
            "metric": metric or "session",
            "variant": variant,
            "value": point.value,
        }


def plots(unit: Unit) -> Iterator[dict[str, Any]]:
    """Give the tables that are shown, as Plotly has them."""
    for table, title in TABLES.items():
        if table in unit.tables:
            frame = plain(unit.tables[table].head(SHOWN_ROWS))
            drawn = {
                "type": "table",
                "header": {"values": [[name] for name in frame.columns]},
                "cells": {"values": [frame[name].to_list() for name in frame.columns]},
            }
            yield {
                "type": "plot",
                "timestamp": unit.end // 1_000_000,
                "iter": 0,
                "metric": title,
                "variant": table,
                "plot_str": json.dumps({"data": [drawn], "layout": {}}, ensure_ascii=False),
            }


def samples(unit: Unit) -> Iterator[tuple[dict[str, Any], File]]:
    """Give the pictures of generated texts, each with its file."""
    if "session_analysis" not in unit.tables:
        return
    for row in unit.tables["session_analysis"].to_dicts():
        for column in PICTURES:
            path = unit.pictures.get(row[column]) if row[column] else None
            if path:
                title = " ".join((row["output"] or "").split())[:_TITLE]
                about = {
                    "type": "training_debug_image",
                    "timestamp": unit.end // 1_000_000,
                    "iter": row["output_step"] or 0,
                    "metric": SAMPLES[column],
                    "variant": title or path.stem,
                }
                yield about, File(path.name, path)


def console(unit: Unit) -> Iterator[dict[str, Any]]:
    """Give a line for each event, as the callback writes it when it streams its logs."""
    if "action_records" not in unit.tables:
        return
    frame = unit.tables["action_records"].with_columns(pl.selectors.datetime().cast(pl.Int64))
    for row in frame.sort("step", "seq", nulls_last=True, maintain_order=True).to_dicts():
        known = {name: value for name, value in row.items() if value is not None}
        time = known.pop("time", unit.start)
        message = json.dumps(known, ensure_ascii=False)
        yield {"timestamp": time // 1_000_000, "level": "info", "worker": unit.host or "lctrack", "msg": message}


def files(unit: Unit) -> Iterator[File]:
    """Give the artifacts: every table as Parquet, the chat, the recorded model, the log itself."""
    for name, frame in unit.tables.items():
        buffer = BytesIO()
        frame.write_parquet(buffer)
        yield File(f"{name}.parquet", buffer.getvalue())
    if "session_analysis" in unit.tables:
        chat = "".join(unit.tables["session_analysis"]["chat_html"].drop_nulls())
        yield File("chat_html.html", chat.encode())
    if (model := attachments.model(unit)) is not None:
        yield File(attachments.MODEL, model.encode())
    for file in attachments.sizes(unit):
        yield File(file.name, file)


def model(unit: Unit) -> Mapping[str, Any] | None:
    """Give the recorded chain, model or agent as an output model, whose design it is."""
    text = attachments.model(unit)
    if text is None:
        return None
    about: dict[str, Any] = {
        "name": f"{unit.name} model",
        "comment": "recorded by lctrack",
        "framework": "LangChain",
        "tags": [],
    }
    return {
        # With none, the SDK reports every event of the task as one of the model.
        "id": f"offline-model-{names.key(unit.session_id)}",
        "init": {**about, "config_text": text, "config_dict": None, "label_enumeration": None},
        "weights": {"register_uri": f"file:///lctrack/{names.key(unit.session_id)}/model", "update_comment": False},
        "output_uri": None,
    }


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Give a table with cells that JSON has: times as ISO 8601 in UTC with nanoseconds; empty columns are left out."""
    kept = frame[[column.name for column in frame if column.null_count() < frame.height]]
    return kept.with_columns(
        pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ"), pl.selectors.float().fill_nan(None)
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
