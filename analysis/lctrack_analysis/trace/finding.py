"""What somebody calls a trace, found among those there are."""

from lctrack_analysis.errors import NoMatchError, UsageError
from lctrack_analysis.questions.asking import Asked, literal

__all__ = ["find_trace"]

_LEAST_PREFIX = 4
"""Beginnings of an id that are shorter are no help: ids made in the same minute begin alike."""
_MOST_NEAR = 5


def find_trace(logs: Asked, called: str) -> str:
    """Find a trace.

    Args:
        logs: The logs.
        called: Its id or that of a run in it, or a beginning of either that leads to no other trace.

    Returns:
        Its id.

    Raises:
        NoMatchError: There is none.
        UsageError: Several have an id that begins so.
    """
    text = literal(called)
    tried = [f"trace_id = {text}", f"run_id = {text}"]
    if len(called) >= _LEAST_PREFIX:
        tried += [f"starts_with(trace_id, {text})", f"starts_with(run_id, {text})"]
    for condition in tried:
        query = f"SELECT trace_id FROM runs WHERE {condition} GROUP BY ALL ORDER BY min(start_time), trace_id"  # noqa: S608  # the text is quoted
        found = [str(trace_id) for (trace_id,) in logs.query(query).frame.iter_rows()]
        if len(found) > 1:
            shown = ", ".join(found[:_MOST_NEAR])
            raise UsageError(f"{len(found)} traces have an id that begins with {called}: {shown}; give more of it")
        if found:
            return found[0]
    latest = logs.query("SELECT trace_id FROM traces ORDER BY start_time DESC NULLS LAST, trace_id LIMIT 1").frame
    hint = f"the latest is {latest.item()}" if latest.height else "there is none in these logs"
    raise NoMatchError(f"there is no trace {called}: {hint}")
