"""A session is what is recorded between two flushes, under one set of labels."""

from pathlib import Path

import pytest

from lctrack import LogCallbackHandler, Recorder
from tests.recorder.applications import SYNC
from tests.recorder.support import Line, files, names, only, read, read_events

LABELS = {
    "project": "p",
    "name": "n",
    "group": "g",
    "entity": "e",
    "job_type": "j",
    "tags": ["t"],
    "notes": "some",
    "params": {"temperature": 0.5},
}


def run(handler: LogCallbackHandler) -> None:
    SYNC["chat"]({"callbacks": [handler]})


def of(lines: list[Line], event: str) -> list[Line]:
    return [line for line in lines if line["event"] == event]


def test_a_session_carries_its_labels_at_its_start_and_end(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, **LABELS) as handler:  # type: ignore[arg-type]  # a dictionary of several types
        run(handler)
    assert [line["session"] for line in read(tmp_path) if "session" in line] == [LABELS, LABELS, LABELS]


def test_labels_that_are_not_given_are_left_out(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, project="p") as handler:
        run(handler)
    assert only(tmp_path, "session_start")["session"] == {"project": "p"}


def test_a_flush_ends_a_session_under_its_name_and_begins_the_next(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, name="rest", project="p") as handler:
        run(handler)
        first = handler.session_id
        handler.flush_tracker(name="first")
        run(handler)
        second = handler.session_id
    lines = read(tmp_path)
    starts, ends = of(lines, "session_start"), of(lines, "session_end")
    assert [first, second] == [line["session_id"] for line in starts]
    assert [first, second] == [line["session_id"] for line in ends]
    assert [line["session"]["name"] for line in starts] == ["rest", "rest"]
    assert [line["session"]["name"] for line in ends] == ["first", "rest"]
    assert [first, first, second, second] == [line["session_id"] for line in read_events(tmp_path)]
    assert len(files(tmp_path)) == 1


def test_the_end_of_a_session_counts_its_events(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        run(handler)
    assert only(tmp_path, "session_end")["events"] == 2


def test_labels_given_to_a_flush_are_those_of_the_next_session(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, project="old", tags=["kept"]) as handler:
        run(handler)
        handler.flush_tracker(project="new")
        run(handler)
    ends = of(read(tmp_path), "session_end")
    assert [line["session"] for line in ends] == [
        {"project": "old", "tags": ["kept"]},
        {"project": "new", "tags": ["kept"]},
    ]


def test_an_unknown_label_is_refused_and_the_session_goes_on(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        run(handler)
        with pytest.raises(TypeError, match="colour"):
            handler.flush_tracker(colour="red")  # type: ignore[call-arg]  # the point of the test
        run(handler)
    assert only(tmp_path, "session_end")["events"] == 4


def test_a_session_without_events_leaves_no_trace(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        handler.flush_tracker(name="empty")
        run(handler)
        handler.flush_tracker(name="full")
        handler.flush_tracker(name="empty")
    lines = read(tmp_path)
    assert [line["session"]["name"] for line in of(lines, "session_end")] == ["full"]
    assert len({line["session_id"] for line in lines if "session_id" in line}) == 1


def test_without_reset_the_session_goes_on(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        run(handler)
        session = handler.session_id
        handler.flush_tracker(reset=False)
        assert session == handler.session_id
        run(handler)
    assert only(tmp_path, "session_end")["events"] == 4


def test_finishing_closes_the_file_and_later_events_open_another(tmp_path: Path) -> None:
    handler = LogCallbackHandler(tmp_path)
    run(handler)
    handler.flush_tracker(name="one", finish=True)
    assert names(read(tmp_path))[-2:] == ["session_end", "segment_end"]
    run(handler)
    handler.close()
    assert len(files(tmp_path)) == 2
    assert len(of(read(tmp_path), "session_start")) == 2


def test_a_trace_belongs_to_the_session_its_root_began_in(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        first = recorder.session_id
        with recorder.span("root"):
            recorder.flush("first")
            with recorder.span("child"):
                recorder.score("good", 1)
        with recorder.span("next"):
            pass
    lines = read(tmp_path)
    by_session = {line["session_id"]: line.get("name") for line in reversed(lines) if line["event"] == "span_start"}
    assert by_session[first] == "root"
    assert {first} == {line["session_id"] for line in lines if line["event"] == "score"}
    assert len(by_session) == 2


def test_a_trace_keeps_its_session_in_the_file_after(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, name="first")
    with recorder.span("root") as root:
        recorder.close()
    recorder.close()
    start, end, _ = read(tmp_path)[-3:]
    assert (start["event"], end["event"]) == ("segment_start", "span_end")
    assert start["session_id"] == end["session_id"] == read(tmp_path)[0]["session_id"]
    assert end["trace_id"] == root.run_id


def test_a_session_flushed_between_the_making_and_the_writing_of_its_first_event_is_whole(tmp_path: Path) -> None:
    class Flushing:
        """Flushes while it is being encoded, as another thread might."""

        def __repr__(self) -> str:
            recorder.flush("overtaken")
            return "Flushing()"

    with Recorder(tmp_path) as recorder:
        recorder.score("x", 1, comment=Flushing())  # type: ignore[arg-type]  # a comment that takes its time
    start, end = only(tmp_path, "session_start"), only(tmp_path, "session_end")
    assert start["session_id"] == end["session_id"] == only(tmp_path, "score")["session_id"]
    assert (end["session"], end["events"]) == ({"name": "overtaken"}, 1)
