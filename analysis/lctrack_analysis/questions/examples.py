"""One generation as an example to evaluate or to train with."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from lctrack_analysis.extract.messages import message_of

__all__ = ["chat_example", "pair_example"]

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})

Example = dict[str, Any]


def pair_example(row: Mapping[str, Any]) -> Example | None:
    """Give prompt and completion; None where one of them is empty.

    Args:
        row: `prompt` and `text` of a generation.
    """
    if not row["prompt"] or not row["text"]:
        return None
    return {"prompt": row["prompt"], "completion": row["text"]}


def chat_example(row: Mapping[str, Any]) -> Example | None:
    """Give a conversation as OpenAI's chat format has it; None where it cannot be told in it.

    Args:
        row: `prompt`, `text`, `messages`, `message` of a generation, and the `tools` of its call; JSON is text.

    Returns:
        `messages`, of which the last is the answer, and `tools` where the call was given some.
    """
    given = orjson.loads(row["messages"]) if row["messages"] else None
    asked = [_message(each) for each in given] if given else [_said("user", row["prompt"])]
    answer = _message(orjson.loads(row["message"])) if row["message"] else _said("assistant", row["text"])
    if answer is None or answer["role"] != "assistant" or None in asked:
        return None
    tools = _tools(orjson.loads(row["tools"]) if row["tools"] else None)
    return {"messages": [*asked, answer], **({"tools": tools} if tools else {})}


def _said(role: str, text: str | None) -> Example | None:
    return {"role": role, "content": text} if text else None


def _message(value: Any) -> Example | None:
    message = message_of(value)
    if message.role not in _ROLES:
        return None
    content = _content(value.get("content"))
    if message.role == "tool":
        if not message.tool_call_id:
            return None
        return {"role": "tool", "content": content or "", "tool_call_id": message.tool_call_id}
    made: Example = {"role": message.role, "content": content}
    if message.role == "assistant" and message.tool_calls:
        calls = [_call(call, place) for place, call in enumerate(message.tool_calls)]
        return {**made, "content": content or None, "tool_calls": calls}
    return made if content else None


def _call(call: Mapping[str, Any], place: int) -> Example:
    arguments = call.get("args")
    return {
        "id": str(call.get("id") or f"call_{place}"),
        "type": "function",
        "function": {
            "name": str(call.get("name") or ""),
            "arguments": arguments if isinstance(arguments, str) else orjson.dumps(arguments or {}).decode(),
        },
    }


def _content(content: Any) -> str | list[Example]:
    """Give text, or parts where there is a picture among them; other blocks, such as reasoning, stay out."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else ""
    parts = [part for part in map(_part, content) if part]
    if all(part["type"] == "text" for part in parts):
        return "\n".join(part["text"] for part in parts)
    return parts


def _part(block: Any) -> Example | None:
    if isinstance(block, str):
        return {"type": "text", "text": block}
    if not isinstance(block, dict):
        return None
    if block.get("type") == "text" and isinstance(block.get("text"), str):
        return {"type": "text", "text": block["text"]}
    url = _picture(block)
    return {"type": "image_url", "image_url": {"url": url}} if url else None


def _picture(block: Mapping[str, Any]) -> str | None:
    """Give the address of a picture, as OpenAI or as LangChain writes it."""
    given = block.get("image_url")
    url = given.get("url") if isinstance(given, dict) else given
    if block.get("type") == "image":
        url = block.get("url")
        data = block.get("base64")
        if isinstance(data, str):
            url = f"data:{block.get('mime_type') or 'image/png'};base64,{data}"
    return url if isinstance(url, str) and url else None


def _tools(given: Any) -> Sequence[Example]:
    """Give the tools of a call, which providers describe in shapes of their own."""
    return [tool for tool in map(_tool, given if isinstance(given, list) else []) if tool]


def _tool(given: Any) -> Example | None:
    if not isinstance(given, dict):
        return None
    described = given["function"] if isinstance(given.get("function"), dict) else given
    name = described.get("name")
    if not isinstance(name, str) or not name:
        return None
    function: Example = {"name": name}
    if isinstance(described.get("description"), str):
        function["description"] = described["description"]
    parameters = described.get("parameters") or described.get("input_schema") or described.get("args_schema")
    function["parameters"] = parameters if isinstance(parameters, dict) else {"type": "object", "properties": {}}
    return {"type": "function", "function": function}
