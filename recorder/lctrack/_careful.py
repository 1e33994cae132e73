"""The nearest JSON to a value that JSON cannot hold, or that is not to be written, and lists of what was changed.

Never raises, whatever `__repr__`, properties or iteration of the objects do, and never runs an iterator.
"""

import base64
import contextlib
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lctrack._blobs import Draft
from lctrack._conversation import Conversation, Repeated, is_conversation
from lctrack._secret_names import is_numeric_secret
from lctrack._secrets import is_placeholder
from lctrack._structure import MASK, is_message, structure
from lctrack.format import APPEND, BLOB, LITERAL, MAX_DEPTH

if TYPE_CHECKING:
    from lctrack._privacy import Privacy

__all__ = ["careful", "safe_repr", "safe_str"]

_REPR_LIMIT = 10_000
_REFERENCES = frozenset({BLOB, APPEND, LITERAL})
_SMALLEST, _GREATEST = -(2**63), 2**64 - 1
_OWN = frozenset(
    """
    digest event events format host kind langchain_core left_out monotonic_ns parent_run_id pid python recorder run_id
    run_type sample segment session_id status stream thread trace_id ts wall_ns
    """.split()  # noqa: SIM905  # easier to read than 30 quoted words
)
"""Fields that the recorder fills with what is its own."""


def careful(
    record: dict[str, Any],
    lossy: list[str],
    draft: Draft,
    privacy: "Privacy | None" = None,
    masked: list[str] | None = None,
) -> dict[str, Any]:
    """Turn an event into plain JSON values.

    Args:
        record: The event, envelope included.
        lossy: Receives a JSON pointer (RFC 6901) for each value that is not exactly what it was.
        draft: Gives the references that stand for messages and conversations.
        privacy: What of texts is not written.
        masked: Receives a JSON pointer for each value of which something was not written.

    Returns:
        The event made of dictionaries with string keys, lists, strings without lone surrogates, finite numbers,
        booleans and nulls, nested at most `MAX_DEPTH` deep. Data that looks like a reference is wrapped in `LITERAL`.
    """
    masked = [] if masked is None else masked
    walk, plainly = _Walk(lossy, draft, privacy, masked), _Walk(lossy, draft, None, masked)
    return {key: (plainly if key in _OWN else walk).value(value, f"/{key}", 2) for key, value in record.items()}


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

    def __init__(self, lossy: list[str], draft: Draft, privacy: "Privacy | None", masked: list[str]) -> None:
        self._lossy = lossy
        self._masked = masked
        self._draft = draft
        self._privacy = privacy
        self._inside: set[int] = set()

    def value(self, value: Any, path: str, depth: int, secret: str = "") -> Any:
        """Give the plain form of a value that would sit at `depth` in the line; `secret` is the name of a secret."""
        if value is None or value is True or value is False:
            return value
        if value is MASK:  # put there in place of a secret of pydantic's or LangChain's
            self._masked.append(path)
            return MASK
        lost_before, masked_before = len(self._lossy), len(self._masked)
        try:
            return self._structured(value, path, depth, secret)
        except Exception:  # noqa: BLE001  # any property or method of the application's object may raise
            del self._lossy[lost_before:], self._masked[masked_before:]
            return self._describe(value, path, secret)

    def _structured(self, value: Any, path: str, depth: int, secret: str) -> Any:
        # Methods of the built-in classes, because a subclass may do anything in its own.
        if isinstance(value, str):
            return self._text(str.__str__(value), path, secret)
        if isinstance(value, int | float) and is_numeric_secret(secret):
            return self._mask(path)
        if isinstance(value, int):
            return self._integer(int.__int__(value), path)
        if isinstance(value, float):
            number = float.__float__(value)
            return number if math.isfinite(number) else self._lose(None, path)
        return self._object(value, path, depth, secret)

    def _object(self, value: Any, path: str, depth: int, secret: str) -> Any:
        if type(value) is Conversation:
            value = value.messages
        if type(value) is Repeated:
            value = value.value
        with contextlib.suppress(Exception):  # what cannot be a blob is walked like everything else
            if is_conversation(value):
                return self._draft.conversation(value)
            if is_message(value):
                return self._draft.message(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return self._bytes(bytes(value), path, secret)
        if isinstance(value, type):
            return self._lose(_sound(f"{value.__module__}.{value.__qualname__}"), path)
        inner = value if isinstance(value, dict | list | tuple) else structure(value)
        if isinstance(inner, dict | list | tuple):
            return self._container(value, inner, path, depth, secret)
        return self.value(inner, path, depth, secret)

    def _lose(self, substitute: Any, path: str) -> Any:
        self._lossy.append(path)
        return substitute

    def _mask(self, path: str) -> str:
        self._masked.append(path)
        return MASK

    def _describe(self, value: Any, path: str, secret: str = "") -> Any:
        return self._text(self._lose(_sound(safe_repr(value)), path), path, secret)

    def _text(self, text: str, path: str, secret: str) -> str:
        sound = _sound(text)
        if sound != text:
            self._lose(sound, path)
        if secret and not is_placeholder(sound):
            return self._mask(path)
        if self._privacy is None:
            return sound
        written = self._privacy.text(sound)
        if written == sound:
            return sound
        self._masked.append(path)
        return _sound(written)

    def _bytes(self, content: bytes, path: str, secret: str) -> Any:
        text = content.decode("latin-1")
        if secret or (self._privacy is not None and self._privacy.text(text) != text):
            return self._mask(path)
        return self._lose(base64.b64encode(content).decode("ascii"), path)

    def _integer(self, number: int, path: str) -> Any:
        try:
            repr(number)
        except ValueError:  # beyond the interpreter's limit on digits
            return self._lose(hex(number), path)
        # Readers whose integers have 64 bits would not take the others, or lose their last digits.
        return number if _SMALLEST <= number <= _GREATEST else self._lose(str(number), path)

    def _container(self, owner: Any, inner: Any, path: str, depth: int, secret: str) -> Any:
        """Walk a container, held by `owner`, unless it is nested too deep or within itself."""
        if depth > MAX_DEPTH:
            return self._describe(owner, path, secret)
        if id(owner) in self._inside:
            return self._lose("<cycle>", path)
        self._inside.add(id(owner))
        try:
            if isinstance(inner, dict):
                return self._mapping(inner, path, depth, "" if _tells_of(inner) else secret)
            return [self.value(item, f"{path}/{index}", depth + 1, secret) for index, item in enumerate(inner)]
        finally:
            self._inside.discard(id(owner))

    def _mapping(self, inner: dict[Any, Any], path: str, depth: int, secret: str) -> Any:
        members = [(*_key(key), key, item) for key, item in list(inner.items())]
        reference_like = any(name in _REFERENCES for name, *_ in members)
        if reference_like and depth >= MAX_DEPTH:
            return self._describe(inner, path, secret)  # no room for the wrapping
        plain: dict[str, Any] = {}
        for name, exact, key, item in members:
            shown = name if self._privacy is None else _sound(self._privacy.name(name))
            unique = shown if shown not in plain else _another(shown, key, plain)
            pointer = f"{path}/{unique.replace('~', '~0').replace('/', '~1')}"
            if not exact or unique != shown:
                self._lose(None, pointer)
            if shown != name:
                self._masked.append(pointer)
            told = self._privacy is not None and self._privacy.is_secret(name) and not _is_token(name, inner)
            plain[unique] = self.value(item, pointer, depth + 1 + reference_like, name if told else secret)
        return {LITERAL: plain} if reference_like else plain


def _tells_of(inner: dict[Any, Any]) -> bool:
    """Tell whether an object only describes a secret: a JSON Schema, or LangChain's stand-in."""
    kind = inner.get("type")
    if kind == "secret":
        return "lc" in inner
    return kind in _SCHEMA_TYPES if isinstance(kind, str) else not _SCHEMA_KEYS.isdisjoint(inner)


_SCHEMA_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_SCHEMA_KEYS = frozenset({"$ref", "allOf", "anyOf", "oneOf"})


def _is_token(name: str, inner: dict[Any, Any]) -> bool:
    """Tell whether a member is a piece of a model's answer, beside its probability."""
    return name == "token" and "logprob" in inner


def _another(name: str, key: Any, taken: dict[str, Any]) -> str:
    """Name a member whose key has the text of one before it."""
    other, number = f"{name} ({type(key).__name__})", 2
    while other in taken:
        other, number = f"{name} ({type(key).__name__} {number})", number + 1
    return other


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
