"""Rebuilds sessions, runs and generations from lctrack's log files and answers SQL about them."""

from typing import TYPE_CHECKING, Any

from lctrack_analysis.errors import AnalysisError, NoLogsError, NoMatchError, QueryError, UsageError

if TYPE_CHECKING:
    from lctrack_analysis.logs import Logs, load

__all__ = ["AnalysisError", "Logs", "NoLogsError", "NoMatchError", "QueryError", "UsageError", "__version__", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import what needs polars and DuckDB when it is first used, so that `--help` waits for neither."""
    if name not in ("Logs", "load"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lctrack_analysis import logs  # noqa: PLC0415  # the point of this function

    return getattr(logs, name)
