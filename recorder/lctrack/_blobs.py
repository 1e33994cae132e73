"""Messages and conversations, written once for each segment.

An agent sends its whole history with every call. A message that the segment holds already is written as a reference,
and a conversation as a reference to the longest one it continues, with what is new. Both are recognised by comparing
them with snapshots of what was written, which takes a fraction of a microsecond for each message, because their texts
are the same objects; nothing is encoded again. A message that was changed in place differs from its snapshot.

`docs/log-format.md` defines the references.
"""

import hashlib
import operator
from collections import OrderedDict
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from lctrack._conversation import SHORTEST
from lctrack.format import APPEND, BLOB

__all__ = ["Blobs", "Draft"]

_MOST_MESSAGES = 2_000
_MOST_TEXT = 8_000_000
_MOST_CONVERSATIONS = 64
_LONGEST_REMEMBERED = 1_000_000
_LONG = 160
_LONG_CONTENT = 256
_REFERENCE = f'{{"{BLOB}":"%s"}}'
_CONTINUATION = f'{{"{BLOB}":"%s","{APPEND}":[%s]}}'

_content = operator.attrgetter("__dict__", "__pydantic_extra__")


class _Message(NamedTuple):
    """A message that the segment holds: what was in it, its blob, and how long that is."""

    snapshot: Any
    digest: str
    size: int


class _Conversation(NamedTuple):
    """A conversation that the segment holds.

    Attributes:
        snapshots: What was in each message.
        written: The lengths at which it has a blob, in rising order, and those blobs.
    """

    snapshots: list[Any]
    written: list[tuple[int, str]]


class Blobs:
    """What one segment holds. Read by any thread; changed only by `Draft.commit`, by one thread at a time."""

    def __init__(self) -> None:
        self.defined: set[str] = set()
        self.messages: OrderedDict[Any, _Message] = OrderedDict()
        self.conversations: OrderedDict[Any, _Conversation] = OrderedDict()
        self.text = 0


class Draft:
    """The references of one event, and the blobs that have to be written before it.

    Args:
        blobs: What the segment holds.
        encode: Gives the JSON text of a message from its fields, or raises where it cannot be exactly that; where
            something is masked in it, with the list of that after it.

    Attributes:
        definitions: Texts of the new blobs by their digests, in the order in which they must be written: what follows
            `"value":` in their lines.
        references: How many references the event holds.
        blobs: What the segment holds.
    """

    def __init__(self, blobs: Blobs, encode: Callable[[Any], str]) -> None:
        self.blobs = blobs
        self.definitions: dict[str, str] = {}
        self.references = 0
        self._encode = encode
        self._messages: dict[Any, _Message] = {}
        self._conversations: dict[Any, _Conversation] = {}

    def message(self, message: Any) -> dict[str, str]:
        """Give a reference to a message.

        Raises:
            Exception: The message cannot be written as a blob.
        """
        return self._reference(self._digest(message))

    def conversation(self, messages: list[Any]) -> Any:
        """Give a reference to a list of messages, or a short list of references.

        Raises:
            Exception: Not all of them are messages, or one cannot be written as a blob.
        """
        if len(messages) < SHORTEST:
            return [self.message(message) for message in messages]
        contents = list(map(_content, messages))
        key = _key(contents[0][0])
        known = self._conversations.get(key) or self.blobs.conversations.get(key) or _Conversation([], [])
        shared = _shared(known.snapshots, contents)
        written = [mark for mark in known.written if mark[0] <= shared]
        length, digest = written[-1] if written else (0, "")
        if length == len(messages):
            return self._reference(digest)
        rest = ",".join(_REFERENCE % self._digest(message) for message in messages[length:])
        digest = self._define(_CONTINUATION % (digest, rest) if length else f"[{rest}]")
        new = [_snapshot(pair) for pair in contents[shared:]]
        if None not in new:
            snapshots = known.snapshots[:shared] + new
            self._conversations[key] = _Conversation(snapshots, [*written, (len(messages), digest)])
        return self._reference(digest)

    def repeated(self, field: str, value: dict[str, Any]) -> Any:
        """Give a reference to a value that comes again and again, or the value where it is short.

        Args:
            field: The field it is in.
            value: The description of a component, the parameters of a call with its tools, and the like.
        """
        key = field, value.get("name"), value.get("_type"), len(value)
        try:
            known = self._messages.get(key) or self.blobs.messages.get(key)
            if known is None or known.snapshot != value:
                snapshot, text = _copy(value), self._encode(value)
                known = _Message(snapshot, self._define(text) if len(text) >= _LONG else "", len(text))
                self._messages[key] = known
        except Exception:  # noqa: BLE001  # what cannot be compared or encoded so is written as any other value
            return value
        return self._reference(known.digest) if known.digest else value

    def commit(self) -> None:
        """Remember what has been written."""
        blobs = self.blobs
        blobs.defined.update(self.definitions)
        for key, message in self._messages.items():
            replaced = blobs.messages.pop(key, None)
            blobs.text += message.size - (replaced.size if replaced else 0)
            blobs.messages[key] = message
        while len(blobs.messages) > _MOST_MESSAGES or blobs.text > _MOST_TEXT:
            blobs.text -= blobs.messages.popitem(last=False)[1].size
        for key, conversation in self._conversations.items():
            blobs.conversations[key] = conversation
            blobs.conversations.move_to_end(key)
        while len(blobs.conversations) > _MOST_CONVERSATIONS:
            blobs.conversations.popitem(last=False)

    def _digest(self, message: Any) -> str:
        """Give the digest of a message's blob, which is defined where the segment does not hold it."""
        pair = _content(message)
        fields, extra = pair
        key = _key(fields)
        known = self._messages.get(key) or self.blobs.messages.get(key)
        if known is not None and known.snapshot == pair:
            return known.digest
        text = self._apart(fields, self._encode({**fields, **extra} if extra else fields))
        digest = self._define(text)
        snapshot = _snapshot(pair) if len(text) <= _LONGEST_REMEMBERED else None
        if snapshot is not None:
            self._messages[key] = _Message(snapshot, digest, len(text))
        return digest

    def _apart(self, fields: dict[str, Any], text: str) -> str:
        """Give the text of a message with a reference to what a tool has answered.

        LangGraph gives the message an id afterwards, so it comes as two messages with the same content.
        """
        content = fields["content"]
        if fields["type"] == "tool" and type(content) is str and len(content) >= _LONG_CONTENT:
            whole = encode_basestring(content)
            before = f'{{"content":{whole}'
            if text.startswith(before):  # unless something in it is masked
                return f'{{"content":{_REFERENCE % self._define(whole)}{text[len(before) :]}'
        return text

    def _define(self, text: str) -> str:
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        if digest not in self.blobs.defined:
            self.definitions.setdefault(digest, text)
        return digest

    def _reference(self, digest: str) -> dict[str, str]:
        self.references += 1
        return {BLOB: digest}


def _key(fields: dict[str, Any]) -> Any:
    """Tell messages apart at a glance; two of them may share a key, never what is written for it."""
    content = fields["content"]
    if isinstance(content, str):
        return fields["type"], content
    text = content[0].get("text") if content and isinstance(content[0], dict) else None
    return fields["type"], fields.get("id"), fields.get("tool_call_id"), text if isinstance(text, str) else len(content)


def _shared(snapshots: list[Any], contents: list[Any]) -> int:
    """Count the messages at the beginning that are as they were written."""
    most = min(len(snapshots), len(contents))
    if contents[:most] == snapshots[:most]:
        return most
    return next(place for place in range(most) if contents[place] != snapshots[place])


def _snapshot(pair: Any) -> Any:
    """Copy what may be changed in place; gives None where something has no copy that could be compared."""
    try:
        return tuple(map(_copy, pair))
    except TypeError:
        return None


def _copy(value: Any) -> Any:
    if value is None or type(value) in (str, int, float, bool):  # other classes may call themselves equal to anything
        return value
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    if type(value) is list:
        return [_copy(item) for item in value]
    if type(value) is tuple:
        return tuple(map(_copy, value))
    raise TypeError
