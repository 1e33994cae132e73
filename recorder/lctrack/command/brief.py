"""An event in one line: when, what, which run, and the beginning of what was said."""

import json
from typing import Any

from lctrack.command.output import clock, visible
from lctrack.format import APPEND, BLOB, ERRORS, LITERAL, STEERING

__all__ = ["brief", "one_line"]

_MOST_TEXT = 400
# Of an event's own fields, the first that is there says what it is about.
_TELLING = (
    "error",
    "generations",
    "outputs",
    "output",
    "documents",
    "action",
    "finish",
    "messages",
    "prompts",
    "input_str",
    "inputs",
    "query",
    "token",
    "text",
    "reason",
    "session",
    "value",
    "data",
)
# Of an object, likewise.
_SPEAKING = (
    "text",
    "content",
    "tool_calls",
    "page_content",
    "message",
    "messages",
    "output",
    "answer",
    "input",
    "question",
    "log",
)


def one_line(record: dict[str, Any], blobs: dict[str, str]) -> str:
    """Describe an event.

    Args:
        record: The event.
        blobs: What the blobs of its segment say, by digest.
    """
    event, name = record["event"], record.get("name")
    about = _about(record, blobs)
    label = f"! {event}" if _is_bad(record) else event
    words = (
        clock(record["ts"]),
        f"{visible(label):<18}",
        f"{visible(name) if isinstance(name, str) else '':<20}",
        about,
    )
    return "  ".join(words).rstrip()


def brief(value: Any, blobs: dict[str, str]) -> str:
    """Give what a value says: its text, or that of the last message in it."""
    if isinstance(value, str):
        return visible(value[:_MOST_TEXT])
    if isinstance(value, list) and value:
        return brief(value[-1], blobs)
    if isinstance(value, dict):
        if BLOB in value:
            following = value.get(APPEND)
            return brief(following, blobs) if following else blobs.get(str(value[BLOB]), "…")
        # What is wrapped only looks like a reference.
        value = value.get(LITERAL, value)
        speaking = next((value[key] for key in _SPEAKING if value.get(key)), None) if isinstance(value, dict) else None
        if speaking is not None:
            return brief(speaking, blobs)
    return visible(json.dumps(value, ensure_ascii=False)[:_MOST_TEXT])


def _is_bad(record: dict[str, Any]) -> bool:
    error = record.get("error")
    steers = isinstance(error, dict) and str(error.get("type")) in STEERING
    return record["event"] == "dropped" or (record["event"] in ERRORS and not steers)


def _about(record: dict[str, Any], blobs: dict[str, str]) -> str:
    if record["event"] == "score":
        return visible(f"{record.get('key')} = {record.get('value')}"[:_MOST_TEXT])
    if record["event"] == "dropped":
        return visible(f"{record.get('count')} lost: {record.get('reason')}"[:_MOST_TEXT])
    for key in _TELLING:
        value = record.get(key)
        if key == "error" and isinstance(value, dict):
            return visible(f"{value.get('type')}: {value.get('message')}"[:_MOST_TEXT])
        if value is not None:
            return brief(value, blobs)
    return ""
