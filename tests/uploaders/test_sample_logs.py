"""The sample logs, through the command, read back with `search_traces` and compared run by run with the tables."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

import lctrack_analysis
from tests.uploaders.readback import Store

SAMPLES = Path(__file__).parents[2] / "sample_logs"
STATES = {"ok": "OK", "error": "ERROR", "open": "UNSET"}


def tokens(row: Mapping[str, Any]) -> dict[str, int]:
    """Give the three token counts that both know."""
    return {key: row[key] for key in ("input_tokens", "output_tokens", "total_tokens") if row.get(key) is not None}


def recorded(row: dict[str, Any]) -> dict[str, Any]:
    """Say of a row of `runs` what a span must say too."""
    return {
        "name": row["name"],
        "type": row["kind"].upper(),
        "parent": row["parent_run_id"],
        "start": row["start_time"],
        "end": row["end_time"] or "some time",
        "status": STATES[row["status"]],
        "error": row["error_message"] or "",
        "inputs": row["inputs"] and json.loads(row["inputs"]),
        "outputs": row["outputs"] and json.loads(row["outputs"]),
        "tokens": tokens(row),
    }


def read_back(span: Any, run_of: dict[str | None, str | None]) -> dict[str, Any]:
    """Say the same of a span."""
    return {
        "name": span.name,
        "type": span.span_type,
        "parent": run_of[span.parent_id],
        "start": span.start_time_ns,
        "end": "some time" if span.attributes.get("lctrack.open") else span.end_time_ns,
        "status": span.status.status_code.value,
        "error": span.status.description,
        "inputs": span.inputs,
        "outputs": span.outputs,
        "tokens": tokens(span.attributes.get("mlflow.chat.tokenUsage") or {}),
    }


def test_the_sample_logs_read_back_as_they_were_recorded(store: Store) -> None:
    for folder in SAMPLES.iterdir():
        if list(folder.glob("*.jsonl")):
            shutil.copytree(folder, store.logs / folder.name)
    logs = lctrack_analysis.load(store.logs)

    assert store.upload("--experiment", f"samples-{store.salt}") == 0

    spans: dict[str, dict[str, Any]] = {}
    usage: dict[str, dict[str, int]] = {}
    for run in store.runs():
        for trace_id, trace in store.traces(run).items():
            run_of: dict[str | None, str | None] = {None: None}
            run_of |= {span.span_id: span.attributes["lctrack.run_id"] for span in trace.data.spans}
            spans |= {span.attributes["lctrack.run_id"]: read_back(span, run_of) for span in trace.data.spans}
            usage[trace_id.removeprefix("tr-")] = tokens(trace.info.token_usage or {})
    rows = logs.runs.with_columns(pl.selectors.datetime().cast(pl.Int64)).to_dicts()
    assert len(rows) > 50
    assert spans == {row["run_id"]: recorded(row) for row in rows}
    assert usage == {row["trace_id"].replace("-", ""): tokens(row) for row in logs.traces.to_dicts()}
