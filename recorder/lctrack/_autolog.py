"""Recording every LangChain run of the process, without touching the code that makes them."""

import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from langchain_core.tracers.context import register_configure_hook

from lctrack._graph import tell_of_graphs
from lctrack._handler import LogCallbackHandler

if TYPE_CHECKING:
    from contextvars import ContextVar

    from typing_extensions import Unpack

    from lctrack._migrating import HandlerOptions

__all__ = ["autolog"]


class _Everywhere:
    """Stands where LangChain expects a context variable; unlike one, it says the same in every thread."""

    def __init__(self) -> None:
        self.handler: LogCallbackHandler | None = None
        self.asked: tuple[str, Mapping[str, Any]] | None = None  # the directory and the options that it was made with

    def get(self) -> LogCallbackHandler | None:
        """Give the handler that is to be added to whatever runs; LangChain asks for it at the start of each run."""
        if self.handler is not None:
            tell_of_graphs(self)
        return self.handler


_everywhere = _Everywhere()
_registered = False
_lock = threading.Lock()  # protects both of the above


def autolog(
    log_dir: str | os.PathLike[str] | None = None, *, disable: bool = False, **options: "Unpack[HandlerOptions]"
) -> LogCallbackHandler | None:
    """Record every LangChain run of this process from now on, in every thread.

    Calling it again with the same arguments changes nothing, as when a cell of a notebook is run again; with others, it
    ends what was recorded so far and begins anew. A run that is given the handler that this returns is recorded
    once; one that is given another `LogCallbackHandler` is recorded by both.

    Args:
        log_dir: Directory for the log files; by default what `LogCallbackHandler` takes.
        disable: Stop recording instead.
        **options: The other arguments of `LogCallbackHandler`: `project`, `name`, `tags`, `stream`, ….

    Returns:
        The handler that records, for `flush_tracker`, `stats` and spans; None when recording stops.

    Raises:
        TypeError: There is no such option; what was recorded so far goes on.
        ValueError: An option has a value it cannot have; likewise.
    """
    global _registered  # noqa: PLW0603  # LangChain's list of hooks is global too, and knows no removal
    with _lock:
        before = _everywhere.handler
        if disable:
            _everywhere.handler = None
        else:
            handler = LogCallbackHandler(log_dir, **options)
            asked = (str(handler.recorder.log_dir.absolute()), {**options})
            if before is not None and _same(asked, _everywhere.asked):
                return before
            _everywhere.handler, _everywhere.asked = handler, asked
            if not _registered:
                register_configure_hook(cast("ContextVar[Any]", _everywhere), inheritable=True)
                _registered = True
        if before is not None:
            before.close()
        return _everywhere.handler


def _same(one: object, other: object) -> bool:
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001  # parameters may be any objects
        return False
