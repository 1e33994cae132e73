"""A share of the traces is written, each whole or not at all; those with an error, where that is asked for, always."""

import gc
import os
import subprocess
import sys
import textwrap
import threading
import uuid
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableLambda

import lctrack
from lctrack import LogCallbackHandler, Recorder, _held
from lctrack._sampling import Sampling
from tests.recorder.support import Line, files, names, only, read, read_events, read_file
from tests.recorder.test_fork import in_child
from tests.recorder.test_format import faults

NEVER: dict[str, Any] = {"sample": 0, "sample_errors": True}


def fail() -> None:
    raise ValueError("failed")


def run(recorder: Recorder, name: str = "root", *, error: bool = False) -> str:
    """Record a trace of two spans and a score; give its id."""
    try:
        with recorder.span(name, inputs={"of": name}) as root, recorder.span("child") as child:
            child.score("good", 1)
            if error:
                fail()
    except ValueError:
        pass
    return root.run_id


def traces(directory: Path) -> Counter[str]:
    return Counter(line["trace_id"] for line in read_events(directory) if "trace_id" in line)


def test_each_trace_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with Recorder(tmp_path, sample=0.5) as recorder:
        ids = [run(recorder) for _ in range(200)]
    chosen = [trace_id for trace_id in ids if Sampling(0.5).chooses(trace_id)]
    assert 60 < len(chosen) < 140
    assert traces(tmp_path) == dict.fromkeys(chosen, 5)


def test_the_choice_is_a_matter_of_the_id_alone() -> None:
    ids = [str(uuid.UUID(int=number)) for number in range(300)]
    program = """
        import sys, uuid
        from lctrack._sampling import Sampling
        print(*(int(Sampling(0.3).chooses(str(uuid.UUID(int=number)))) for number in range(300)))
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    assert [int(Sampling(0.3).chooses(trace_id)) for trace_id in ids] == list(map(int, printed.split()))


def test_a_smaller_share_is_part_of_a_greater() -> None:
    ids = [str(uuid.uuid4()) for _ in range(500)]
    shares = [{trace_id for trace_id in ids if Sampling(share).chooses(trace_id)} for share in (0, 0.1, 0.4, 1)]
    assert shares[0] <= shares[1] <= shares[2] <= shares[3]
    assert (len(shares[0]), len(shares[3])) == (0, 500)


def test_the_handler_the_spans_and_autolog_agree(tmp_path: Path) -> None:
    ids = [uuid.uuid4() for _ in range(50)]
    for place in ("handler", "autolog"):
        handler = LogCallbackHandler(tmp_path / place, sample=0.5)
        if place == "autolog":
            handler.close()
            made = lctrack.autolog(tmp_path / place, sample=0.5)
            assert made is not None
            handler = made
        for run_id in ids:
            handler.on_chain_start({}, {}, run_id=run_id)
            handler.on_chain_end({}, run_id=run_id)
        handler.close()
    lctrack.autolog(disable=True)
    assert traces(tmp_path / "handler") == traces(tmp_path / "autolog")
    assert len(traces(tmp_path / "handler")) > 10


def test_what_is_left_out_is_counted_in_the_log_and_in_the_statistics(tmp_path: Path) -> None:
    with Recorder(tmp_path, sample=0.5) as recorder:
        ids = [run(recorder) for _ in range(100)]
    left_out = [trace_id for trace_id in ids if not Sampling(0.5).chooses(trace_id)]
    assert only(tmp_path, "session_end")["left_out"] == {"traces": len(left_out), "events": 5 * len(left_out)}
    assert only(tmp_path, "segment_start")["sample"] == 0.5
    stats = recorder.stats()
    assert (stats["left_out_traces"], stats["left_out_events"]) == (len(left_out), 5 * len(left_out))
    assert [fault for line in read(tmp_path) for fault in faults(line)] == []


def test_a_session_of_which_nothing_is_chosen_is_told_of(tmp_path: Path) -> None:
    with Recorder(tmp_path, sample=0, name="n") as recorder:
        run(recorder)
    assert names(read(tmp_path)) == ["segment_start", "session_start", "session_end", "segment_end"]
    end = only(tmp_path, "session_end")
    assert (end["events"], end["left_out"], end["session"]) == (0, {"traces": 1, "events": 5}, {"name": "n"})


def test_without_sampling_nothing_is_said_of_it(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        run(recorder)
    assert "sample" not in only(tmp_path, "segment_start")
    assert "left_out" not in only(tmp_path, "session_end")


def test_what_belongs_to_no_trace_is_always_written(tmp_path: Path) -> None:
    with Recorder(tmp_path, sample=0) as recorder:
        recorder.score("good", 1)
        recorder.score("good", 1, run_id=uuid.uuid4())
        recorder.asset("x")
    assert names(read_events(tmp_path)) == ["score", "score", "asset"]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(tmp_path: Path, share: float) -> None:
    with pytest.raises(ValueError, match=r"^sample is a share between 0 and 1"):
        Recorder(tmp_path, sample=share)


def _comparable(lines: list[Line]) -> list[Line]:
    varying = {"seq", "ts", "session_id", "trace_id", "run_id", "parent_run_id", "thread", "error"}
    return [{key: value for key, value in line.items() if key not in varying} for line in lines]


def test_a_trace_with_an_error_is_written_as_it_would_have_been(tmp_path: Path) -> None:
    for place, options in (("all", {}), ("held", NEVER)):
        with Recorder(tmp_path / place, **options) as recorder:
            run(recorder, error=True)
    held = read_events(tmp_path / "held")
    assert _comparable(read_events(tmp_path / "all")) == _comparable(held)
    assert [line["ts"] for line in held] == sorted(line["ts"] for line in held)


def test_events_that_were_held_have_the_time_at_which_they_happened(tmp_path: Path) -> None:
    with Recorder(tmp_path, **NEVER) as recorder:
        run(recorder, error=True)
    start, _, _, error, _ = read_events(tmp_path)
    opened = only(tmp_path, "segment_start")["ts"]
    assert start["ts"] < opened
    assert opened < error["ts"] or error["event"] == "span_error"


def test_a_trace_without_an_error_is_forgotten(tmp_path: Path) -> None:
    with Recorder(tmp_path, **NEVER) as recorder:
        run(recorder)
        failed = run(recorder, error=True)
        run(recorder)
    assert traces(tmp_path) == {failed: 5}
    assert only(tmp_path, "session_end")["left_out"] == {"traces": 2, "events": 10}


def test_an_error_deep_in_a_chain_that_goes_on_keeps_the_trace(tmp_path: Path) -> None:
    def fail(_: Any) -> None:
        raise ValueError("no")

    def go_on(value: Any) -> Any:
        with suppress(ValueError):
            RunnableLambda(fail).invoke(value)
        return value

    with LogCallbackHandler(tmp_path, **NEVER) as handler:
        for step in (go_on, str):
            (RunnableLambda(str) | RunnableLambda(step)).invoke(1, {"callbacks": [handler]})
    assert list(traces(tmp_path).values()) == [8]


def test_what_happens_to_an_object_later_is_not_recorded(tmp_path: Path) -> None:
    inputs = {"a": [1]}
    with Recorder(tmp_path, **NEVER) as recorder:
        try:
            with recorder.span("x", inputs=inputs):
                inputs["a"].append(2)
                fail()
        except ValueError:
            pass
    assert only(tmp_path, "span_start")["inputs"] == {"a": [1]}


def test_messages_of_held_events_are_read_back_although_other_traces_come_between(tmp_path: Path) -> None:
    history = [HumanMessage(f"question {number}") for number in range(6)]
    with LogCallbackHandler(tmp_path, **NEVER) as handler:
        for outcome in ("good", "bad", "good", "bad"):
            run_id = uuid.uuid4()
            handler.on_chain_start({}, {"messages": history[:4]}, run_id=run_id)
            handler.on_chat_model_start({}, [history], run_id=uuid.uuid4(), parent_run_id=run_id)
            if outcome == "bad":
                handler.on_chain_error(ValueError("x"), run_id=run_id)
            else:
                handler.on_chain_end({}, run_id=run_id)
    starts = [line for line in read_events(tmp_path) if line["event"] == "chat_model_start"]
    expected = [message.content for message in history]
    assert [[message["content"] for message in line["messages"][0]] for line in starts] == [expected] * 2
    assert Counter(names(read(tmp_path)))["blob"] == len(history) + 2


def test_a_held_trace_is_whole_although_a_new_file_begins_in_the_middle(tmp_path: Path) -> None:
    history = [HumanMessage("question " + "why " * 200 + str(number)) for number in range(6)]
    with LogCallbackHandler(tmp_path, **NEVER, rotate_bytes=2_000) as handler:
        run_id = uuid.uuid4()
        handler.on_chain_start({}, {}, run_id=run_id)
        for count in range(1, 7):
            handler.on_chat_model_start({}, [history[:count]], run_id=uuid.uuid4(), parent_run_id=run_id)
        handler.on_chain_error(ValueError("x"), run_id=run_id)
    assert len(files(tmp_path)) > 2
    starts = [line for line in read_events(tmp_path) if line["event"] == "chat_model_start"]
    assert [len(line["messages"][0]) for line in starts] == [1, 2, 3, 4, 5, 6]


def test_a_trace_that_is_open_when_the_recorder_is_closed_is_written(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, **NEVER)
    span = recorder.span("open")
    with span:
        recorder.close()
        assert names(read(tmp_path)) == ["segment_start", "session_start", "span_start", "session_end", "segment_end"]
    recorder.close()
    assert names(read_events(tmp_path)) == ["span_start", "span_end"]


def test_a_trace_that_is_open_when_the_recorder_is_forgotten_is_written(tmp_path: Path) -> None:
    handler = LogCallbackHandler(tmp_path, **NEVER)
    handler.on_chain_start({}, {}, run_id=uuid.uuid4())
    del handler
    gc.collect()
    assert names(read_events(tmp_path)) == ["chain_start"]


def test_a_session_that_ends_meanwhile_keeps_its_traces(tmp_path: Path) -> None:
    with Recorder(tmp_path, **NEVER, name="first") as recorder:
        first = recorder.session_id
        try:
            with recorder.span("x"):
                recorder.flush()
                fail()
        except ValueError:
            pass
    assert {line["session_id"] for line in read_events(tmp_path)} == {first}


def test_what_comes_after_the_end_of_a_trace_goes_where_the_trace_went(tmp_path: Path) -> None:
    with Recorder(tmp_path, **NEVER) as recorder:
        good, bad = run(recorder), run(recorder, error=True)
        for run_id in (good, bad):
            recorder.score("late", 1, run_id=run_id)
    assert traces(tmp_path) == {bad: 6}
    assert recorder.stats()["left_out_events"] == 6


BOUNDS = {"_MOST_EVENTS": 10, "_MOST_BYTES": 3_000}


@pytest.mark.parametrize("bound", BOUNDS)
def test_a_trace_beyond_the_bound_is_written_rather_than_held(
    tmp_path: Path, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_held, bound, BOUNDS[bound])
    with Recorder(tmp_path, **NEVER) as recorder:
        with recorder.span("long"):
            for number in range(20):
                recorder.emit("score", {"key": "x" * 50, "value": number}, run_id=recorder_run(recorder))
            assert len(read_events(tmp_path)) > 10
        run(recorder)
    assert len(read_events(tmp_path)) == 22
    assert recorder.stats()["left_out_traces"] == 1


def recorder_run(recorder: Recorder) -> str:
    (run_id,) = recorder._runs._open
    return run_id


@pytest.mark.parametrize(("bound", "most"), [("_MOST_TRACES", 3), ("_MOST_BYTES_TOGETHER", 1_200)])
def test_of_too_many_traces_the_oldest_is_written(
    tmp_path: Path, bound: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_held, bound, most)
    with LogCallbackHandler(tmp_path, **NEVER) as handler:
        ids = [uuid.uuid4() for _ in range(6)]
        for run_id in ids:
            handler.on_chain_start({}, {}, run_id=run_id)
        written = [line["run_id"] for line in read_events(tmp_path)]
        assert written == list(map(str, ids))[: len(written)]
        assert 2 <= len(written) < 6
        for run_id in ids:
            handler.on_chain_end({}, run_id=run_id)
    assert sorted(traces(tmp_path).values()) == [2] * len(written)


def test_nothing_is_held_once_traces_have_ended(tmp_path: Path) -> None:
    with Recorder(tmp_path, **NEVER) as recorder:
        for number in range(50):
            run(recorder, error=number % 2 == 0)
        assert recorder._sampler is not None
        assert not recorder._sampler.holds
        assert recorder._sampler._bytes == 0


def test_threads_hold_and_write_each_trace_once(tmp_path: Path) -> None:
    def work() -> None:
        for number in range(50):
            run(recorder, error=number % 5 == 0)

    with Recorder(tmp_path, **NEVER) as recorder:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert list(traces(tmp_path).values()) == [5] * 40
    assert recorder.stats()["left_out_traces"] == 160


def test_a_forked_child_writes_nothing_that_its_parent_holds(tmp_path: Path) -> None:
    def fail_and_close() -> None:
        run(recorder, "child", error=True)
        recorder.close()

    with Recorder(tmp_path, **NEVER) as recorder:
        try:
            with recorder.span("parent"):
                in_child(fail_and_close)
                fail()
        except ValueError:
            pass
    by_child, by_parent = sorted(map(read_file, files(tmp_path)), key=len, reverse=True)
    assert [line["name"] for line in by_child if line["event"] == "span_start"] == ["child", "child"]
    assert [line["name"] for line in by_parent if line["event"] == "span_start"] == ["parent"]


def test_what_is_held_is_masked(tmp_path: Path) -> None:
    with Recorder(tmp_path, **NEVER) as recorder:
        try:
            with recorder.span("x", inputs={"password": "S3cret"}):
                int("password='S3cret'")
        except ValueError:
            pass
    (file,) = files(tmp_path)
    assert b"S3cret" not in file.read_bytes()
    assert len(read_events(tmp_path)) == 2
