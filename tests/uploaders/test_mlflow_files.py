"""What of a session reaches MLflow besides numbers, tables and traces: its model, its log, its scores."""

import json
from pathlib import Path

import pytest

from lctrack import Recorder
from lctrack_uploaders.cli import main
from tests.uploaders.frames import SECOND, START, Rows, agent, run_id, session
from tests.uploaders.readback import Store


def with_scores() -> Rows:
    rows = agent()
    rows["scores"] += [
        {"session_id": "session-1", "trace_id": run_id(1), "run_id": run_id(3), "time": START + 21 * SECOND,
         "key": "tone", "label": "polite", "comment": "as asked"},
        {"session_id": "session-1", "trace_id": None, "run_id": None, "time": START, "key": "lost", "value": 1.0},
    ]  # fmt: skip
    return rows


def test_scores_are_feedback_on_their_traces_and_spans(store: Store) -> None:
    store.deliver(with_scores())

    trace = store.traces()[store.trace_id(1)]
    run_of = {span.span_id: span.attributes["lctrack.run_id"][-2:] for span in trace.data.spans}
    told = sorted(
        (found.name, found.value, found.rationale, found.create_time_ms, run_of[found.span_id])
        for found in trace.info.assessments
    )
    first, second = (START + 20 * SECOND) // 10**6, (START + 21 * SECOND) // 10**6
    assert told == [("helpful?", 0.25, None, first, "01"), ("tone", "polite", "as asked", second, "03")]


def test_scores_that_come_later_do_not_double_the_others(store: Store) -> None:
    store.deliver(agent())
    store.deliver(with_scores())
    (store.logs / ".lctrack" / "ledger.db").unlink()
    store.deliver(with_scores())

    names = [found.name for found in store.traces()[store.trace_id(1)].info.assessments]
    assert sorted(names) == ["helpful?", "tone"]


def test_the_model_that_was_recorded_last_is_an_artifact(store: Store) -> None:
    old, new = ({"name": name, "id": ["x", "é"]} for name in ("Old", "New"))
    assets = [
        {"session_id": "session-1", "time": time, "kind": kind, "value": json.dumps(value), "graph": graph}
        for time, kind, value, graph in (
            (3, "source", "import this", None),
            (2, "serialized", new, '{"nodes": []}'),
            (1, "serialized", old, None),
        )
    ]
    store.deliver({"sessions": [session()], "assets": assets})

    path = store.client.download_artifacts(store.run().info.run_id, "model.json")
    assert json.loads(Path(path).read_text(encoding="utf-8")) == {**new, "graph": {"nodes": []}}


@pytest.mark.parametrize("named", ["directory", "file"])
def test_the_segments_are_artifacts_byte_by_byte(named: str, sqlite_store: Store) -> None:
    with Recorder(sqlite_store.logs, project=f"raw-{sqlite_store.salt}") as recorder, recorder.span("x"):
        pass
    (segment,) = sqlite_store.logs.glob("*.jsonl")
    logs = sqlite_store.logs if named == "directory" else segment

    assert main([str(logs), "--to", "mlflow"]) == 0

    path = sqlite_store.client.download_artifacts(sqlite_store.run().info.run_id, f"segments/{segment.name}")
    assert Path(path).read_bytes() == segment.read_bytes()
