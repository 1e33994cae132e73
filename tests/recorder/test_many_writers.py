"""Whoever writes at the same time, every event is there once, numbered without a gap, below the right parent."""

import asyncio
import multiprocessing
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda

from lctrack import LogCallbackHandler, Recorder
from tests.recorder.support import Line, files, names, read, read_events, read_file
from tests.recorder.test_fork import in_child

MANY = 10_000


def scores(lines: list[Line]) -> Counter[tuple[str, int]]:
    return Counter((line["key"], line["value"]) for line in lines if line["event"] == "score")


@pytest.mark.parametrize("rotate_bytes", [None, 1_000_000])
def test_eight_threads_with_ten_thousand_events_each(tmp_path: Path, rotate_bytes: int | None) -> None:
    def work(thread: int) -> None:
        for number in range(MANY):
            recorder.score(str(thread), number)

    with Recorder(tmp_path, rotate_bytes=rotate_bytes) as recorder, ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    expected = {(str(thread), number) for thread in range(8) for number in range(MANY)}
    written = scores(read(tmp_path))
    assert expected == written.keys()
    assert max(written.values()) == 1
    assert len(files(tmp_path)) == recorder.stats()["segments"]
    assert (len(files(tmp_path)) > 5) == (rotate_bytes is not None)


def test_each_thread_keeps_its_order_and_its_parents(tmp_path: Path) -> None:
    def work(thread: int) -> None:
        for number in range(100):
            with recorder.span(f"{thread}-{number}"), recorder.span(f"{thread}-{number}-inner"):
                recorder.score("n", number)

    with Recorder(tmp_path, rotate_bytes=20_000) as recorder:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    starts = {line["run_id"]: line for line in read(tmp_path) if line["event"] == "span_start"}
    assert len(starts) == 8 * 100 * 2
    for line in starts.values():
        if line["name"].endswith("inner"):
            assert starts[line["parent_run_id"]]["name"] == line["name"].removesuffix("-inner")
            assert line["trace_id"] == line["parent_run_id"]
        else:
            assert line["trace_id"] == line["run_id"]
    for number in range(8):
        outer = [line["name"] for line in starts.values() if line["name"].startswith(f"{number}-")]
        assert [f"{number}-{each}{end}" for each in range(100) for end in ("", "-inner")] == outer


def _work_in_process(directory: Path, process: int) -> None:
    with Recorder(directory, rotate_bytes=100_000) as recorder:
        for number in range(1_000):
            recorder.score(str(process), number)


def test_four_processes_share_a_directory_and_no_file(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_work_in_process, args=(tmp_path, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    written = scores(read(tmp_path))
    assert {(str(process), number) for process in range(4) for number in range(1_000)} == written.keys()
    assert max(written.values()) == 1
    writers = Counter(read_file(file)[0]["pid"] for file in files(tmp_path))
    assert sorted(writers) == sorted(process.pid for process in processes if process.pid)
    assert min(writers.values()) > 1


@pytest.mark.parametrize("rotate_bytes", [None, 500])
def test_a_fork_in_the_middle_of_runs(tmp_path: Path, rotate_bytes: int | None) -> None:
    def child() -> None:
        with recorder.span("in the child") as span:
            recorder.score("of the child", 1)
        recorder.score("late", 2, run_id=span.run_id)
        recorder.close()

    recorder = Recorder(tmp_path, rotate_bytes=rotate_bytes)
    with recorder, recorder.span("outer") as outer, recorder.span("inner") as inner:
        in_child(child)
        recorder.score("of the parent", 3)
    by_writer: dict[int, list[Line]] = {}
    for file in files(tmp_path):
        lines = read_file(file)
        by_writer.setdefault(lines[0]["pid"], []).extend(lines)
        assert names(lines)[-1] == "segment_end"
    mine = by_writer.pop(os.getpid())
    (theirs,) = by_writer.values()
    assert set(scores(mine)) == {("of the parent", 3)}
    assert set(scores(theirs)) == {("of the child", 1), ("late", 2)}
    assert [line["parent_run_id"] for line in theirs if line["event"] == "span_start"] == [inner.run_id]
    assert {line["trace_id"] for line in mine + theirs if "trace_id" in line} == {outer.run_id}
    assert len({line["session_id"] for line in mine + theirs if "session_id" in line}) == 1


@pytest.mark.parametrize("rotate_bytes", [None, 30_000])
def test_two_hundred_runnables_in_one_batch(tmp_path: Path, rotate_bytes: int | None) -> None:
    async def double(number: int) -> int:
        await asyncio.sleep(0)
        return 2 * number

    def triple(number: int) -> int:
        return 3 * number

    chain = RunnableLambda(double, name="double") | RunnableLambda(triple, name="triple")

    async def batch() -> list[Any]:
        return await chain.abatch(list(range(200)), {"callbacks": [handler]})

    with LogCallbackHandler(tmp_path, rotate_bytes=rotate_bytes) as handler:
        assert asyncio.run(batch()) == [6 * number for number in range(200)]
    lines = read_events(tmp_path)
    starts = {line["run_id"]: line for line in lines if line["event"] == "chain_start"}
    ends = {line["run_id"]: line for line in lines if line["event"] == "chain_end"}
    assert len(lines) == len(starts) + len(ends) == 2 * 3 * 200
    assert starts.keys() == ends.keys()
    roots = {run_id: line for run_id, line in starts.items() if "parent_run_id" not in line}
    assert sorted(line["inputs"] for line in roots.values()) == list(range(200))
    for run_id, line in starts.items():
        root = roots[line["trace_id"]]
        factor = {"double": 1, "triple": 2}.get(line["name"])
        if factor:
            assert line["parent_run_id"] == line["trace_id"]
            assert line["inputs"] == factor * root["inputs"]
        else:
            assert ends[run_id]["outputs"] == 6 * line["inputs"]
