"""How a run came out. LangChain reports each exception as an error, also those with which LangGraph only steers.

The classes are known by name: a log is read where LangGraph is not installed.
"""

from collections.abc import Mapping
from typing import Any

from lctrack.format import STEERING
from lctrack_analysis.extract.values import as_text

__all__ = ["outcome"]


def outcome(error: Mapping[str, Any] | None) -> str:
    """Give the status of a run that has ended.

    Args:
        error: What its end says of an error; None where it has none.
    """
    if error is None:
        return "ok"
    return STEERING.get(as_text(error.get("type")) or "", "error")
