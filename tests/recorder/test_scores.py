"""Feedback finds the run, the trace and the session it is about."""

from pathlib import Path
from uuid import uuid4

from lctrack import LogCallbackHandler, Recorder, _runs
from tests.recorder.applications import SYNC
from tests.recorder.support import only, read_events


def test_a_score_is_about_the_active_span(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder, recorder.span("root") as root, recorder.span("inner") as inner:
        recorder.score("correct", value=True, comment="checked")
    score = only(tmp_path, "score")
    assert (score["key"], score["value"], score["comment"]) == ("correct", True, "checked")
    assert (score["run_id"], score["trace_id"]) == (inner.run_id, root.run_id)


def test_a_handler_gives_feedback_as_its_recorder_does(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        with handler.span("root", kind="agent") as root:
            assert handler.active_span() is root
            handler.score("correct", value=True)
        handler.score("good", 1, run_id=root.run_id, comment="later")
    scores = [line for line in read_events(tmp_path) if line["event"] == "score"]
    assert [(line["key"], line["run_id"]) for line in scores] == [("correct", root.run_id), ("good", root.run_id)]
    assert only(tmp_path, "span_start")["kind"] == "agent"


def test_a_score_on_a_span_that_ended_keeps_trace_and_session(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        session = recorder.session_id
        with recorder.span("root") as root, recorder.span("inner") as inner:
            pass
        recorder.flush()
        inner.score("helpful", 0.5)
    score = only(tmp_path, "score")
    assert (score["run_id"], score["trace_id"], score["session_id"]) == (inner.run_id, root.run_id, session)


def test_a_score_on_a_langchain_run_that_ended_keeps_its_trace(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        SYNC["chain"]({"callbacks": [handler]})
        end = next(line for line in read_events(tmp_path) if line["event"] == "llm_end")
        handler.recorder.score("good", "yes", run_id=end["run_id"])
    assert only(tmp_path, "score")["trace_id"] == end["trace_id"]
    assert end["trace_id"] != end["run_id"]


def test_a_score_on_a_run_recorded_elsewhere_names_the_run_alone(tmp_path: Path) -> None:
    run_id = uuid4()
    with Recorder(tmp_path) as recorder:
        recorder.score("good", 1, run_id=run_id)
    score = only(tmp_path, "score")
    assert score["run_id"] == str(run_id)
    assert "trace_id" not in score


def test_a_score_outside_of_any_run_belongs_to_the_session(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        recorder.score("good", 1)
    score = only(tmp_path, "score")
    assert score["session_id"] == only(tmp_path, "session_start")["session_id"]
    assert "run_id" not in score


def test_runs_that_ended_long_ago_are_forgotten(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        for _ in range(3 * _runs._MOST_ENDED):
            with recorder.span("x") as last:
                pass
        assert recorder.knows(last.run_id)
        assert len(recorder._runs._ended) + len(recorder._runs._ended_before) <= 2 * _runs._MOST_ENDED
        assert recorder.stats()["open_runs"] == 0
