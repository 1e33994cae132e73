"""Chat messages as people and trackers read them."""

from typing import Any, NamedTuple

import orjson

from lctrack_analysis.extract.values import as_text, json_text

__all__ = ["Message", "Messages", "Said", "conversation_text", "message_of"]

_ROLES = {
    "human": "user",
    "HumanMessageChunk": "user",
    "ai": "assistant",
    "AIMessageChunk": "assistant",
    "SystemMessageChunk": "system",
    "ToolMessageChunk": "tool",
    "FunctionMessageChunk": "function",
}


class Message(NamedTuple):
    """One message: cells of the table `messages`, and the tool calls it asks for."""

    role: str
    content: str
    blocks: str | None
    name: str | None
    message_id: str | None
    tool_call_id: str | None
    tool_calls: list[dict[str, Any]]


class Said(NamedTuple):
    """A message in the words that rows need: its line of a conversation, and its cells in `chat_messages`."""

    message: Message
    line: str
    cells: tuple[str | None, ...]


class Messages:
    """Messages as they were read, so that one which comes again and again, in a history, is read once.

    What is remembered must stay as it is and alive meanwhile, for it is known by its identity: `forget` in time.
    """

    def __init__(self) -> None:
        self._said: dict[int, Said] = {}

    def of(self, value: Any) -> Said:
        """Read a recorded message."""
        said = self._said.get(id(value))
        if said is None:
            said = self._said[id(value)] = _said(message_of(value))
        return said

    def forget(self) -> None:
        """Forget all of them."""
        self._said.clear()


def _said(message: Message) -> Said:
    cells = (
        message.role,
        message.content,
        message.blocks,
        message.name,
        message.message_id,
        message.tool_call_id,
        json_text(message.tool_calls or None),
    )
    return Said(message, f"{message.role}: {_spoken(message)}", cells)


def message_of(value: Any) -> Message:
    """Read a recorded message; anything else becomes a message of an unknown role."""
    if not isinstance(value, dict):
        return Message("unknown", as_text(value) or "", None, None, None, None, [])
    kind = value.get("type")
    role = value.get("role") if kind in ("chat", "ChatMessageChunk", None) else _ROLES.get(str(kind), kind)
    content = value.get("content")
    calls = value.get("tool_calls")
    return Message(
        role=str(role or "unknown"),
        content=_content_text(content),
        blocks=None if content is None or isinstance(content, str) else json_text(content),
        name=as_text(value.get("name")),
        message_id=as_text(value.get("id")),
        tool_call_id=as_text(value.get("tool_call_id")),
        tool_calls=[call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else [],
    )


def conversation_text(messages: list[Said]) -> str:
    """Write a conversation out, `role: text` for each message, tool calls as `name(arguments)`."""
    return "\n".join([said.line for said in messages])


def _spoken(message: Message) -> str:
    calls = [f"{call.get('name')}({orjson.dumps(call.get('args')).decode()})" for call in message.tool_calls]
    return " ".join(part for part in (message.content, *calls) if part)


def _content_text(content: Any) -> str:
    """Give the text of a message's content: a string, or blocks of which some are text."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        return as_text(content) or ""
    texts = [
        block if isinstance(block, str) else block.get("text") for block in content if isinstance(block, str | dict)
    ]
    return "\n".join(text for text in texts if isinstance(text, str))
