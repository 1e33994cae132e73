"""Records what an application does with language models into local log files.

Standard library only, no network. `LogCallbackHandler` records LangChain (and imports the langchain-core that the
application has, when it is first asked for); `Recorder` records any other code through spans.
"""

from typing import TYPE_CHECKING, Any

from lctrack._recorder import Recorder
from lctrack._span import Span

if TYPE_CHECKING:
    from lctrack._autolog import autolog
    from lctrack._handler import LogCallbackHandler

__all__ = ["LogCallbackHandler", "Recorder", "Span", "__version__", "autolog"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what needs LangChain when it is first used, so that code without LangChain needs none."""
    if name not in ("LogCallbackHandler", "autolog"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        if name == "autolog":
            from lctrack import _autolog  # noqa: PLC0415  # the point of this function

            return _autolog.autolog
        from lctrack import _handler  # noqa: PLC0415  # likewise
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "langchain_core":
            raise
        needed = f"lctrack.{name} records LangChain, which is not installed: pip install langchain-core"
        raise ModuleNotFoundError(needed, name=error.name) from error
    return _handler.LogCallbackHandler
