"""Small LangChain applications, which between them make every callback that langchain-core has."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import tenacity
from langchain_classic.agents import AgentExecutor, create_react_agent
from langchain_classic.chains import LLMChain
from langchain_core.callbacks import (
    CallbackManagerForLLMRun,
    CallbackManagerForRetrieverRun,
    adispatch_custom_event,
    dispatch_custom_event,
)
from langchain_core.documents import Document
from langchain_core.language_models.fake import FakeListLLM, FakeStreamingListLLM
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatResult
from langchain_core.prompts import PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda, RunnableParallel
from langchain_core.tools import tool

WORDS = "a b c"
"""What the chat model answers; streamed, it comes in five pieces."""

THOUGHT = "Thought: look it up\nAction: double\nAction Input: 21"
ANSWER = "Thought: I know\nFinal Answer: 42"
REACT = "{tools} {tool_names} {input} {agent_scratchpad}"


class ExpectedError(Exception):
    """What goes wrong in these applications on purpose."""


class FailingChat(GenericFakeChatModel):
    """A chat model whose every request fails, after one that is tried again."""

    def _generate(
        self,
        messages: list[BaseMessage],  # noqa: ARG002  # BaseChatModel passes it
        stop: list[str] | None = None,  # noqa: ARG002  # likewise
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> ChatResult:
        tell = run_manager.on_retry if run_manager else None
        for attempt in tenacity.Retrying(stop=tenacity.stop_after_attempt(2), before_sleep=tell, reraise=True):
            with attempt:
                raise ExpectedError("overloaded")
        raise AssertionError


class Library(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002  # BaseRetriever passes it
        if not query:
            raise ExpectedError("nothing asked")
        return [Document(f"about {query}", metadata={"page": 1})]


@tool
def double(number: int) -> int:
    """Double a number."""
    return 2 * number


@tool
def fail(reason: str) -> str:
    """Fail."""
    raise ExpectedError(reason)


def chat() -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(WORDS)] * 100))


def chain() -> Runnable[Any, Any]:
    prompt = PromptTemplate.from_template("Tell about {topic}")
    return prompt | chat() | RunnableParallel(text=lambda message: message.text, kind=lambda message: message.type)


def legacy_chain() -> LLMChain:
    return LLMChain(llm=FakeListLLM(responses=["x"]), prompt=PromptTemplate.from_template("Tell about {topic}"))


def agent() -> AgentExecutor:
    llm = FakeListLLM(responses=[THOUGHT, ANSWER])
    return AgentExecutor(agent=create_react_agent(llm, [double], PromptTemplate.from_template(REACT)), tools=[double])


def announce(value: str) -> str:
    dispatch_custom_event("progress", {"of": value})
    return value


async def aannounce(value: str) -> str:
    await adispatch_custom_event("progress", {"of": value})
    return value


def _failing(action: Callable[[], object]) -> None:
    with suppress(ExpectedError):
        action()


SYNC: dict[str, Callable[[RunnableConfig], object]] = {
    "several prompts in one call": lambda config: FakeListLLM(responses=["x", "y", "z"]).generate(
        ["1", "2", "3"], callbacks=config["callbacks"]
    ),
    "streamed completion": lambda config: list(FakeStreamingListLLM(responses=["abc"]).stream("hi", config)),
    "chat": lambda config: chat().invoke("hi", config),
    "streamed chat": lambda config: list(chat().stream("hi", config)),
    "streaming protocol": lambda config: list(chat().stream_events("hi", config, version="v3")),
    "chain": lambda config: chain().invoke({"topic": "bears"}, config),
    "streamed chain": lambda config: list(chain().stream({"topic": "bears"}, config)),
    "legacy chain": lambda config: legacy_chain().invoke({"topic": "bears"}, config),
    "batch": lambda config: chain().batch([{"topic": "bears"}, {"topic": "cats"}, {"topic": "dogs"}], config),
    "tool": lambda config: double.invoke({"number": 21}, config),
    "retriever": lambda config: Library().invoke("bears", config),
    "agent": lambda config: agent().invoke({"input": "twice 21?"}, config),
    "custom event": lambda config: RunnableLambda(announce).invoke("x", config),
    "failing chat": lambda config: _failing(lambda: FailingChat(messages=iter(())).invoke("hi", config)),
    "failing tool": lambda config: _failing(lambda: fail.invoke({"reason": "no"}, config)),
    "failing retriever": lambda config: _failing(lambda: Library().invoke("", config)),
    "failing chain": lambda config: _failing(
        lambda: RunnableLambda(lambda x: fail.invoke({"reason": x})).invoke("no", config)
    ),
}
"""Applications by name: each runs with a configuration."""


async def _atokens(config: RunnableConfig) -> object:
    return [piece async for piece in chat().astream("hi", config)]


async def _afailing(config: RunnableConfig) -> None:
    with suppress(ExpectedError):
        await FailingChat(messages=iter(())).ainvoke("hi", config)


async def _acancelled(config: RunnableConfig) -> None:
    task = asyncio.create_task(RunnableLambda(lambda _: None, afunc=lambda _: asyncio.sleep(60)).ainvoke("hi", config))
    await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


ASYNC: dict[str, Callable[[RunnableConfig], Any]] = {
    "several prompts in one call": lambda config: FakeListLLM(responses=["x", "y"]).agenerate(
        ["1", "2"], callbacks=config["callbacks"]
    ),
    "chat": lambda config: chat().ainvoke("hi", config),
    "streamed chat": _atokens,
    "chain": lambda config: chain().ainvoke({"topic": "bears"}, config),
    "batch": lambda config: chain().abatch([{"topic": "bears"}, {"topic": "cats"}, {"topic": "dogs"}], config),
    "tool": lambda config: double.ainvoke({"number": 21}, config),
    "retriever": lambda config: Library().ainvoke("bears", config),
    "agent": lambda config: agent().ainvoke({"input": "twice 21?"}, config),
    "custom event": lambda config: RunnableLambda(announce, afunc=aannounce).ainvoke("x", config),
    "failing chat": _afailing,
    "cancelled chain": _acancelled,
}
