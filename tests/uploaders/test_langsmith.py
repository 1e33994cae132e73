"""Traces and scores in LangSmith: what arrives, and that nothing which was refused is passed over."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis import load
from lctrack_uploaders.cli import main
from lctrack_uploaders.contract import Delivery, Target
from lctrack_uploaders.errors import (
    LostError,
    RefusedError,
    TerminalError,
    TransientError,
    UnreachableError,
    UploadError,
)
from lctrack_uploaders.targets.langsmith import connection, runs, target
from lctrack_uploaders.testing.suite import create, is_a_sentence
from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import FrameLogs, Rows, agent, run_id
from tests.uploaders.langsmith_server import Langsmith, serving

SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "UNTIL_SHOWN", (0.0, 0.01, 0.01))


@pytest.fixture
def langsmith() -> Iterator[Langsmith]:
    with serving() as found:
        yield found


def unit_of(rows: Rows | None = None) -> Unit:
    return next(units(FrameLogs(rows or agent())))


def target_for(langsmith: Langsmith, tmp_path: Path) -> Target:
    return create("langsmith", {"langsmith_endpoint": langsmith.url}, tmp_path)


def send(langsmith: Langsmith, tmp_path: Path, unit: Unit | None = None) -> Delivery:
    unit = unit or unit_of()
    found = target_for(langsmith, tmp_path)
    delivery = found.open(unit)
    for step in found.plan(unit):
        delivery.do(step)
    delivery.verify()
    return delivery


def test_runs_have_the_recorded_ids_parents_and_times(langsmith: Langsmith, tmp_path: Path) -> None:
    send(langsmith, tmp_path)
    rows = agent()["runs"]
    assert {row["run_id"]: (row["parent_run_id"], row["trace_id"]) for row in rows} == {
        name: (run["parent_run_id"], run["trace_id"]) for name, run in langsmith.runs.items()
    }
    assert langsmith.runs[run_id(1)]["start_time"] == "2025-01-01T00:00:00.123456+00:00"


def test_the_place_of_a_run_is_told_from_the_root_on(langsmith: Langsmith, tmp_path: Path) -> None:
    send(langsmith, tmp_path)
    parts = [
        "20250101T000000123456Z" + run_id(1),
        "20250101T000004123456Z" + run_id(4),
        "20250101T000005123456Z" + run_id(5),
    ]
    assert langsmith.runs[run_id(5)]["dotted_order"] == ".".join(parts)


def test_an_error_is_told_with_its_traceback(langsmith: Langsmith, tmp_path: Path) -> None:
    send(langsmith, tmp_path)
    expected = "ZeroDivisionError: division by zero\n\nTraceback …\nZeroDivisionError"
    assert langsmith.runs[run_id(11)]["error"] == expected


def test_a_score_is_feedback_on_its_run(langsmith: Langsmith, tmp_path: Path) -> None:
    send(langsmith, tmp_path)
    (found,) = langsmith.feedback.values()
    assert (found["run_id"], found["key"], found["score"]) == (run_id(1), "helpful?", 0.25)
    assert found["created_at"] == "2025-01-01T00:00:20.123456+00:00"


def test_a_score_that_was_changed_is_changed_in_place(langsmith: Langsmith, tmp_path: Path) -> None:
    send(langsmith, tmp_path)
    rows = agent()
    rows["scores"][0]["value"] = 0.75
    send(langsmith, tmp_path, unit_of(rows))
    assert [item["score"] for item in langsmith.feedback.values()] == [0.75]


def test_inputs_and_outputs_are_objects_as_langchains_own_tracer_names_them(
    langsmith: Langsmith, tmp_path: Path
) -> None:
    send(langsmith, tmp_path)
    told = {name: (list(run["inputs"]), list(run["outputs"] or ())) for name, run in langsmith.runs.items()}
    assert told[run_id(1)] == (["q"], ["output"])
    assert told[run_id(3)] == (["messages"], ["generations"])
    assert told[run_id(2)] == (["query"], ["documents"])


def test_the_first_token_is_an_event(langsmith: Langsmith, tmp_path: Path) -> None:
    send(langsmith, tmp_path)
    expected = [{"name": "new_token", "time": "2025-01-01T00:00:03.373956+00:00"}]
    assert langsmith.runs[run_id(3)]["events"] == expected


def test_a_run_without_an_end_has_none(langsmith: Langsmith, tmp_path: Path) -> None:
    rows = agent()
    rows["runs"][4].update(end_time=None, status="open")
    send(langsmith, tmp_path, unit_of(rows))
    assert langsmith.runs[run_id(5)]["end_time"] is None


def test_an_id_that_is_no_uuid_becomes_one_and_stands_in_the_metadata(langsmith: Langsmith, tmp_path: Path) -> None:
    rows = agent()
    rows["runs"] = [{**rows["runs"][0], "run_id": "first", "trace_id": "first"}]
    rows["scores"] = []
    send(langsmith, tmp_path, unit_of(rows))
    ((name, found),) = langsmith.runs.items()
    assert (str(uuid.UUID(name)), found["extra"]["metadata"]["lctrack.run_id"]) == (name, "first")
    assert runs.run_id("first") == name


def test_every_score_of_the_samples_is_there(langsmith: Langsmith, tmp_path: Path) -> None:
    logs = load([SAMPLES])
    for unit in units(logs):
        send(langsmith, tmp_path, unit)
    expected = sorted(logs.scores.select("run_id", "key", "value").rows())
    found = langsmith.feedback.values()
    assert expected == sorted((item["run_id"], item["key"], item["score"]) for item in found)


def test_a_run_that_is_taken_and_not_stored_is_told(langsmith: Langsmith, tmp_path: Path) -> None:
    langsmith.forgets = True
    rows = agent()
    rows["scores"] = []
    with pytest.raises(LostError, match="8 of them cannot be read back"):
        send(langsmith, tmp_path, unit_of(rows))


def test_a_run_that_is_stored_later_is_waited_for(langsmith: Langsmith, tmp_path: Path) -> None:
    langsmith.hidden = 3
    send(langsmith, tmp_path)
    assert len(langsmith.runs) == 8


def test_a_run_that_is_there_and_not_shown_yet_is_brought_up_to_date(langsmith: Langsmith, tmp_path: Path) -> None:
    send(langsmith, tmp_path)
    rows = agent()
    rows["runs"][5]["name"] = "another name"
    langsmith.hidden = 1
    send(langsmith, tmp_path, unit_of(rows))
    assert langsmith.runs[run_id(6)]["name"] == "another name"


def test_a_batch_that_is_too_large_goes_in_halves(langsmith: Langsmith, tmp_path: Path) -> None:
    langsmith.largest = 2500
    send(langsmith, tmp_path)
    assert len(langsmith.runs) == 8


def test_a_long_session_goes_in_several_batches(
    langsmith: Langsmith, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "RUNS_A_REQUEST", 3)
    send(langsmith, tmp_path)
    sizes = [len(content["post"]) for _, path, content in langsmith.requests if path == "/runs/batch"]
    assert sizes == [3, 3, 2]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (422, TerminalError),
        (400, TerminalError),
        (401, RefusedError),
        (403, RefusedError),
        (404, UnreachableError),
        (429, TransientError),
        (500, TransientError),
        (503, TransientError),
    ],
)
def test_what_is_refused_is_said_in_the_servers_words(
    langsmith: Langsmith, tmp_path: Path, status: int, kind: type[UploadError]
) -> None:
    langsmith.answers = [(status, {"detail": "runs older than 24 hours are not accepted"})]
    with pytest.raises(UploadError) as raised:
        send(langsmith, tmp_path)
    assert (type(raised.value), is_a_sentence(str(raised.value))) == (kind, True)
    assert "runs older than 24 hours are not accepted" in str(raised.value)


def test_a_wrong_key_is_refused_and_not_told(
    langsmith: Langsmith, logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_wrong_key")
    monkeypatch.setattr("lctrack_analysis.load", lambda _paths: FrameLogs(agent()))
    assert main([str(logs), "--to", "langsmith", "--langsmith-endpoint", langsmith.url]) == 1
    said: Any = capsys.readouterr()
    assert "does not let us in (HTTP 401" in said.err
    assert "lsv2_wrong_key" not in said.err + said.out


def test_the_services_own_client_reads_the_runs(langsmith: Langsmith, tmp_path: Path) -> None:
    schemas = pytest.importorskip("langsmith.schemas")
    logs = load([SAMPLES])
    for unit in units(logs):
        send(langsmith, tmp_path, unit)
    read = {name: schemas.Run(**run) for name, run in langsmith.runs.items()}
    times = {name: (run["start_time"], run["end_time"]) for name, run in langsmith.runs.items()}
    assert times == {
        name: (run.start_time.isoformat(), run.end_time and run.end_time.isoformat()) for name, run in read.items()
    }
    assert {run.run_type for run in read.values()} <= {"llm", "chain", "tool", "retriever"}


def test_the_place_of_a_root_is_what_the_services_own_client_makes_of_it(langsmith: Langsmith, tmp_path: Path) -> None:
    run_trees = pytest.importorskip("langsmith.run_trees")
    send(langsmith, tmp_path)
    root = langsmith.runs[run_id(1)]
    started = datetime.fromisoformat(root["start_time"])
    expected = run_trees._create_current_dotted_order(started, uuid.UUID(run_id(1)))
    assert expected == root["dotted_order"]
