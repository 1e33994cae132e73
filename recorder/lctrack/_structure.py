"""One level of an object as JSON: what a pydantic model, a dataclass, a date and their like are made of.

LangChain's messages, documents and generations are pydantic models, so this is where they become objects with the
fields of the class, `type` included. Knowing them by their shape keeps LangChain out of this module.
"""

import dataclasses
import datetime as dt
import decimal
import enum
import operator
import pathlib
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any

__all__ = ["MASK", "Unstructured", "is_message", "read_message", "reader_of", "structure"]

MASK = "**********"
"""What is written in place of a secret, as pydantic prints it."""


class Unstructured(Exception):  # noqa: N818  # a signal between two paths, never seen by a user
    """The object has no structure that JSON could hold exactly."""


def is_message(value: Any) -> bool:
    """Tell whether an object is one of LangChain's messages, all of whose fields are written."""
    return reader_of(value) is read_message


def structure(value: Any) -> Any:
    """Give an object's JSON form, one level deep: what it contains may still be any object.

    Args:
        value: Anything that the JSON encoder does not know by itself.

    Returns:
        A dictionary, a list, a string or a number.

    Raises:
        Unstructured: There is no such form.
    """
    return reader_of(value)(value)


def reader_of(value: Any) -> Callable[[Any], Any]:
    """Give what reads instances of a value's class; `structure` calls it."""
    kind = type(value)
    reader = _readers.get(kind)
    if reader is None:
        if len(_readers) >= _MOST_READERS:
            _readers.clear()  # an application that makes classes as it goes must not grow this for ever
        reader = _readers[kind] = _reader_for(value)
    return reader


def _reader_for(value: Any) -> Callable[[Any], Any]:  # noqa: PLR0911  # one for each kind of class
    """Choose, once for each class, how its instances are read."""
    kind = type(value)
    for classes, reader in _BY_CLASS:
        if isinstance(value, classes):
            return reader
    if callable(getattr(kind, "get_secret_value", None)):
        return lambda _: MASK
    if hasattr(kind, "__pydantic_fields__") or hasattr(kind, "__fields__"):
        return _pydantic_reader(value)
    if dataclasses.is_dataclass(kind):
        names = tuple(field.name for field in dataclasses.fields(kind))
        return lambda instance: {name: getattr(instance, name) for name in names if hasattr(instance, name)}
    if kind.__module__.startswith("langgraph.") and isinstance(slots := getattr(kind, "__slots__", None), tuple):
        return lambda instance: {name: getattr(instance, name) for name in slots if hasattr(instance, name)}  # Send
    if kind.__module__ == "numpy" and hasattr(kind, "tolist"):
        return operator.methodcaller("tolist")
    return _refuse


def _pydantic_reader(value: Any) -> Callable[[Any], Any]:
    """Read the fields of a model, less those it excludes from its own dump, with its secrets masked."""
    kind = type(value)
    fields = getattr(kind, "__pydantic_fields__", None) or {}
    excluded = {name for name, field in fields.items() if getattr(field, "exclude", None)}
    # What such a property computed is kept beside the fields.
    parts = [item for base in kind.__mro__ for item in vars(base).items()]
    excluded |= {name for name, part in parts if isinstance(part, cached_property)}
    # LangChain's serialisable objects name the arguments that are secrets.
    secrets = set(getattr(value, "lc_secrets", None) or ())

    if not excluded and not secrets:
        return read_message if "additional_kwargs" in fields else _read_fields

    def read(instance: Any) -> dict[str, Any]:
        content = _read_fields(instance)
        for name in excluded:
            content.pop(name, None)
        for name in secrets & content.keys():
            content[name] = MASK
        return content

    return read


def _read_fields(instance: Any) -> dict[str, Any]:
    extra = getattr(instance, "__pydantic_extra__", None)
    return {**instance.__dict__, **extra} if extra else dict(instance.__dict__)


def read_message(instance: Any) -> dict[str, Any]:
    """Read a message of LangChain's: by its reader a message is known."""
    return _read_fields(instance)


def _refuse(value: Any) -> Any:
    raise Unstructured(type(value).__name__)


def _sorted_items(value: AbstractSet[Any]) -> list[Any]:
    """List a set in an order that does not change from run to run."""
    return sorted(value, key=repr)


_BY_CLASS: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((enum.Enum,), operator.attrgetter("value")),
    ((dt.datetime, dt.date, dt.time), operator.methodcaller("isoformat")),
    ((dt.timedelta,), dt.timedelta.total_seconds),
    ((uuid.UUID, decimal.Decimal, pathlib.PurePath), str),
    ((Mapping,), dict),
    ((AbstractSet,), _sorted_items),
    ((deque,), list),
    ((type, BaseException), _refuse),
)
_MOST_READERS = 1_000
_readers: dict[type, Callable[[Any], Any]] = {}
