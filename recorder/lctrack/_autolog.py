"""Recording every LangChain run of the process, without touching the code that makes them."""

import os
import threading
from typing import TYPE_CHECKING, Any, cast

from langchain_core.tracers.context import register_configure_hook

from lctrack._handler import LogCallbackHandler

if TYPE_CHECKING:
    from contextvars import ContextVar

    from typing_extensions import Unpack

    from lctrack._options import Options

__all__ = ["autolog"]


class _Everywhere:
    """Stands where LangChain expects a context variable; unlike one, it says the same in every thread."""

    def __init__(self) -> None:
        self.handler: LogCallbackHandler | None = None

    def get(self) -> LogCallbackHandler | None:
        """Give the handler that is to be added to whatever runs."""
        return self.handler


_everywhere = _Everywhere()
_registered = False
_lock = threading.Lock()  # protects both of the above


def autolog(
    log_dir: str | os.PathLike[str] | None = None, *, disable: bool = False, **options: "Unpack[Options]"
) -> LogCallbackHandler | None:
    """Record every LangChain run of this process from now on, in every thread.

    Calling it again ends what was recorded so far and begins anew, with the new arguments.

    Args:
        log_dir: Directory for the log files; by default what `LogCallbackHandler` takes.
        disable: Stop recording instead.
        **options: The other arguments of `LogCallbackHandler`: `project`, `name`, `tags`, `stream`, ….

    Returns:
        The handler that records, for `flush_tracker`, `stats` and spans; None when recording stops.
    """
    global _registered  # noqa: PLW0603  # LangChain's list of hooks is global too, and knows no removal
    with _lock:
        before, _everywhere.handler = _everywhere.handler, None
        if before is not None:
            before.close()
        if disable:
            return None
        if not _registered:
            register_configure_hook(cast("ContextVar[Any]", _everywhere), inheritable=True)
            _registered = True
        _everywhere.handler = LogCallbackHandler(log_dir, **options)
        return _everywhere.handler
