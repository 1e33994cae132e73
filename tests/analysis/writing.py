"""Log lines written by hand, at known times and with known ids."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Line = dict[str, Any]

SECOND = 1_000_000_000
START = 1_735_689_600 * SECOND + 123_456_789
"""2025-01-01, with nanoseconds that a float or a datetime would lose."""


def event(name: str, second: float = 0, /, **fields: Any) -> Line:
    """Make an event so many seconds after `START`, of session `s`."""
    return {"ts": START + round(second * SECOND), "event": name, "session_id": "s", **fields}


def segment_start(name: str = "one", **fields: Any) -> Line:
    return event("segment_start", -1, format=1, segment=name, host="box", **fields)


def numbered(lines: Iterable[Line]) -> list[Line]:
    return [{"seq": seq, **line} for seq, line in enumerate(lines)]


def as_bytes(line: Line | bytes) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n"


def write(path: Path, *lines: Line | bytes) -> Path:
    """Write lines as they are; bytes bring their own line break, or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(as_bytes, lines)))
    return path


def chain(run_id: str, start: float = 0, end: float | None = 1, **fields: Any) -> list[Line]:
    """Make the start of a chain, and its end unless that is None."""
    lines = [event("chain_start", start, run_id=run_id, name=run_id, **fields)]
    return lines if end is None else [*lines, event("chain_end", end, run_id=run_id)]


def llm(run_id: str, prompts: list[str], texts: list[list[str]], start: float = 0, **fields: Any) -> list[Line]:
    """Make a completion call of one second that answers each prompt with some texts."""
    generations = [[{"text": text} for text in answers] for answers in texts]
    return [
        event("llm_start", start, run_id=run_id, name="model", prompts=prompts, **fields),
        event("llm_end", start + 1, run_id=run_id, generations=generations),
    ]


def chat(run_id: str, messages: list[Any], answer: Line, start: float = 0, **fields: Any) -> list[Line]:
    """Make a chat call of one second with one conversation and one answer."""
    return [
        event("chat_model_start", start, run_id=run_id, name="chat", messages=[messages], **fields),
        event("llm_end", start + 1, run_id=run_id, generations=[[generation(answer)]]),
    ]


def generation(message: Line) -> Line:
    return {"text": message.get("content", ""), "message": message}


def human(text: Any) -> Line:
    return {"type": "human", "content": text}


def ai(text: Any = "", *calls: Line, **fields: Any) -> Line:
    return {"type": "ai", "content": text, "tool_calls": list(calls), **fields}


def call(name: str, call_id: str | None, /, **arguments: Any) -> Line:
    return {"type": "tool_call", "name": name, "args": arguments, "id": call_id}


def tool(run_id: str, call_id: str | None, start: float, name: str = "search", **fields: Any) -> list[Line]:
    """Make the execution of a tool that takes a second."""
    given = {} if call_id is None else {"tool_call_id": call_id}
    return [
        event("tool_start", start, run_id=run_id, name=name, inputs={"q": run_id}, **given, **fields),
        event("tool_end", start + 1, run_id=run_id, output=f"found by {run_id}"),
    ]


def token(second: float, run_id: str) -> Line:
    return event("llm_new_token", second, run_id=run_id) | {"token": "x"}
