"""What LangChain passes along comes back equal through recorder, blobs and analysis, or is named as lossy."""

import tempfile
import uuid
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.agents import AgentAction, AgentFinish
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, Generation, LLMResult
from pydantic import BaseModel

from lctrack import LogCallbackHandler
from lctrack_analysis.read import Reader
from tests.recorder.strategies import ANY_TEXT, ANYTHING, differences

NAMES = st.text("abcxyz_", min_size=1, max_size=6)
DATA = st.dictionaries(NAMES | st.sampled_from(["$blob", "$append", "a/b"]), ANYTHING, max_size=3)
PLAIN_DATA = st.dictionaries(NAMES, st.text(max_size=5) | st.integers(), max_size=2)
BLOCKS = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text}, ANY_TEXT),
    st.builds(lambda data: {"type": "image_url", "image_url": {"url": "data:,", **data}}, DATA),
    DATA.map(lambda data: {"type": "other", **data}),
)
CONTENT = ANY_TEXT | st.lists(BLOCKS, max_size=3)
CALLS = st.lists(st.builds(lambda name, args: {"name": name, "args": args, "id": "call"}, NAMES, DATA), max_size=2)
USAGE = st.none() | st.builds(
    lambda into, out: {"input_tokens": into, "output_tokens": out, "total_tokens": into + out},
    st.integers(0, 9_999),
    st.integers(0, 9_999),
)
KWARGS = {"content": CONTENT, "additional_kwargs": DATA, "id": st.none() | NAMES, "name": st.none() | NAMES}
AI = {**KWARGS, "tool_calls": CALLS, "usage_metadata": USAGE, "response_metadata": DATA}
MESSAGES = st.one_of(
    st.builds(HumanMessage, **KWARGS),
    st.builds(SystemMessage, **KWARGS),
    st.builds(AIMessage, **AI),
    st.builds(AIMessageChunk, **KWARGS),
    st.builds(ToolMessage, **KWARGS, tool_call_id=NAMES, artifact=ANYTHING),
    st.builds(lambda text, name: FunctionMessage(content=text, name=name), ANY_TEXT, NAMES),
    st.builds(ChatMessage, **KWARGS, role=NAMES),
    NAMES.map(lambda name: RemoveMessage(id=name)),
)
CONVERSATIONS = st.lists(MESSAGES, max_size=5)


def _action(name: str, given: Any, log: str) -> AgentAction:
    return AgentAction(name, given, log)


def _finish(values: dict[str, Any], log: str) -> AgentFinish:
    return AgentFinish(values, log)


OBJECTS = st.one_of(
    MESSAGES,
    CONVERSATIONS,
    st.builds(lambda text, data: Document(text, metadata=data), ANY_TEXT, DATA),
    st.builds(_action, NAMES, ANY_TEXT | PLAIN_DATA, ANY_TEXT),
    st.builds(_finish, DATA, ANY_TEXT),
    st.builds(lambda text, data: Generation(text=text, generation_info=data), ANY_TEXT, DATA),
    ANYTHING,
)


def plain(value: Any) -> Any:
    """Say what an object consists of, by pydantic's account."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def read_back(directory: Path) -> list[dict[str, Any]]:
    reader = Reader(sorted(directory.glob("*.jsonl")))
    events = [event.record for event in reader.events()]
    assert reader.problems == []
    return [event for event in events if "run_id" in event]


@settings(max_examples=60, deadline=None)
@given(st.lists(CONVERSATIONS, min_size=1, max_size=3), st.lists(st.builds(AIMessage, **AI), max_size=3), OBJECTS)
def test_langchains_objects_come_back_equal_or_are_named(
    conversations: list[list[BaseMessage]], answers: list[BaseMessage], anything: Any
) -> None:
    generations: list[list[Any]] = [[ChatGeneration(message=answer) for answer in answers]]
    grown = [*conversations[0], *answers]
    with tempfile.TemporaryDirectory() as directory:
        with LogCallbackHandler(directory, mask_secrets=False) as handler:
            for batch in (conversations, [grown], conversations):
                handler.on_chat_model_start({}, batch, run_id=uuid.uuid4())
            handler.on_llm_end(LLMResult(generations=generations), run_id=uuid.uuid4())
            handler.on_chain_start({}, {"messages": grown, "other": anything}, run_id=uuid.uuid4())
            handler.on_tool_end(anything, run_id=uuid.uuid4())
        assert handler.stats()["dropped"] == 0
        events = read_back(Path(directory))
    given = [conversations, [grown], conversations, generations, {"messages": grown, "other": anything}, anything]
    fields = ["messages"] * 3 + ["generations", "inputs", "output"]
    for event, field, expected in zip(events, fields, given, strict=True):
        found = set(differences(plain(expected), event.get(field), f"/{field}"))
        assert found == set(event.get("lossy", ()))
