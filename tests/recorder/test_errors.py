"""An error of the application is recorded with its type, message and traceback, causes included."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_core.runnables import RunnableConfig, RunnableLambda

from lctrack import LogCallbackHandler
from tests.recorder.applications import SYNC, ExpectedError
from tests.recorder.support import Line, only, read_events


def record(directory: Path, application: Callable[[RunnableConfig], object]) -> None:
    with LogCallbackHandler(directory) as handler, suppress(ExpectedError):
        application({"callbacks": [handler]})


def error_of(directory: Path, event: str) -> Line:
    error = only(directory, event)["error"]
    assert isinstance(error, dict)
    return error


@pytest.mark.parametrize(
    ("application", "event", "message"),
    [
        ("failing chat", "llm_error", "overloaded"),
        ("failing tool", "tool_error", "no"),
        ("failing retriever", "retriever_error", "nothing asked"),
        ("failing chain", "chain_error", "no"),
    ],
)
def test_each_kind_of_run_tells_its_error(tmp_path: Path, application: str, event: str, message: str) -> None:
    record(tmp_path, SYNC[application])
    error = error_of(tmp_path, event)
    assert (error["type"], error["message"]) == ("tests.recorder.applications.ExpectedError", message)
    assert f"ExpectedError: {message}" in error["traceback"]
    assert "applications.py" in error["traceback"]


def test_the_traceback_includes_the_cause(tmp_path: Path) -> None:
    def parse(text: str) -> int:
        try:
            return int(text)
        except ValueError as error:
            raise ExpectedError("no number") from error

    record(tmp_path, lambda config: RunnableLambda(parse).invoke("x", config))
    traceback = error_of(tmp_path, "chain_error")["traceback"]
    assert "ValueError: invalid literal" in traceback
    assert "direct cause" in traceback


def test_a_built_in_error_is_named_without_its_module(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler, pytest.raises(ZeroDivisionError):
        RunnableLambda[int, int](lambda number: 1 // number).invoke(0, {"callbacks": [handler]})
    assert error_of(tmp_path, "chain_error")["type"] == "ZeroDivisionError"


class Interrupted(GenericFakeChatModel):
    """A chat model whose stream breaks off."""

    def _stream(
        self,
        messages: list[BaseMessage],  # noqa: ARG002  # BaseChatModel passes it
        stop: list[str] | None = None,  # noqa: ARG002  # likewise
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002  # BaseChatModel reports the chunks
        **_: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk(content="half an "))
        yield ChatGenerationChunk(message=AIMessageChunk(content="answer"))
        raise ExpectedError("connection lost")


def test_a_model_that_breaks_off_leaves_what_it_had_said(tmp_path: Path) -> None:
    record(tmp_path, lambda config: list(Interrupted(messages=iter(())).stream("hi", config)))
    failure = only(tmp_path, "llm_error")
    assert failure["error"]["message"] == "connection lost"
    assert failure["generations"][0][0]["text"] == "half an answer"
    assert failure["stream"]["chunks"] == 2


def test_a_streamed_chain_that_fails_has_its_inputs_at_the_end(tmp_path: Path) -> None:
    def fail(_: Any) -> None:
        raise ExpectedError("no")

    chain = RunnableLambda(str) | RunnableLambda(fail, name="failing")
    record(tmp_path, lambda config: list(chain.stream("question", config)))
    assert "question" in [line.get("inputs") for line in read_events(tmp_path) if line["event"] == "chain_error"]


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ExpectedError("not even this")


def test_an_error_that_cannot_be_printed_is_recorded(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path) as handler:
        run_id = uuid4()
        handler.on_chain_start(None, {}, run_id=run_id)
        handler.on_chain_error(UnprintableError(), run_id=run_id)
    error = error_of(tmp_path, "chain_error")
    assert error["message"] == "<UnprintableError: str raised ExpectedError>"
    assert "UnprintableError" in error["traceback"]
