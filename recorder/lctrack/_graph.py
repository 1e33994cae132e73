"""LangGraph's interrupts and resumptions, which it tells only to subclasses of its own handler.

Importing LangGraph takes most of a second, so an application that does not use it must not pay for it: a handler
becomes a subclass when the first chain starts after the application itself has imported LangGraph. A graph tells of
its start before it looks for handlers of interrupts.

It looks for them in the configuration alone, where the handler of `autolog` is not: there its two functions that look
are wrapped, in the module that calls them. A LangGraph without these functions only tells less.
"""

import functools
import sys
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["heed_graphs", "tell_of_graphs"]

_CALLER = "langgraph.pregel.main"
_LOOKERS = ("get_sync_graph_callback_manager_for_config", "get_async_graph_callback_manager_for_config")
_WRAPPED = "_lctrack_wrapped"


class _Holder(Protocol):
    """What holds the handler that hears of every graph, while there is one."""

    handler: Any


def heed_graphs(handler: Any) -> None:
    """Let a handler be told of interrupts and resumptions, if LangGraph is there to tell.

    Args:
        handler: A callback handler with the methods `on_interrupt` and `on_resume`.
    """
    module = sys.modules.get("langgraph.callbacks")
    base = getattr(module, "GraphCallbackHandler", None)
    if base is not None and not isinstance(handler, base):
        kind: Any = type(handler)
        handler.__class__ = _heeding(kind, base)


@functools.cache
def _heeding(kind: Any, base: Any) -> type:
    """Derive a class that is both, under the name of the first."""
    return type(kind.__name__, (kind, base), {"__doc__": kind.__doc__, "__module__": kind.__module__})


def tell_of_graphs(holder: _Holder) -> None:
    """Let LangGraph, once it is loaded, tell a handler of the interrupts and resumptions of every graph.

    Args:
        holder: Has the handler, or None; there is one such object for the life of the process.
    """
    module: Any = sys.modules.get(_CALLER)
    if module is None or hasattr(module, _WRAPPED) or not all(hasattr(module, name) for name in _LOOKERS):
        return
    setattr(module, _WRAPPED, True)
    for name in _LOOKERS:
        setattr(module, name, _adding(getattr(module, name), holder))


def _adding(look: Callable[..., Any], holder: _Holder) -> Callable[..., Any]:
    @functools.wraps(look)
    def looked(*args: Any, **kwargs: Any) -> Any:
        manager = look(*args, **kwargs)
        handler = holder.handler
        try:
            if handler is not None and not any(handler is other for other in manager.handlers):
                manager.add_handler(handler)
        except Exception as error:  # noqa: BLE001  # the application must not notice
            handler.recorder.failed(error)
        return manager

    return looked
