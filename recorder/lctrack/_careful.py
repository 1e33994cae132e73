"""The nearest JSON to a value that JSON cannot hold, and a list of what was lost.

Never raises, whatever `__repr__`, properties or iteration of the objects do, and never runs an iterator.
"""

import base64
from collections.abc import Callable
from typing import Any

from lctrack._structure import structure
from lctrack.format import APPEND, BLOB, LITERAL, MAX_DEPTH

__all__ = ["careful", "safe_repr", "safe_str"]

_REPR_LIMIT = 10_000
_FINITE = float("inf")


def careful(record: dict[str, Any], lossy: list[str]) -> dict[str, Any]:
    """Turn an event into plain JSON values.

    Args:
        record: The event, envelope included.
        lossy: Receives a JSON pointer (RFC 6901) for each value that is not exactly what it was.

    Returns:
        The event made of dictionaries with string keys, lists, strings without lone surrogates, finite numbers,
        booleans and nulls, nested at most `MAX_DEPTH` deep. Data that looks like a reference is wrapped in `LITERAL`.
    """
    walk = _Walk(lossy)
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

    def __init__(self, lossy: list[str]) -> None:
        self._lossy = lossy
        self._inside: set[int] = set()

    def value(self, value: Any, path: str, depth: int) -> Any:
        """Give the plain form of a value that would sit at `depth` in the line."""
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, int):
            return self._integer(value, path)
        if isinstance(value, float):
            return float(value) if -_FINITE < value < _FINITE else self._lose(None, path)
        if isinstance(value, dict | list | tuple):
            return self._container(value, value, path, depth)
        return self._object(value, path, depth)

    def _lose(self, substitute: Any, path: str) -> Any:
        self._lossy.append(self._sound(path))
        return substitute

    @staticmethod
    def _sound(text: str) -> str:
        """Replace lone surrogates by U+FFFD; pairs become the character they stand for."""
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _text(self, value: str, path: str) -> str:
        try:
            value.encode()
        except UnicodeEncodeError:
            return str(self._lose(self._sound(value), path))
        return str(value)

    def _integer(self, value: int, path: str) -> Any:
        try:
            int.__repr__(value)
        except ValueError:  # beyond the interpreter's limit on digits
            return self._lose(hex(value), path)
        return int(value)

    def _object(self, value: Any, path: str, depth: int) -> Any:
        if isinstance(value, bytes | bytearray | memoryview):
            return self._lose(base64.b64encode(bytes(value)).decode("ascii"), path)
        if isinstance(value, type):
            return self._lose(f"{value.__module__}.{value.__qualname__}", path)
        try:
            inner = structure(value)
        except Exception:  # noqa: BLE001  # any property of the application's object may raise
            return self._lose(self._sound(safe_repr(value)), path)
        if isinstance(inner, dict | list | tuple):
            return self._container(value, inner, path, depth)
        return self.value(inner, path, depth)

    def _container(self, owner: Any, inner: Any, path: str, depth: int) -> Any:
        """Walk a container, held by `owner`, unless it is nested too deep or within itself."""
        if depth > MAX_DEPTH:
            return self._lose(self._sound(safe_repr(owner)), path)
        if id(owner) in self._inside:
            return self._lose("<cycle>", path)
        self._inside.add(id(owner))
        try:
            if isinstance(inner, dict):
                return self._mapping(inner, path, depth)
            return [self.value(item, f"{path}/{index}", depth + 1) for index, item in enumerate(inner)]
        finally:
            self._inside.discard(id(owner))

    def _mapping(self, inner: dict[Any, Any], path: str, depth: int) -> dict[str, Any]:
        reference_like = not inner.keys().isdisjoint((BLOB, APPEND, LITERAL))
        if reference_like and depth >= MAX_DEPTH:
            return {LITERAL: self._lose(safe_repr(inner), path)}  # no room for the wrapping
        plain = {}
        for key, item in inner.items():
            name = self._key(key, path)
            pointer = name.replace("~", "~0").replace("/", "~1")
            plain[name] = self.value(item, f"{path}/{pointer}", depth + 1 + reference_like)
        return {LITERAL: plain} if reference_like else plain

    def _key(self, key: Any, path: str) -> str:
        """Name a member; keys that are not text are written as text, which loses what they were."""
        if isinstance(key, str):
            return self._text(key, f"{path}/{key}")
        if key is None or isinstance(key, bool):
            return "null" if key is None else str(key).lower()
        if isinstance(key, int | float):
            return str(key)
        return str(self._lose(self._sound(safe_repr(key)), path))
