"""Inputs or outputs that are not to be recorded are nowhere in the log directory; what is counted and named stays."""

import asyncio
import operator
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TypedDict
from uuid import uuid4

import pytest
from langchain_classic.agents import AgentExecutor, create_react_agent
from langchain_classic.chains import LLMChain
from langchain_core.callbacks import CallbackManagerForRetrieverRun, dispatch_custom_event
from langchain_core.documents import Document
from langchain_core.language_models.fake import FakeListLLM, FakeStreamingListLLM
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableConfig, RunnableLambda
from langchain_core.tools import tool

from lctrack import LogCallbackHandler, Recorder
from tests.recorder.applications import REACT, SYNC
from tests.recorder.support import Line, only, read, read_events
from tests.recorder.test_format import faults

MASK = "*" * 10
CANARY = "canary-7f3a"
USAGE = {"input_tokens": 11, "output_tokens": 22, "total_tokens": 33, "input_token_details": {"cache_read": 4}}


def answer() -> AIMessage:
    call = {"name": "search", "args": {"query": CANARY}, "id": "call_1"}
    return AIMessage(
        f"about {CANARY}",
        tool_calls=[call],
        additional_kwargs={"refusal": CANARY},
        usage_metadata=USAGE,
        response_metadata={"model_name": "gpt-x", "finish_reason": "stop", "logprobs": {"content": [CANARY]}},
    )


def text_block() -> dict[str, Any]:
    return {"type": "text", "text": CANARY}


def chat() -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([answer() for _ in range(10)]))


class Library(BaseRetriever):
    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002  # BaseRetriever passes it
        return [Document(f"about {query} {CANARY}", metadata={"source": CANARY}, id=CANARY)] * 2


@tool
def search(query: str) -> str:
    """Search."""
    dispatch_custom_event("progress", {"of": query})
    return f"{CANARY} {query}"


@tool
def broken(query: str) -> str:
    """Fail."""
    try:
        return str(dict[str, Any]()[query])
    except KeyError as error:
        raise ValueError(f"nothing about\n  File {query}") from error


class Answer(TypedDict):
    """State of a graph."""

    texts: Annotated[list[str], operator.add]


def graph(config: RunnableConfig) -> object:
    langgraph = pytest.importorskip("langgraph.graph")
    types = pytest.importorskip("langgraph.types")
    memory = pytest.importorskip("langgraph.checkpoint.memory")
    builder = langgraph.StateGraph(Answer)
    builder.add_node("ask", lambda state: {"texts": [types.interrupt(f"more than {state['texts'][0]}?")]})
    builder.add_edge(langgraph.START, "ask")
    compiled = builder.compile(checkpointer=memory.InMemorySaver())
    config = {**config, "configurable": {"thread_id": "1"}}
    compiled.invoke({"texts": [CANARY]}, config)
    return compiled.invoke(types.Command(resume=CANARY), config)


def agent(config: RunnableConfig) -> object:
    thought = f"Thought: {CANARY}\nAction: search\nAction Input: {CANARY}"
    llm = FakeListLLM(responses=[thought, f"Thought: I know\nFinal Answer: {CANARY}"])
    made = create_react_agent(llm, [search], PromptTemplate.from_template(REACT))
    return AgentExecutor(agent=made, tools=[search]).invoke({"input": CANARY}, config)


async def _stream(config: RunnableConfig) -> list[Any]:
    async def pieces() -> AsyncIterator[Any]:
        async for piece in (PROMPT | chat()).astream({"topic": CANARY}, config):
            yield piece

    return [piece async for piece in pieces()]


def _failing(config: RunnableConfig) -> None:
    with suppress(ValueError):
        RunnableLambda(lambda text: broken.invoke({"query": text})).invoke(CANARY, config)


def span(handler: LogCallbackHandler) -> None:
    with suppress(ValueError), handler.recorder.span("s", inputs=[CANARY]) as inner:
        inner.set_outputs(CANARY)
        inner.set_usage(input_tokens=5)
        raise ValueError(CANARY)


PROMPT = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{topic}")])
RUNS: dict[str, Callable[[RunnableConfig], object]] = {
    "completion": lambda config: FakeListLLM(responses=[CANARY]).generate([CANARY] * 3, callbacks=config["callbacks"]),
    "streamed completion": lambda config: list(FakeStreamingListLLM(responses=[CANARY]).stream(CANARY, config)),
    "chat": lambda config: chat().invoke([SystemMessage(CANARY), HumanMessage([text_block()])], config),
    "history": lambda config: chat().invoke([answer(), ToolMessage(CANARY, tool_call_id="call_1"), answer()], config),
    "streaming protocol": lambda config: list(chat().stream_events(CANARY, config, version="v3")),
    "chain": lambda config: (PROMPT | chat()).invoke({"topic": CANARY}, config),
    "batch": lambda config: (PROMPT | chat()).batch([{"topic": CANARY}] * 3, config),
    "async": lambda config: asyncio.run((PROMPT | chat()).ainvoke({"topic": CANARY}, config)),
    "async stream": lambda config: asyncio.run(_stream(config)),
    "async batch": lambda config: asyncio.run((PROMPT | chat()).abatch([{"topic": CANARY}] * 3, config)),
    "legacy chain": lambda config: LLMChain(
        llm=FakeListLLM(responses=[CANARY]), prompt=PromptTemplate.from_template("Tell about {topic}")
    ).invoke({"topic": CANARY}, config),
    "tool": lambda config: search.invoke({"query": CANARY}, config),
    "called tool": lambda config: search.invoke(
        {"name": "search", "args": {"query": CANARY}, "id": "call_1", "type": "tool_call"}, config
    ),
    "retriever": lambda config: Library().invoke(CANARY, config),
    "agent": agent,
    "graph": graph,
    "error": _failing,
    "any object": lambda config: RunnableLambda(lambda x: x).invoke(object.__new__(Odd), config),
}


class Odd:
    """An object that says it in its `repr`."""

    def __repr__(self) -> str:
        return CANARY


@pytest.mark.parametrize("stream", ["tokens", "timing"])
@pytest.mark.parametrize("application", RUNS)
def test_neither_inputs_nor_outputs_are_in_the_log(tmp_path: Path, application: str, stream: Any) -> None:
    with LogCallbackHandler(tmp_path, record_inputs=False, record_outputs=False, stream=stream) as handler:
        RUNS[application]({"callbacks": [handler]})
    assert handler.stats()["dropped"] == 0
    assert handler.stats()["events"] > 1
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert [fault for line in read(tmp_path) for fault in faults(line)] == []


@pytest.mark.parametrize("application", RUNS)
def test_the_canary_would_be_found(tmp_path: Path, application: str) -> None:
    with LogCallbackHandler(tmp_path, stream="tokens") as handler:
        RUNS[application]({"callbacks": [handler]})
    assert CANARY.encode() in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_spans_and_losses_neither(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with LogCallbackHandler(tmp_path, record_inputs=False, record_outputs=False) as handler:
        span(handler)
        handler.recorder.failed(OSError(CANARY))
        span(handler)
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert CANARY not in caplog.text
    assert only(tmp_path, "dropped")["reason"] == "OSError"


def _recorded(directory: Path, action: Callable[[LogCallbackHandler], object], **options: Any) -> list[Line]:
    with LogCallbackHandler(directory, **options) as handler:
        action(handler)
    return read_events(directory)


def test_what_is_counted_and_named_stays(tmp_path: Path) -> None:
    start, end = _recorded(
        tmp_path,
        lambda handler: chat().invoke([SystemMessage("a"), HumanMessage("b")], {"callbacks": [handler]}),
        record_inputs=False,
        record_outputs=False,
    )
    assert start["name"] == "GenericFakeChatModel"
    assert start["messages"] == [[{"content": MASK, "type": "system"}, {"content": MASK, "type": "human"}]]
    ((generation,),) = end["generations"]
    assert generation["text"] == MASK
    assert generation["message"]["usage_metadata"] == USAGE
    assert generation["message"]["response_metadata"] == {"model_name": "gpt-x", "finish_reason": "stop"}
    assert "/messages" in start["masked"]
    assert "/generations" in end["masked"]


def test_inputs_alone_can_be_left_out(tmp_path: Path) -> None:
    start, end = _recorded(tmp_path, lambda handler: SYNC["tool"]({"callbacks": [handler]}), record_inputs=False)
    assert (start["input_str"], start["inputs"]) == (MASK, MASK)
    assert end["output"] == 42
    assert "masked" not in end


def test_outputs_alone_can_be_left_out(tmp_path: Path) -> None:
    start, end = _recorded(tmp_path, lambda handler: SYNC["retriever"]({"callbacks": [handler]}), record_outputs=False)
    assert start["query"] == "bears"
    assert end["documents"] == [{"page_content": MASK, "metadata": {}, "type": "Document"}]


def test_an_error_keeps_its_type_and_places(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, record_outputs=False) as handler:
        _failing({"callbacks": [handler]})
    error = only(tmp_path, "tool_error")["error"]
    assert (error["type"], error["message"]) == ("ValueError", MASK)
    frames = [line for line in error["traceback"].splitlines() if line.startswith("  File")]
    assert any(line.endswith(", in broken") for line in frames)
    assert error["traceback"].endswith("\nValueError\n")
    assert "KeyError\n" in error["traceback"]


def test_an_object_that_raises_is_left_out_too(tmp_path: Path) -> None:
    class Broken:
        @property
        def generations(self) -> Any:
            return [[self]]

        @property
        def text(self) -> str:
            raise RuntimeError(CANARY)

        def __iter__(self) -> Iterator[Any]:
            raise RuntimeError(CANARY)

    with LogCallbackHandler(tmp_path, record_inputs=False, record_outputs=False) as handler:
        handler.on_llm_end(Broken(), run_id=uuid4())
        handler.on_chat_model_start({}, Broken(), run_id=uuid4())
        handler.on_retriever_end(Broken(), run_id=uuid4())
    assert only(tmp_path, "chat_model_start")["messages"] == [MASK]
    assert [fault for line in read(tmp_path) for fault in faults(line)] == []
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_what_was_recorded_before_is_what_is_left_out_of(tmp_path: Path) -> None:
    with Recorder(tmp_path, record_inputs=False) as recorder:
        recorder.write("score", {"key": "k", "value": 1, "comment": "c"})
    assert (only(tmp_path, "score")["comment"], "masked" in only(tmp_path, "score")) == ("c", False)
