"""The sample logs, through the command, read back with MLflow's client and compared with the tables."""

import json
import math
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

import lctrack_analysis
from lctrack_analysis.columns import TABLES
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


class Delivered(NamedTuple):
    """The sample logs in a store."""

    store: Store
    logs: Any
    run_of: Mapping[str, Any]
    """Runs by session."""

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Give the rows of a table, times as nanoseconds."""
        frame: pl.DataFrame = getattr(self.logs, table)
        return frame.with_columns(pl.selectors.datetime().cast(pl.Int64)).to_dicts()

    def file(self, session_id: str, name: str) -> Path:
        """Read an artifact of a session's run."""
        run_id = self.run_of[session_id].info.run_id
        return Path(self.store.client.download_artifacts(run_id, name))


@pytest.fixture(scope="module")
def samples(new_store: Callable[[], Store]) -> Delivered:
    """Deliver all samples into one experiment of a store of either kind."""
    store = new_store()
    for folder in SAMPLES.iterdir():
        if list(folder.glob("*.jsonl")):
            shutil.copytree(folder, store.logs / folder.name)
    logs = lctrack_analysis.load(store.logs)
    assert len(logs.runs) > 50
    assert store.upload("--experiment", f"samples-{store.salt}") == 0
    return Delivered(store, logs, {run.data.tags["lctrack.session"]: run for run in store.runs()})


def test_each_session_is_a_run(samples: Delivered) -> None:
    assert sorted(samples.run_of) == sorted(row["session_id"] for row in samples.rows("sessions"))


def test_the_spans_read_back_as_the_runs_were_recorded(samples: Delivered) -> None:
    spans: dict[str, dict[str, Any]] = {}
    usage: dict[str, dict[str, int]] = {}
    for run in samples.run_of.values():
        for trace_id, trace in samples.store.traces(run).items():
            run_of: dict[str | None, str | None] = {None: None}
            run_of |= {span.span_id: span.attributes["lctrack.run_id"] for span in trace.data.spans}
            spans |= {span.attributes["lctrack.run_id"]: read_back(span, run_of) for span in trace.data.spans}
            usage[trace_id.removeprefix("tr-")] = tokens(trace.info.token_usage or {})
    assert spans == {row["run_id"]: recorded(row) for row in samples.rows("runs")}
    assert usage == {row["trace_id"].replace("-", ""): tokens(row) for row in samples.rows("traces")}


def test_the_parameters_are_the_labels_and_parameters_of_the_session(samples: Delivered) -> None:
    labels = {"project": "project", "name": "name", "group_name": "group", "entity": "entity", "job_type": "job_type"}
    for row in samples.rows("sessions"):
        expected = {name: row[column] for column, name in labels.items() if row[column]}
        given = json.loads(row["params"] or "{}")
        expected |= {key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()}
        assert samples.run_of[row["session_id"]].data.params == expected


def test_the_numbers_of_a_session_are_the_metrics_of_its_run(samples: Delivered) -> None:
    numeric = [column.name for column in TABLES["sessions"].columns if column.type in ("BIGINT", "DOUBLE")]
    endings = {"mean": "", "median": "_median", "p10": "_p10", "p90": "_p90"}
    expected: dict[str, dict[str, float]] = defaultdict(dict)
    for row in samples.rows("sessions"):
        expected[row["session_id"]] = {name: row[name] for name in numeric if row[name] is not None}
    for row in samples.rows("complexity"):
        if row["scope"] == "session":
            for column, ending in endings.items():
                if row[column] is not None and math.isfinite(row[column]):
                    expected[row["session_id"]][f"complexity/{row['metric']}{ending}"] = row[column]
    for session_id, run in samples.run_of.items():
        found = {key: value for key, value in run.data.metrics.items() if not key.startswith(("call/", "score/"))}
        assert found == expected[session_id]


def test_each_model_call_is_a_point_at_the_time_it_ended(samples: Delivered) -> None:
    columns = {"duration_ms": "latency_ms", "input_tokens": "input_tokens", "output_tokens": "output_tokens"}
    calls = [row for row in samples.rows("runs") if row["kind"] in ("llm", "chat_model") and row["end_time"]]
    for session_id, run in samples.run_of.items():
        for column, key in columns.items():
            points = samples.store.client.get_metric_history(run.info.run_id, f"call/{key}")
            assert sorted((point.timestamp, point.value) for point in points) == sorted(
                (row["end_time"] // 10**6, row[column])
                for row in calls
                if row["session_id"] == session_id and row[column] is not None
            )


def test_the_tables_hold_every_cell(samples: Delivered) -> None:
    listed = {
        (session_id, entry["path"].removesuffix(".json"))
        for session_id, run in samples.run_of.items()
        for entry in json.loads(run.data.tags["mlflow.loggedArtifacts"])
    }
    names = {name for _, name in listed}
    assert {"sessions", "runs", "messages", "action_records", "session_analysis", "complexity"} <= names
    for name in names:
        found = []
        for session_id, _ in sorted(pair for pair in listed if pair[1] == name):
            table = json.loads(samples.file(session_id, f"{name}.json").read_text(encoding="utf-8"))
            found += [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
        times = [column.name for column in TABLES[name].columns if column.type == "TIMESTAMP_NS"]
        for row in found:
            row.update(
                {column: int(np.datetime64(row[column][:-1], "ns").astype(int)) for column in times if row[column]}
            )
        # What `complexity` says of a model over all sessions belongs to none.
        owned = (row for row in samples.rows(name) if row["session_id"] is not None)
        expected = [{key: value for key, value in row.items() if key != "record"} for row in owned]
        told, recorded_rows = (Counter(map(plain, rows)) for rows in (found, expected))
        assert (name, told - recorded_rows, recorded_rows - told) == (name, {}, {})


def plain(row: Mapping[str, Any]) -> str:
    """Give a row as text, which can be sorted."""
    return json.dumps(row, sort_keys=True, default=str)


def test_the_segments_and_the_page_and_the_model_are_files_of_the_run(samples: Delivered) -> None:
    segments = {path.name: path for path in samples.store.logs.rglob("*.jsonl")}
    for row in samples.rows("sessions"):
        for name in row["segments"]:
            delivered = samples.file(row["session_id"], f"segments/{name}.jsonl")
            assert delivered.read_bytes() == segments[f"{name}.jsonl"].read_bytes()
    pages: dict[str, str] = defaultdict(str)
    for row in samples.rows("session_analysis"):
        pages[row["session_id"]] += row["chat_html"] or ""
    for session_id, page in pages.items():
        assert samples.file(session_id, "chat_html.html").read_text(encoding="utf-8") == page
    models = [row for row in samples.rows("assets") if row["kind"] == "serialized"]
    assert models
    for row in models:
        found = json.loads(samples.file(row["session_id"], "model.json").read_text(encoding="utf-8"))
        assert {key: found[key] for key in json.loads(row["value"])} == json.loads(row["value"])


def test_each_score_is_an_assessment_of_its_trace(samples: Delivered) -> None:
    told = {
        (trace_id.removeprefix("tr-"), found.name, found.value, found.rationale, found.create_time_ms)
        for run in samples.run_of.values()
        for trace_id, trace in samples.store.traces(run).items()
        for found in trace.info.assessments
    }
    assert told == {
        (
            *(row["trace_id"].replace("-", ""), row["key"]),
            row["label"] if row["value"] is None else row["value"],
            *(row["comment"], row["time"] // 10**6),
        )
        for row in samples.rows("scores")
    }
    assert told


def test_a_trace_has_the_id_of_its_session(samples: Delivered) -> None:
    for session_id, run in samples.run_of.items():
        for trace in samples.store.traces(run).values():
            assert trace.info.trace_metadata["mlflow.trace.session"] == session_id


def test_sent_again_without_a_ledger_nothing_grows(samples: Delivered) -> None:
    before = samples.store.everything()
    (samples.store.logs / ".lctrack" / "ledger.db").unlink()

    assert samples.store.upload("--experiment", f"samples-{samples.store.salt}") == 0

    assert samples.store.everything() == before
