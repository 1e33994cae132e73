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
from tests.recorder.support import files, names, read_events

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
