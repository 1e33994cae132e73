"""Rebuilds sessions, runs and generations from lctrack's log files and answers SQL about them."""

from lctrack_analysis.errors import AnalysisError, NoLogsError, QueryError, UsageError
from lctrack_analysis.logs import Logs, load

__all__ = ["AnalysisError", "Logs", "NoLogsError", "QueryError", "UsageError", "__version__", "load"]
__version__ = "0.1.0"
