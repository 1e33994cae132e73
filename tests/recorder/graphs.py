"""Small LangGraph applications: an agent that streams, graphs within graphs, work that fans out, tasks."""

import operator
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Annotated, Any, TypedDict

from langchain.agents import create_agent
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langgraph.func import entrypoint, task
from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from tests.recorder.applications import USAGE, ExpectedError, chat, double

QUESTION: dict[str, Any] = {"messages": [("user", "twice 4?")]}
HALF = "It is"


class Doubler(BaseChatModel):
    """A chat model that calls the tool `double`, then answers; its answer may break off in the middle."""

    breaks: bool = False

    @property
    def _llm_type(self) -> str:
        return "doubler"

    def bind_tools(self, tools: Any, **_: Any) -> Any:
        return self.bind(tools=[{"name": tool.name} for tool in tools])

    def _pieces(self, messages: list[BaseMessage]) -> Iterator[AIMessageChunk]:
        if messages[-1].type == "tool":
            yield AIMessageChunk(content=[{"type": "text", "text": HALF, "index": 0}])
            if self.breaks:
                raise ExpectedError("the line was cut")
            yield AIMessageChunk(content=[{"type": "text", "text": " 8.", "index": 0}])
        else:
            for name, part, call_id in (("double", '{"num', "c1"), (None, 'ber": 4}', None)):
                call = ToolCallChunk(name=name, args=part, id=call_id, index=0, type="tool_call_chunk")
                yield AIMessageChunk(content="", tool_call_chunks=[call])
        yield AIMessageChunk(content="", usage_metadata=USAGE)

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        first, *others = self._pieces(messages)
        whole = first.__add__(others)
        message = AIMessage(whole.content, tool_calls=whole.tool_calls, usage_metadata=whole.usage_metadata)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  # BaseChatModel passes it
        run_manager: CallbackManagerForLLMRun | None = None,
        **_: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for piece in self._pieces(messages):
            chunk = ChatGenerationChunk(message=piece)
            if run_manager:
                run_manager.on_llm_new_token(piece.content, chunk=chunk)
            yield chunk


class State(TypedDict):
    text: str


class Gathered(TypedDict):
    text: str
    parts: Annotated[list[str], operator.add]


def agent(**options: Any) -> Any:
    return create_agent(Doubler(**options), [double])


def nested() -> Any:
    inner: Any = StateGraph(State)
    inner.add_node("think", lambda state: {"text": chat().invoke(state["text"]).text})
    inner.add_edge(START, "think")
    inner.add_edge("think", END)
    outer: Any = StateGraph(State)
    outer.add_node("ask", lambda state: {"text": chat().invoke(state["text"]).text})
    outer.add_node("check", inner.compile(name="checker"))
    outer.add_edge(START, "ask")
    outer.add_edge("ask", "check")
    outer.add_edge("check", END)
    return outer.compile()


def fanned() -> Any:
    building: Any = StateGraph(Gathered)
    building.add_node("work", lambda state: {"parts": [state["text"]]})
    building.add_conditional_edges(START, lambda _: [Send("work", {"text": str(n)}) for n in range(4)], ["work"])
    building.add_edge("work", END)
    return building.compile()


@task
def add_one(number: int) -> int:
    return number + 1


@entrypoint()
def tasks(number: int) -> list[int]:
    return [future.result() for future in (add_one(number), add_one(number + 1))]


def _broken(action: Callable[[], object]) -> None:
    with suppress(ExpectedError):
        action()


async def _astreamed(config: RunnableConfig) -> object:
    return [part async for part in agent().astream(QUESTION, config, stream_mode=["messages", "updates"])]


async def _aevents(config: RunnableConfig) -> object:
    return [event async for event in nested().astream_events({"text": "hi"}, config, version="v2")]


async def _aprotocol(config: RunnableConfig) -> object:
    return [event async for event in await agent().astream_events(QUESTION, config, version="v3")]


SYNC: dict[str, Callable[[RunnableConfig], object]] = {
    "agent": lambda config: agent().invoke(QUESTION, config),
    "agent, streamed": lambda config: list(agent().stream(QUESTION, config, stream_mode="messages")),
    "agent, by the streaming protocol": lambda config: list(agent().stream_events(QUESTION, config, version="v3")),
    "agent whose stream breaks": lambda config: _broken(
        lambda: list(agent(breaks=True).stream(QUESTION, config, stream_mode="messages"))
    ),
    "agent whose protocol breaks": lambda config: _broken(
        lambda: list(agent(breaks=True).stream_events(QUESTION, config, version="v3"))
    ),
    "graph within a graph": lambda config: nested().invoke({"text": "hi"}, config),
    "graph within a graph, streamed": lambda config: list(nested().stream({"text": "hi"}, config, subgraphs=True)),
    "graph, batched": lambda config: nested().batch([{"text": "a"}, {"text": "b"}], config),
    "work that fans out": lambda config: fanned().invoke({"text": "", "parts": []}, config),
    "tasks": lambda config: tasks.invoke(1, config),
}
"""Applications by name: each runs with a configuration."""

ASYNC: dict[str, Callable[[RunnableConfig], Any]] = {
    "agent": lambda config: agent().ainvoke(QUESTION, config),
    "agent, streamed": _astreamed,
    "agent, by the streaming protocol": _aprotocol,
    "graph within a graph": lambda config: nested().ainvoke({"text": "hi"}, config),
    "graph within a graph, its events": _aevents,
    "work that fans out": lambda config: fanned().ainvoke({"text": "", "parts": []}, config),
}
