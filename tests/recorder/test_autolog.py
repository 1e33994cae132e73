"""`lctrack.autolog` records every LangChain run of the process, and stops when told."""

import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import CallbackManager
from langchain_core.language_models.fake import FakeListLLM
from langchain_core.runnables import RunnableLambda

import lctrack
from tests.recorder.support import files, names, only, read_events, read_file

CHAIN: Any = RunnableLambda(lambda text: f"{text}!") | FakeListLLM(responses=["answer"])
ONE_RUN = ["chain_start", "chain_start", "chain_end", "llm_start", "llm_end", "chain_end"]


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    yield
    lctrack.autolog(disable=True)


def test_a_chain_is_recorded_that_knows_nothing_of_it(tmp_path: Path) -> None:
    lctrack.autolog(tmp_path)
    CHAIN.invoke("a")
    assert names(read_events(tmp_path)) == ONE_RUN


def test_runs_in_other_threads_are_recorded(tmp_path: Path) -> None:
    lctrack.autolog(tmp_path)
    thread = threading.Thread(target=CHAIN.invoke, args=("a",))
    thread.start()
    thread.join()
    assert names(read_events(tmp_path)) == ONE_RUN


async def _ask() -> None:
    await CHAIN.ainvoke("a")


def test_runs_of_asynchronous_code_are_recorded(tmp_path: Path) -> None:
    import asyncio

    lctrack.autolog(tmp_path)
    asyncio.run(_ask())
    assert names(read_events(tmp_path)) == ONE_RUN


def test_nothing_is_recorded_once_it_is_disabled(tmp_path: Path) -> None:
    lctrack.autolog(tmp_path)
    assert lctrack.autolog(disable=True) is None
    CHAIN.invoke("a")
    assert files(tmp_path) == []
    assert CallbackManager.configure().handlers == []


def test_calling_it_again_closes_one_log_and_begins_another(tmp_path: Path) -> None:
    lctrack.autolog(tmp_path / "one", project="p")
    CHAIN.invoke("a")
    lctrack.autolog(tmp_path / "two")
    CHAIN.invoke("b")
    assert names(read_events(tmp_path / "one")) == ONE_RUN
    assert names(read_events(tmp_path / "two")) == ONE_RUN
    assert files(tmp_path / "one")[0].read_bytes().count(b'"segment_end"') == 1


def test_calling_it_again_with_the_same_arguments_goes_on(tmp_path: Path) -> None:
    first = lctrack.autolog(tmp_path, project="p", params={"k": [1]})
    CHAIN.invoke("a")
    assert lctrack.autolog(str(tmp_path), project="p", params={"k": [1]}) is first
    CHAIN.invoke("b")
    assert names(read_events(tmp_path)) == ONE_RUN * 2
    assert len(files(tmp_path)) == 1


def test_arguments_that_cannot_be_compared_begin_anew(tmp_path: Path) -> None:
    class Incomparable:
        def __eq__(self, other: object) -> bool:
            raise ValueError("ambiguous")

        __hash__ = None  # type: ignore[assignment]  # as arrays have it

    first = lctrack.autolog(tmp_path, params={"array": Incomparable()})
    assert lctrack.autolog(tmp_path, params={"array": Incomparable()}) is not first


def test_a_wrong_argument_leaves_the_recording_as_it_was(tmp_path: Path) -> None:
    lctrack.autolog(tmp_path)
    with pytest.raises(TypeError, match="do you mean 'project'"):
        lctrack.autolog(tmp_path, projct="p")  # type: ignore[call-arg]  # the point of the test
    CHAIN.invoke("a")
    assert names(read_events(tmp_path)) == ONE_RUN


@pytest.mark.parametrize("place", ["configuration", "constructor", "both"])
def test_a_run_that_is_given_the_same_handler_is_recorded_once(tmp_path: Path, place: str) -> None:
    handler = lctrack.autolog(tmp_path)
    assert handler is not None
    model = FakeListLLM(responses=["answer"], callbacks=[handler] if place != "configuration" else None)
    chain: Any = RunnableLambda(str) | model
    chain.invoke("a", {"callbacks": [handler]} if place != "constructor" else {})
    assert names(read_events(tmp_path)) == ONE_RUN


def test_a_run_that_is_given_another_handler_is_recorded_by_both(tmp_path: Path) -> None:
    lctrack.autolog(tmp_path / "one")
    with lctrack.LogCallbackHandler(tmp_path / "two") as other:
        CHAIN.invoke("a", {"callbacks": [other]})
    runs = [[line["run_id"] for line in read_events(tmp_path / name)] for name in ("one", "two")]
    assert len(runs[0]) == len(ONE_RUN)
    assert runs[0] == runs[1]


def test_it_takes_the_arguments_of_trackers_too(tmp_path: Path) -> None:
    lctrack.autolog(tmp_path, experiment="adviser", tracking_uri="http://tracker")
    CHAIN.invoke("a")
    session = {"project": "adviser", "params": {"tracker": {"tracking_uri": "http://tracker"}}}
    assert only(tmp_path, "session_start")["session"] == session


def test_it_can_be_called_where_a_loop_runs_as_in_a_notebook(tmp_path: Path) -> None:
    import asyncio

    async def cell() -> None:
        lctrack.autolog(tmp_path)
        await asyncio.gather(CHAIN.ainvoke("a"), CHAIN.ainvoke("b"))
        CHAIN.invoke("c")

    asyncio.run(cell())
    lines = read_events(tmp_path)
    assert sorted(names(lines)) == sorted(ONE_RUN * 3)
    assert len({line["trace_id"] for line in lines}) == 3


def test_a_forked_worker_records_into_a_file_of_its_own(tmp_path: Path) -> None:
    import multiprocessing

    lctrack.autolog(tmp_path)
    CHAIN.invoke("a")
    worker = multiprocessing.get_context("fork").Process(target=CHAIN.invoke, args=("b",))
    worker.start()
    worker.join()
    lctrack.autolog(disable=True)
    assert [[line["event"] for line in read_file(file) if "run_id" in line] for file in files(tmp_path)] == [
        ONE_RUN,
        ONE_RUN,
    ]


@pytest.mark.parametrize("first", ["lctrack", "langchain_core.runnables"])
def test_it_does_not_matter_which_is_imported_first(tmp_path: Path, first: str) -> None:
    program = f"""
        import sys, {first}
        import lctrack
        if {first!r} == "lctrack":
            lctrack.autolog(sys.argv[1])
        from langchain_core.runnables import RunnableLambda
        step = RunnableLambda(str)
        lctrack.autolog(sys.argv[1])
        step.invoke(1)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], check=True)
    assert names(read_events(tmp_path)) == ["chain_start", "chain_end"]


def test_the_handler_it_gives_flushes_sessions(tmp_path: Path) -> None:
    handler = lctrack.autolog(tmp_path, name="first")
    assert handler is not None
    before = handler.session_id
    CHAIN.invoke("a")
    handler.flush_tracker(name="done")
    CHAIN.invoke("b")
    sessions = [event["session_id"] for event in read_events(tmp_path)]
    assert sessions == [before] * len(ONE_RUN) + [handler.session_id] * len(ONE_RUN)


def test_the_directory_is_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LCTRACK_DIR", str(tmp_path / "logs"))
    lctrack.autolog()
    CHAIN.invoke("a")
    assert names(read_events(tmp_path / "logs")) == ONE_RUN


def test_without_a_directory_the_logs_are_where_the_process_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LCTRACK_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    with lctrack.Recorder() as recorder, recorder.span("a"):
        pass
    assert len(files(tmp_path / "lctrack_logs")) == 1


def test_a_process_that_ends_leaves_a_closed_log(tmp_path: Path) -> None:
    program = """
        import sys, lctrack
        lctrack.autolog(sys.argv[1])
        from langchain_core.language_models.fake import FakeListLLM
        FakeListLLM(responses=["answer"]).invoke("hi")
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], check=True)
    lines = files(tmp_path)[0].read_bytes().splitlines()
    assert b'"segment_end"' in lines[-1]
    assert b'"session_end"' in lines[-2]
