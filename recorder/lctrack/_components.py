"""The parts that a chain, a model or an agent is made of, each with its parameters.

LangChain's own description says nothing about most classes but their `repr`. So the objects themselves are searched:
the fields of runnables, the nodes of graphs, and what functions refer to. They are known by their shape, nothing is
called but properties, and what cannot be read is left out. Secrets are masked whatever the options of privacy say: by
type, by LangChain's own list, by name and by form. The search is bounded, so a chain of more than 1,000 parts is
described by the first of them.
"""

import functools
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lctrack._secret_names import is_secret_name
from lctrack._secrets import mask_text
from lctrack._structure import MASK

__all__ = ["components", "without_secrets"]

_MOST = 1_000
_MOST_VALUES = 50_000
_DEEPEST = 12
_LONGEST = 1_000
_KINDS = {
    "Pregel": "graph",
    "AgentExecutor": "agent",
    "BaseChatModel": "chat_model",
    "BaseLLM": "llm",
    "BaseTool": "tool",
    "BaseRetriever": "retriever",
    "BasePromptTemplate": "prompt",
    "BaseLLMOutputParser": "parser",
    "Runnable": "chain",
}
_OF_GRAPHS = ("stream_mode", "input_channels", "output_channels", "interrupt_before_nodes", "interrupt_after_nodes")
_OF_GRAPHS_TOO = ("step_timeout", "debug", "checkpointer", "store", "cache", "retry_policy")
_TYPES = ("_llm_type", "_prompt_type", "_type")


def components(asset: Any) -> list[dict[str, Any]]:
    """List the runnables that an asset is made of, itself included, each before its parts.

    Args:
        asset: A runnable, a chain, an agent, a model, or any object that holds some.

    Returns:
        For each its `path` from the asset (a JSON pointer, empty for the asset itself), its `kind` (`graph`, `agent`,
        `chat_model`, `llm`, `tool`, `retriever`, `prompt`, `parser` or `chain`), its `class`, its `name`, and its
        `parameters`: plain values, where a part stands as `{"component": <its path>}`.
    """
    search = _Search()
    search.value(asset, "", 0)
    return search.found


def without_secrets(description: Any) -> Any:
    """Copy LangChain's description of an object, less secrets, and less what the objects call themselves.

    Args:
        description: What `dumpd` gave.

    Returns:
        It, with a mask in place of what is a secret by its name or its form, and without `repr`, which may hold any.
        What LangChain itself writes for a secret, the name of an environment variable, stays.
    """
    if isinstance(description, str):
        return mask_text(description)
    if isinstance(description, list | tuple):
        return [without_secrets(item) for item in description]
    if not isinstance(description, dict):
        return description
    stub = description.get("type") == "not_implemented"
    return {
        key: MASK if isinstance(value, str) and value and is_secret_name(str(key)) else without_secrets(value)
        for key, value in description.items()
        if not (stub and key == "repr")
    }


class _Search:
    """One search through one asset."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self._paths: dict[int, str] = {}
        self._parts: list[Any] = []  # the same, kept alive while their ids are known
        self._nodes: dict[int, str] = {}  # where the nodes of graphs belong, whatever else refers to them
        self._inside: set[int] = set()
        self._values = 0

    def value(self, value: Any, path: str, depth: int) -> Any:
        """Give a value as plain data, having listed the components in it."""
        if value is None or isinstance(value, bool | int | float | str):
            return mask_text(str(value)) if isinstance(value, str) else value
        if callable(getattr(type(value), "get_secret_value", None)):
            return MASK
        if _kind(value) is not None:
            return self._component(value, path, depth)
        self._values += 1
        if isinstance(value, type) or id(value) in self._inside or depth > _DEEPEST or self._values > _MOST_VALUES:
            return _name_of(value if isinstance(value, type) else type(value))
        self._inside.add(id(value))
        try:
            return self._contents(value, path, depth)
        finally:
            self._inside.discard(id(value))

    def _contents(self, value: Any, path: str, depth: int) -> Any:
        if isinstance(value, Mapping):
            return self._members(value.items(), path, depth)
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(item, f"{path}/{at}", depth + 1) for at, item in enumerate(list(value)[:_LONGEST])]
        if isinstance(value, functools.partial):
            given = {"args": value.args, **value.keywords}
            return {"function": self.value(value.func, path, depth + 1), **self._members(given.items(), path, depth)}
        if isinstance(value, types.FunctionType | types.MethodType):
            self._referred(getattr(value, "__func__", value), path, depth)
            return _name_of(value)
        if hasattr(type(value), "__pydantic_fields__"):
            return self._members(_fields(value), path, depth)
        return _name_of(type(value))

    def _component(self, part: Any, path: str, depth: int) -> Any:
        if id(part) not in self._paths:
            if len(self.found) >= _MOST or depth > _DEEPEST:
                return _name_of(type(part))
            path = self._paths[id(part)] = self._nodes.get(id(part), path)
            self._parts.append(part)
            name = _read(part, "name")
            found: dict[str, Any] = {"path": path, "kind": _kind(part), "class": _name_of(type(part))}
            found["name"] = str(name) if isinstance(name, str) else type(part).__name__
            self.found.append(found)
            kind = next((kind for known in _TYPES if isinstance(kind := _read(part, known), str)), None)
            found["parameters"] = ({"_type": kind} if kind else {}) | self._parameters(part, path, depth)
        return {"component": self._paths[id(part)]}

    def _parameters(self, part: Any, path: str, depth: int) -> dict[str, Any]:
        kind = _kind(part)
        if kind == "graph":
            nodes = _read(part, "nodes")
            bound = {_escaped(name): _read(node, "bound") for name, node in nodes.items()} if nodes else {}
            self._nodes |= {id(node): f"{path}/nodes/{name}" for name, node in bound.items()}
            for name, node in bound.items():
                self.value(node, f"{path}/nodes/{name}", depth + 1)
            given = {name: _read(part, name) for name in (*_OF_GRAPHS, *_OF_GRAPHS_TOO)}
            return self._members(given.items(), path, depth)
        if hasattr(type(part), "__pydantic_fields__"):
            told = self._members(_fields(part), path, depth)
            return {**told, "args": without_secrets(_read(part, "args"))} if kind == "tool" else told
        own = list(_attributes(part))
        for name, value in own:
            if name.startswith("_"):
                self.value(value, f"{path}/{name}", depth + 1)
        return self._members(((name, value) for name, value in own if not name.startswith("_")), path, depth)

    def _members(self, members: Iterable[tuple[Any, Any]], path: str, depth: int) -> dict[str, Any]:
        plain = {}
        for key, value in list(members)[:_LONGEST]:
            name = str(key)
            if is_secret_name(name) and value:
                plain[name] = MASK
            elif value is not None:
                plain[name] = self.value(value, f"{path}/{_escaped(name)}", depth + 1)
        return plain

    def _referred(self, function: Any, path: str, depth: int) -> None:
        """List the components that a function refers to: those around it, and those of its module that it names."""
        code, cells = _read(function, "__code__"), _read(function, "__closure__") or ()
        if code is None:
            return
        around = zip(code.co_freevars, (_read(cell, "cell_contents") for cell in cells), strict=False)
        module = _read(function, "__globals__") or {}
        named = ((name, module[name]) for name in code.co_names if _kind(module.get(name)) is not None)
        for name, value in (*around, *named):
            if _kind(value) is not None or isinstance(value, types.FunctionType | list | dict | tuple):
                self.value(value, f"{path}/{_escaped(name)}", depth + 1)


def _kind(value: Any) -> str | None:
    """Say what kind of runnable an object is, by the classes of LangChain and LangGraph that it is of."""
    if isinstance(value, type):
        return None
    names = {base.__name__ for base in type(value).__mro__ if base.__module__.startswith(("langchain", "langgraph"))}
    return next((kind for name, kind in _KINDS.items() if name in names), None) if "Runnable" in names else None


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Give the fields of a pydantic model, with those masked that LangChain calls secret."""
    declared = type(value).__pydantic_fields__
    secret = _read(value, "lc_secrets") or {}
    for name, content in _attributes(value):
        if name in declared and not declared[name].exclude and name not in ("callbacks", "callback_manager"):
            yield name, MASK if name in secret and content else content


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    yield from dict(getattr(value, "__dict__", {})).items()


def _read(value: Any, name: str) -> Any:
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001  # a property of the application's object may raise anything
        return None


def _name_of(thing: type | Callable[..., Any]) -> str:
    return f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', type(thing).__name__)}"


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
