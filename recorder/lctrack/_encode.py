"""One event to one line of JSON that every reader accepts, whatever is in it.

Two paths give the same line. The fast one lets the C encoder walk the event and asks Python only about objects that
are not JSON. Where a value cannot be written as it is (not-a-number, lone surrogates, cycles, nesting too deep,
objects without structure) the careful one walks the event in Python, writes the nearest JSON there is, and names
each such value in `lossy`. Both replace messages and conversations by references.
"""

import json
import re
from typing import Any, NamedTuple

from lctrack._blobs import Blobs, Draft
from lctrack._careful import careful
from lctrack._conversation import Conversation, marked
from lctrack._structure import is_message, structure
from lctrack.format import APPEND, BLOB, LITERAL, MAX_DEPTH

__all__ = ["Encoded", "encode"]

_BLOB, _APPEND, _LITERAL = (f'"{key}"' for key in (BLOB, APPEND, LITERAL))
_WITH_CONVERSATIONS = frozenset({"messages", "inputs", "outputs"})
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NOT_BRACKET = re.compile(r"[^\[\]{}]+")
_INNERMOST = re.compile(r"\[\]|\{\}")


def _encoder(**options: Any) -> json.JSONEncoder:
    # The check for cycles stays on: without it a cycle ends in a RecursionError only where nobody raised the limit,
    # and otherwise, up to Python 3.11, in a crash of the process.
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), **options)


_fast = _encoder(default=structure).encode
_plain = _encoder().encode


class Encoded(NamedTuple):
    """An event as UTF-8 JSON without a line break, and the blobs that have to be written before it."""

    body: bytes
    draft: Draft


def encode(record: dict[str, Any], blobs: Blobs | None = None) -> Encoded:
    """Encode an event.

    Args:
        record: The event, envelope included. Its values may be any objects; they are not changed, but it may be.
        blobs: What the segment holds, for the event to refer to.

    Returns:
        The event; `lossy` is added to it where something could not be written exactly.
    """
    draft = Draft(blobs or Blobs(), _message_text)
    try:
        for field in _WITH_CONVERSATIONS & record.keys():
            record[field] = marked(record[field])
        text = _encoder(default=_Hook(draft)).encode(record)
        if not _too_deep(text) and _refers_only(text, draft.references):
            return Encoded(text.encode(), draft)
    except Exception:  # noqa: BLE001, S110  # any code of the objects may have run; the careful path finds out where
        pass
    draft = Draft(blobs or Blobs(), _message_text)
    lossy: list[str] = []
    plain = careful(record, lossy, draft)
    if lossy:
        plain["lossy"] = lossy
    return Encoded(_plain(plain).encode(), draft)


class _Hook:
    """What the C encoder asks about an object that is not JSON."""

    __slots__ = ("_draft",)

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def __call__(self, value: Any) -> Any:
        if type(value) is Conversation:
            return self._draft.conversation(value.messages)
        if is_message(value):
            return self._draft.message(value)
        return marked(structure(value))


def _message_text(fields: dict[str, Any]) -> str:
    """Encode a message as a blob, or refuse what only the careful path may write."""
    text = _fast(fields)
    text.encode()
    if _too_deep(text) or not _refers_only(text, 0):
        raise ValueError("not as JSON has it")
    return text


def _refers_only(text: str, references: int) -> bool:
    """Tell whether a JSON text holds so many references, and no data that looks like one."""
    if "$" not in text:
        return references == 0
    return text.count(_BLOB) == references and _APPEND not in text and _LITERAL not in text


def _too_deep(text: str) -> bool:
    """Tell whether the nesting of a JSON text exceeds `MAX_DEPTH`."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    brackets = _NOT_BRACKET.sub("", _STRING.sub("", text))
    for _ in range(MAX_DEPTH):
        # Each pass takes away the innermost level, at the speed of the regex engine.
        brackets = _INNERMOST.sub("", brackets)
        if not brackets:
            return False
    return True
