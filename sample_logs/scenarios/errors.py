"""Scenario (h): what can go wrong in a model, a tool, a retriever and a chain."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import tenacity
from langchain_core.callbacks import BaseCallbackHandler, CallbackManagerForLLMRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatResult
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool

from lctrack import LogCallbackHandler
from sample_logs.scenarios.models import Reply, ScriptedChat

__all__ = ["run"]

QUESTION = "How is the turbine?"

REPORT = (
    "The turbine ran without interruption until noon. After that the temperature of the second bearing rose by four "
    "degrees an hour, which is unusual but still within its limits."
)


class OverloadedError(Exception):
    """The provider asks to come back later."""


class BusyChat(ScriptedChat):
    """A model whose provider turns down the first attempt, so that its client tries again."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        tell = run_manager.on_retry if run_manager else None
        for attempt in tenacity.Retrying(stop=tenacity.stop_after_attempt(2), before_sleep=tell, reraise=True):
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise OverloadedError("the model is overloaded, try again later")
        return super()._generate(messages, stop, run_manager, **kwargs)


class ClosedArchive(BaseRetriever):
    """A store of documents that does not answer."""

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002  # BaseRetriever passes it
        raise ConnectionRefusedError(f"the archive refused to be asked about {query!r}")


@tool
def read_sensor(sensor: str) -> float:
    """Read a sensor of the turbine."""
    raise TimeoutError(f"sensor {sensor} did not answer within 5 seconds")


def name_sensor(question: str) -> dict[str, str]:
    """Find the sensor that a question is about."""
    return {"sensor": question.rsplit(maxsplit=1)[-1]}


def read_verdict(answer: str) -> bool:
    """Read the verdict from the JSON that a model was asked for."""
    try:
        return bool(json.loads(answer)["healthy"])
    except KeyError as error:
        raise ValueError("the answer has no verdict") from error


def run(log_dir: Path, watchers: Sequence[BaseCallbackHandler] = ()) -> None:
    """Let one after the other fail, and go on as an application would."""
    refused = ScriptedChat(script=lambda _: Reply(error=OverloadedError("the model is overloaded, try again later")))
    cut = ScriptedChat(
        script=lambda _: Reply(REPORT, error=ConnectionResetError("the connection was reset"), words_before_error=12)
    )
    busy = BusyChat(script=lambda _: Reply(REPORT))
    reading = RunnableLambda(name_sensor) | read_sensor
    judging = ScriptedChat(script=lambda _: Reply('{"temperature": "rising"}')) | StrOutputParser() | read_verdict
    with LogCallbackHandler(log_dir, project="langchain_callback_demo", name="turbine", tags=["errors"]) as handler:
        config: RunnableConfig = {"callbacks": [handler, *watchers]}
        with suppress(OverloadedError):
            refused.invoke(QUESTION, config)
        with suppress(ConnectionResetError):
            list(cut.stream(QUESTION, config))
        busy.invoke(QUESTION, config)
        with suppress(TimeoutError):
            reading.invoke("Read sensor B2", config)
        with suppress(ConnectionRefusedError):
            ClosedArchive().invoke("bearing temperatures", config)
        with suppress(ValueError):
            judging.invoke("Is the turbine healthy? Answer in JSON.", config)
