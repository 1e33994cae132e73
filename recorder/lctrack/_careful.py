"""The nearest JSON to a value that JSON cannot hold, and a list of what was lost.

Never raises, whatever `__repr__`, properties or iteration of the objects do, and never runs an iterator.
"""

import base64
import contextlib
import math
from collections.abc import Callable
from typing import Any

from lctrack._blobs import Draft
from lctrack._conversation import Conversation, is_conversation
from lctrack._structure import is_message, structure
from lctrack.format import APPEND, BLOB, LITERAL, MAX_DEPTH

__all__ = ["careful", "safe_repr", "safe_str"]

_REPR_LIMIT = 10_000
_REFERENCES = frozenset({BLOB, APPEND, LITERAL})


def careful(record: dict[str, Any], lossy: list[str], draft: Draft) -> dict[str, Any]:
    """Turn an event into plain JSON values.

    Args:
        record: The event, envelope included.
        lossy: Receives a JSON pointer (RFC 6901) for each value that is not exactly what it was.
        draft: Gives the references that stand for messages and conversations.

    Returns:
        The event made of dictionaries with string keys, lists, strings without lone surrogates, finite numbers,
        booleans and nulls, nested at most `MAX_DEPTH` deep. Data that looks like a reference is wrapped in `LITERAL`.
    """
    walk = _Walk(lossy, draft)
    return {key: walk.value(value, f"/{key}", 2) for key, value in record.items()}


def safe_repr(value: Any) -> str:
    """Describe an object in at most 10,000 characters, even if its `__repr__` raises."""
    text = _described(value, repr)
    return text if len(text) <= _REPR_LIMIT else f"{text[:_REPR_LIMIT]}… ({len(text)} characters)"


def safe_str(value: Any) -> str:
    """Give `str(value)`, or what went wrong with it."""
    return _described(value, str)


def _described(value: Any, describe: Callable[[Any], str]) -> str:
    try:
        return describe(value)
    except Exception as error:  # noqa: BLE001  # any code of the application may run here
        return f"<{type(value).__name__}: {describe.__name__} raised {type(error).__name__}>"


class _Walk:
    """One walk over one event; remembers the containers it is inside of, to notice cycles."""

    def __init__(self, lossy: list[str], draft: Draft) -> None:
        self._lossy = lossy
        self._draft = draft
        self._inside: set[int] = set()

    def value(self, value: Any, path: str, depth: int) -> Any:
        """Give the plain form of a value that would sit at `depth` in the line."""
        if value is None or value is True or value is False:
            return value
        lost_before = len(self._lossy)
        try:
            return self._structured(value, path, depth)
        except Exception:  # noqa: BLE001  # any property or method of the application's object may raise
            del self._lossy[lost_before:]
            return self._describe(value, path)

    def _structured(self, value: Any, path: str, depth: int) -> Any:
        # Methods of the built-in classes, because a subclass may do anything in its own.
        if isinstance(value, str):
            return self._text(str.__str__(value), path)
        if isinstance(value, int):
            return self._integer(int.__int__(value), path)
        if isinstance(value, float):
            number = float.__float__(value)
            return number if math.isfinite(number) else self._lose(None, path)
        return self._object(value, path, depth)

    def _object(self, value: Any, path: str, depth: int) -> Any:
        if type(value) is Conversation:
            value = value.messages
        with contextlib.suppress(Exception):  # what cannot be a blob is walked like everything else
            if is_conversation(value):
                return self._draft.conversation(value)
            if is_message(value):
                return self._draft.message(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return self._lose(base64.b64encode(bytes(value)).decode("ascii"), path)
        if isinstance(value, type):
            return self._lose(_sound(f"{value.__module__}.{value.__qualname__}"), path)
        inner = value if isinstance(value, dict | list | tuple) else structure(value)
        if isinstance(inner, dict | list | tuple):
            return self._container(value, inner, path, depth)
        return self.value(inner, path, depth)

    def _lose(self, substitute: Any, path: str) -> Any:
        self._lossy.append(path)
        return substitute

    def _describe(self, value: Any, path: str) -> Any:
        return self._lose(_sound(safe_repr(value)), path)

    def _text(self, text: str, path: str) -> str:
        sound = _sound(text)
        return sound if sound == text else str(self._lose(sound, path))

    def _integer(self, number: int, path: str) -> Any:
        try:
            repr(number)
        except ValueError:  # beyond the interpreter's limit on digits
            return self._lose(hex(number), path)
        return number

    def _container(self, owner: Any, inner: Any, path: str, depth: int) -> Any:
        """Walk a container, held by `owner`, unless it is nested too deep or within itself."""
        if depth > MAX_DEPTH:
            return self._describe(owner, path)
        if id(owner) in self._inside:
            return self._lose("<cycle>", path)
        self._inside.add(id(owner))
        try:
            if isinstance(inner, dict):
                return self._mapping(inner, path, depth)
            return [self.value(item, f"{path}/{index}", depth + 1) for index, item in enumerate(inner)]
        finally:
            self._inside.discard(id(owner))

    def _mapping(self, inner: dict[Any, Any], path: str, depth: int) -> Any:
        members = [(*_key(key), item) for key, item in list(inner.items())]
        reference_like = any(name in _REFERENCES for name, _, _ in members)
        if reference_like and depth >= MAX_DEPTH:
            return self._describe(inner, path)  # no room for the wrapping
        plain = {}
        for name, exact, item in members:
            pointer = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            if not exact:
                self._lose(None, pointer)
            plain[name] = self.value(item, pointer, depth + 1 + reference_like)
        return {LITERAL: plain} if reference_like else plain


def _sound(text: str) -> str:
    """Replace lone surrogates by U+FFFD; pairs become the character they stand for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _key(key: Any) -> tuple[str, bool]:
    """Name a member, and say whether its key is that text, or what the fast path would write for it too."""
    if isinstance(key, str):
        name = _sound(str.__str__(key))
        return name, name == key
    if key is None or isinstance(key, bool):
        return "null" if key is None else "true" if key else "false", True
    if isinstance(key, int):
        return int.__repr__(key), True
    if isinstance(key, float) and math.isfinite(key):
        return float.__repr__(key), True
    return _sound(safe_repr(key)), False
