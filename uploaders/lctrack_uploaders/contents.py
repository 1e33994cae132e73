"""What went into a run and came out of it, as attributes that tracing back ends show.

The inputs and outputs are told three times, because each reading is somebody's only one: whole as OpenInference's
`input.value` and `output.value`; as OpenInference's flat lists of messages and documents (Phoenix draws conversations
from them); and as the messages of OpenTelemetry's conventions (Datadog takes nothing else). Compressed, that is little.

Accepted trade-off: a call of several prompts at once has all their messages in one list.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from lctrack_uploaders.attributes import Value
from lctrack_uploaders.spans import Span
from lctrack_uploaders.typing import Row
from lctrack_uploaders.units import Unit

TABLES = ("generations", "messages", "tool_calls", "retrievals")
"""Tables that say more than the runs themselves."""

_ROLES = {"human": "user", "ai": "assistant"}


class Contents:
    """The contents of a session's runs."""

    def __init__(self, unit: Unit) -> None:
        self._rows = {name: _by_run(unit.tables.get(name)) for name in TABLES}

    def attributes(self, span: Span) -> dict[str, Value]:
        """Give the attributes of one run.

        Args:
            span: The run.

        Returns:
            Value by attribute name.
        """
        found = [*_whole("input", span.inputs), *_whole("output", span.outputs)]
        rows = {name: by_run.get(span.run_id, ()) for name, by_run in self._rows.items()}
        if span.kind == "chat_model":
            found += _chat(rows["messages"], rows["generations"])
        elif span.kind == "llm":
            found += _completion(rows["generations"])
        elif span.kind == "retriever":
            found += _documents(rows["retrievals"])
        elif span.kind == "tool":
            found += _tool(span, rows["tool_calls"])
        return {name: value for name, value in found if value is not None}


def _by_run(frame: pl.DataFrame | None) -> Mapping[str, Sequence[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in [] if frame is None else frame.to_dicts():
        found[row["run_id"]].append(row)
    return found


Found = Iterator[tuple[str, Value | None]]


def _whole(side: str, text: str | None) -> Found:
    if text is None:
        return
    value = _read(text)
    plain = isinstance(value, str)
    yield f"{side}.value", value if plain else text
    yield f"{side}.mime_type", "text/plain" if plain else "application/json"


def _chat(messages: Sequence[Row], generations: Sequence[Row]) -> Found:
    ordered = sorted(messages, key=lambda row: (row["batch_index"] or 0, row["position"] or 0))
    reasons = [row["finish_reason"] for row in generations if row["finish_reason"]]
    for direction, name in (("in", "input"), ("out", "output")):
        ours = [row for row in ordered if row["direction"] == direction]
        for number, row in enumerate(ours):
            yield from _flat(f"llm.{name}_messages.{number}.message", row)
        if ours:
            reason = (reasons or ["stop"])[0] if direction == "out" else None
            yield f"gen_ai.{name}.messages", _json([_message(row, reason) for row in ours])
    yield "gen_ai.response.finish_reasons", tuple(reasons) or None


def _flat(start: str, row: Row) -> Found:
    yield f"{start}.role", _role(row)
    yield f"{start}.content", row["content"] or None
    yield f"{start}.name", row["name"]
    yield f"{start}.tool_call_id", row["tool_call_id"]
    for number, call in enumerate(_calls(row)):
        place = f"{start}.tool_calls.{number}.tool_call"
        yield f"{place}.id", _text(call.get("id"))
        yield f"{place}.function.name", _text(call.get("name"))
        yield f"{place}.function.arguments", _json(call.get("args"))


def _message(row: Row, reason: str | None) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    if row["tool_call_id"]:
        parts.append({"type": "tool_call_response", "id": row["tool_call_id"], "response": row["content"]})
    elif row["content"]:
        parts.append({"type": "text", "content": row["content"]})
    parts += [
        {"type": "tool_call", "id": call.get("id"), "name": call.get("name"), "arguments": call.get("args")}
        for call in _calls(row)
    ]
    return {"role": _role(row), "parts": parts, **({"finish_reason": reason} if reason else {})}


def _completion(generations: Sequence[Row]) -> Found:
    prompts = {row["prompt_index"] or 0: row["prompt"] for row in generations if row["prompt"] is not None}
    texts = [row["text"] for row in generations if row["text"] is not None]
    reasons = [row["finish_reason"] for row in generations if row["finish_reason"]]
    for number, prompt in enumerate(prompts.values()):
        yield f"llm.prompts.{number}.prompt.text", prompt
    for number, text in enumerate(texts):
        yield f"llm.choices.{number}.completion.text", text
    told = [_said("user", prompt) for prompt in prompts.values()]
    yield "gen_ai.input.messages", _json(told) if told else None
    answers = [{**_said("assistant", text), "finish_reason": (reasons or ["stop"])[0]} for text in texts]
    yield "gen_ai.output.messages", _json(answers) if answers else None
    yield "gen_ai.response.finish_reasons", tuple(reasons) or None


def _documents(retrievals: Sequence[Row]) -> Found:
    for row in retrievals:
        documents = _read(row["documents"])
        for number, document in enumerate(documents if isinstance(documents, list) else ()):
            if not isinstance(document, dict):
                continue
            place = f"retrieval.documents.{number}.document"
            about = document.get("metadata")
            score = about.get("score") if isinstance(about, dict) else None
            yield f"{place}.content", _text(document.get("page_content"))
            yield f"{place}.id", _text(document.get("id"))
            yield f"{place}.metadata", _json(about) if about else None
            yield f"{place}.score", score if isinstance(score, int | float) and not isinstance(score, bool) else None


def _tool(span: Span, calls: Sequence[Row]) -> Found:
    yield "gen_ai.tool.call.id", next((row["tool_call_id"] for row in calls if row["tool_call_id"]), None)
    yield "gen_ai.tool.call.arguments", span.inputs
    yield "gen_ai.tool.call.result", span.outputs


def _said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _role(row: Row) -> str:
    role = row["role"] or "user"
    return _ROLES.get(role, role)


def _calls(row: Row) -> list[dict[str, Any]]:
    calls = _read(row["tool_calls"])
    return [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []


def _read(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
