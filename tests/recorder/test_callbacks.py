"""Every callback becomes an event, in its order, in its trace; `test_events` compares what is in them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableLambda

from lctrack import LogCallbackHandler
from lctrack import format as log_format
from tests.recorder.applications import ASYNC, SYNC, chat
from tests.recorder.reference import CALLBACKS, Reference, Seen
from tests.recorder.support import read_events


def recorded(directory: Path) -> list[Seen]:
    return [Seen(line["event"], line["run_id"], line.get("parent_run_id")) for line in read_events(directory)]


def test_the_applications_make_every_callback_there_is() -> None:
    reference = Reference()
    for application in SYNC.values():
        application({"callbacks": [reference]})
    assert set(CALLBACKS) == {f"on_{seen.event}" for seen in reference.seen}


@pytest.mark.parametrize("callback", CALLBACKS)
def test_no_callback_of_langchain_is_left_to_the_base_class(callback: str) -> None:
    assert getattr(BaseCallbackHandler, callback) is not getattr(LogCallbackHandler, callback)
    assert callback.removeprefix("on_") in log_format.EVENTS


def test_events_of_one_thread_are_in_the_order_in_which_they_happened(tmp_path: Path) -> None:
    reference = Reference()
    with LogCallbackHandler(tmp_path, stream="tokens") as handler:
        SYNC["agent"]({"callbacks": [handler, reference]})
    assert reference.seen == recorded(tmp_path)


def test_a_handler_of_both_the_model_and_the_call_records_each_event_once(tmp_path: Path) -> None:
    reference = Reference()
    with LogCallbackHandler(tmp_path, stream="tokens") as handler:
        model = chat()
        model.callbacks = [handler, reference]
        model.invoke("hi", {"callbacks": [handler, reference]})
    assert reference.seen == recorded(tmp_path)
    assert len(reference.seen) == 2


def test_async_callbacks_are_called_in_the_thread_of_the_loop(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, stream="tokens") as handler:
        asyncio.run(ASYNC["streamed chat"]({"callbacks": [handler]}))
    assert len({line["thread"] for line in read_events(tmp_path)}) == 1


@pytest.mark.parametrize("application", SYNC)
def test_no_run_stays_open(tmp_path: Path, application: str) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        SYNC[application]({"callbacks": [handler]})
        assert handler.stats()["open_runs"] == 0


def test_runs_below_one_that_is_not_recorded_share_its_id_as_trace(tmp_path: Path) -> None:
    def within(_: Any) -> None:
        for _ in range(2):
            model = chat()
            model.callbacks = [handler]
            model.invoke("hi")

    with LogCallbackHandler(tmp_path) as handler:
        RunnableLambda(within).invoke(None)
    starts = [line for line in read_events(tmp_path) if line["event"] == "chat_model_start"]
    assert len(starts) == 2
    assert len({line["trace_id"] for line in starts} | {line["parent_run_id"] for line in starts}) == 1


@pytest.mark.parametrize("application", SYNC)
def test_all_runs_under_a_root_have_its_id_as_trace(tmp_path: Path, application: str) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        SYNC[application]({"callbacks": [handler]})
    events = read_events(tmp_path)
    roots = {line["run_id"] for line in events if "parent_run_id" not in line}
    parents = {line["run_id"]: line.get("parent_run_id") for line in events}
    for line in events:
        above = line["run_id"]
        while parents[above] is not None:
            above = parents[above]
        assert above in roots
        assert above == line["trace_id"]
