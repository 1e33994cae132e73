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
    if name == "LogCallbackHandler":
        from lctrack._handler import LogCallbackHandler  # noqa: PLC0415  # the point of this function

        return LogCallbackHandler
    if name == "autolog":
        from lctrack._autolog import autolog  # noqa: PLC0415  # likewise

        return autolog
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
