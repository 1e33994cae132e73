"""Rebuilds sessions, runs and generations from lctrack's log files and answers SQL about them."""

from typing import TYPE_CHECKING, Any

from lctrack_analysis.errors import AnalysisError, NoLogsError, NoMatchError, QueryError, UsageError

if TYPE_CHECKING:
    from lctrack_analysis.logs import Logs, load
    from lctrack_analysis.notebook import RunTree, Session

__all__ = [
    "AnalysisError",
    "Logs",
    "NoLogsError",
    "NoMatchError",
    "QueryError",
    "RunTree",
    "Session",
    "UsageError",
    "__version__",
    "load",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what needs polars and DuckDB when it is first used, so that `--help` waits for neither."""
    if name not in ("Logs", "RunTree", "Session", "load"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lctrack_analysis import logs, notebook  # noqa: PLC0415  # the point of this function

    return getattr(notebook if name in notebook.__all__ else logs, name)
