"""What had come of an answer is recorded when its stream breaks, also where LangChain does not tell it."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from lctrack import LogCallbackHandler
from tests.recorder import applications, graphs
from tests.recorder.support import Line, only

BREAKING = {
    "read by the application": (applications.SYNC["failing stream"], "a "),
    "read by the streaming protocol": (applications.SYNC["failing streaming protocol"], "a b"),
    "within an agent": (graphs.SYNC["agent whose stream breaks"], graphs.HALF),
    "within an agent, by the protocol": (graphs.SYNC["agent whose protocol breaks"], graphs.HALF),
}


def failure(directory: Path, application: Any, **options: Any) -> Line:
    with LogCallbackHandler(directory, **options) as handler:
        application({"callbacks": [handler]})
        assert handler._streamed._pieces == {}
    return only(directory, "llm_error")


@pytest.mark.parametrize("place", BREAKING)
def test_what_had_come_is_recorded_with_the_error(tmp_path: Path, place: str) -> None:
    application, text = BREAKING[place]
    failed = failure(tmp_path, application)
    assert failed["error"]["message"] == "the line was cut"
    assert failed["generations"][0][0]["text"] == text
    assert failed["stream"]["chunks"] >= 1


def test_streaming_that_is_not_followed_is_not_held(tmp_path: Path) -> None:
    application, _ = BREAKING["within an agent"]
    failed = failure(tmp_path, application, stream="off")
    assert failed["generations"] == [[]]


def test_outputs_that_are_not_to_be_recorded_are_not_recorded_in_part(tmp_path: Path) -> None:
    application, text = BREAKING["within an agent"]
    failure(tmp_path, application, record_outputs=False)
    assert text not in "".join(file.read_text() for file in tmp_path.iterdir())


@pytest.mark.parametrize("end", ["on_llm_end", "on_llm_error"])
def test_nothing_is_held_of_runs_that_ended(tmp_path: Path, end: str) -> None:
    run_id = uuid4()
    with LogCallbackHandler(tmp_path) as handler:
        handler.on_llm_start({}, ["hi"], run_id=run_id)
        handler.on_llm_new_token("a", run_id=run_id)
        handler.on_llm_new_token([{"type": "text", "text": "b"}, {"type": "reasoning"}, "c"], run_id=run_id)
        assert handler._streamed._pieces[str(run_id)][0] == ["a", "b"]
        getattr(handler, end)(ValueError() if end == "on_llm_error" else None, run_id=run_id)
        handler.on_llm_new_token("late", run_id=run_id)
        assert handler._streamed._pieces == {}
