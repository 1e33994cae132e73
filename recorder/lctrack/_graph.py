"""LangGraph's interrupts and resumptions, which it tells only to subclasses of its own handler.

Importing LangGraph takes most of a second, so an application that does not use it must not pay for it: a handler
becomes a subclass when the first chain starts after the application itself has imported LangGraph. A graph tells of
its start before it looks for handlers of interrupts.
"""

import functools
import sys
from typing import Any

__all__ = ["heed_graphs"]


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
