"""Small LangChain applications, which between them make every callback that langchain-core has."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
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
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.prompts import PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableBranch, RunnableConfig, RunnableLambda, RunnableParallel
from langchain_core.tools import ToolException, tool
from pydantic import ValidationError

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


class BreakingChat(GenericFakeChatModel):
    """A chat model whose stream breaks after two of its pieces."""

    def _stream(self, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        for number, piece in enumerate(super()._stream(*args, **kwargs)):
            if number == 2:
                raise ExpectedError("the line was cut")
            yield piece


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


@tool
def refuse(reason: str) -> str:
    """Refuse, and tell the model why."""
    raise ToolException(reason)


refuse.handle_tool_error = True


@tool(response_format="content_and_artifact")
def draw(shape: str) -> tuple[str, dict[str, list[int]]]:
    """Draw a shape."""
    return f"a {shape}", {"points": [1, 2]}


USAGE = UsageMetadata(
    input_tokens=10,
    output_tokens=5,
    total_tokens=15,
    input_token_details={"cache_read": 4},
    output_token_details={"reasoning": 3},
)
CALLING = AIMessage(
    [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "doubling"}],
    tool_calls=[{"name": "double", "args": {"number": 4}, "id": "c1", "type": "tool_call"}],
    invalid_tool_calls=[
        {"name": "double", "args": "{number", "id": "c2", "error": "no JSON", "type": "invalid_tool_call"}
    ],
    usage_metadata=USAGE,
)
"""An answer with content blocks, a tool call, one that is none, and all there is of usage."""

SEEN = HumanMessage(
    [
        {"type": "text", "text": "what is this?"},
        {"type": "image", "base64": "aGk=", "mime_type": "image/png"},
        {"type": "audio", "base64": "aGk=", "mime_type": "audio/wav"},
        {"type": "file", "url": "https://example.org/a.pdf"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
    ]
)
"""A question of several kinds of content."""


def answering(message: AIMessage) -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([message]))


def breaking() -> BreakingChat:
    return BreakingChat(messages=iter([AIMessage(WORDS)]))


def flaky() -> Runnable[Any, Any]:
    """Make a step that succeeds when it is tried for the third time."""
    attempts = []

    def attempt(value: Any) -> Any:
        attempts.append(value)
        if len(attempts) < 3:
            raise ExpectedError("not yet")
        return value

    return RunnableLambda(attempt).with_retry(retry_if_exception_type=(ExpectedError,), wait_exponential_jitter=False)


def failing(value: Any) -> Any:
    raise ExpectedError(value)


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
    with suppress(ExpectedError, ValidationError):
        action()


def _first(stream: Iterator[Any]) -> None:
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # an iterator that is a generator


class _Bindable(GenericFakeChatModel):
    def bind_tools(self, tools: Any, **options: Any) -> Any:  # noqa: ARG002  # BaseChatModel's signature
        return self


def _structured() -> Runnable[Any, Any]:
    schema = {"title": "double", "description": "d", "type": "object", "properties": {"number": {"type": "integer"}}}
    return _Bindable(messages=iter([CALLING])).with_structured_output(schema)


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
    "failing stream": lambda config: _failing(lambda: list(breaking().stream("hi", config))),
    "failing stream of a chain": lambda config: _failing(
        lambda: list((PromptTemplate.from_template("{x}") | breaking()).stream({"x": 1}, config))
    ),
    "failing streaming protocol": lambda config: _failing(
        lambda: list(breaking().stream_events("hi", config, version="v3"))
    ),
    "stream that is left": lambda config: _first(chat().stream("hi", config)),
    "stream of a chain that is left": lambda config: _first(chain().stream({"topic": "bears"}, config)),
    "several kinds of content": lambda config: chat().invoke([SEEN], config),
    "tool calls, reasoning and usage": lambda config: answering(CALLING).invoke("hi", config),
    "tool that refuses": lambda config: refuse.invoke({"reason": "no"}, config),
    "tool with an artifact": lambda config: draw.invoke(
        {"name": "draw", "args": {"shape": "box"}, "id": "c1", "type": "tool_call"}, config
    ),
    "tool with wrong arguments": lambda config: _failing(lambda: double.invoke({"number": "x"}, config)),
    "retries": lambda config: flaky().invoke("x", config),
    "fallbacks": lambda config: RunnableLambda(failing).with_fallbacks([RunnableLambda(str)]).invoke("x", config),
    "fallbacks that all fail": lambda config: _failing(
        lambda: RunnableLambda(failing).with_fallbacks([RunnableLambda(failing)]).invoke("x", config)
    ),
    "batch with failures": lambda config: RunnableLambda(failing).batch([1, 2], config, return_exceptions=True),
    "batch as it is completed": lambda config: list(
        chain().batch_as_completed([{"topic": "a"}, {"topic": "b"}], config)
    ),
    "map": lambda config: RunnableLambda(str).map().invoke([1, 2, 3], config),
    "branch": lambda config: RunnableBranch((bool, RunnableLambda(str)), RunnableLambda(repr)).invoke(1, config),
    "structured output": lambda config: _structured().invoke("hi", config),
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


async def _aconsumed(stream: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in stream]


async def _aprotocol(config: RunnableConfig) -> object:
    return [event async for event in await chat().astream_events("hi", config, version="v3")]


async def _abreaking(config: RunnableConfig) -> None:
    with suppress(ExpectedError):
        await _aconsumed(breaking().astream("hi", config))


async def _aleft(config: RunnableConfig) -> None:
    stream: Any = chain().astream({"topic": "bears"}, config)
    await anext(stream)
    await stream.aclose()


async def _agathered(config: RunnableConfig) -> object:
    """Run chains within chains, several of each at a time."""
    inner = RunnableLambda(str, name="inner") | RunnableLambda(str, name="last")

    async def outer(_: Any) -> Any:
        return await asyncio.gather(*(inner.ainvoke(number) for number in range(3)), chat().ainvoke("hi"))

    return await asyncio.gather(*(RunnableLambda(outer).ainvoke(number, config) for number in range(3)))


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
    "streamed chain": lambda config: _aconsumed(chain().astream({"topic": "bears"}, config)),
    "events of a chain": lambda config: _aconsumed(chain().astream_events({"topic": "bears"}, config, version="v2")),
    "streaming protocol": _aprotocol,
    "failing stream": _abreaking,
    "stream of a chain that is left": _aleft,
    "chains within chains, several at a time": _agathered,
    "large batch": lambda config: chain().abatch([{"topic": str(number)} for number in range(30)], config),
    "retries": lambda config: flaky().ainvoke("x", config),
    "fallbacks": lambda config: RunnableLambda(failing).with_fallbacks([RunnableLambda(str)]).ainvoke("x", config),
    "tool that refuses": lambda config: refuse.ainvoke({"reason": "no"}, config),
    "failing chat": _afailing,
    "cancelled chain": _acancelled,
}
