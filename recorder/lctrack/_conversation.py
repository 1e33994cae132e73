"""Finding the conversations in what an application passes: lists of messages, which to an encoder are just lists."""

from typing import Any

from lctrack._structure import is_message

__all__ = ["SHORTEST", "Conversation", "Repeated", "is_conversation", "marked"]

SHORTEST = 3
"""Fewest messages of a list that is worth a blob of its own."""

_DEPTH = 4
_LONGEST_BATCH = 100


class Conversation:
    """A list of messages, as an object that the encoder asks about."""

    __slots__ = ("messages",)

    def __init__(self, messages: list[Any]) -> None:
        self.messages = messages


class Repeated:
    """A value that comes again and again, such as the description of a model, as an object the encoder asks about."""

    __slots__ = ("field", "value")

    def __init__(self, field: str, value: dict[str, Any]) -> None:
        self.field = field
        self.value = value


def is_conversation(value: Any) -> bool:
    """Tell whether a value looks like a list of messages, by its ends."""
    return type(value) is list and len(value) >= SHORTEST and is_message(value[0]) and is_message(value[-1])


def marked(value: Any, depth: int = _DEPTH) -> Any:
    """Mark the conversations in a value.

    Args:
        value: Anything; it is not changed.
        depth: How many levels to look into.

    Returns:
        The value itself where it holds none; otherwise a copy with a `Conversation` in place of each.
    """
    kind = type(value)
    if kind is list:
        if is_conversation(value):
            return Conversation(value)
        if depth and 0 < len(value) <= _LONGEST_BATCH and type(value[0]) in (list, dict):
            inner = [marked(item, depth - 1) for item in value]
            return inner if any(new is not old for new, old in zip(inner, value, strict=True)) else value
    elif kind is dict and depth:
        changed = {
            key: new
            for key, item in value.items()
            if type(item) in (list, dict) and (new := marked(item, depth - 1)) is not item
        }
        return {**value, **changed} if changed else value
    return value
