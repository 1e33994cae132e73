"""What goes wrong, and how often: errors where they arose, those that say the same taken together.

Messages say the same when they differ only in what changes from time to time: ids, numbers, quoted text, paths,
addresses. The price is that two kinds of failure which differ in nothing else are one; their example tells which.
"""

from typing import NamedTuple

from lctrack_analysis.query import Result
from lctrack_analysis.questions.asking import Asked, literal

__all__ = ["CHANGING", "Changing", "error_groups", "normalised"]

_MOST_OF_A_MESSAGE = 1_000
"""Characters that count; what follows is a dump more often than a reason."""


class Changing(NamedTuple):
    """Something that changes from time to time: its pattern (RE2), and what is put in its place."""

    pattern: str
    place: str


CHANGING = (
    Changing(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>)\]}]+", "<url>"),
    Changing(r"\b[0-9A-Fa-f]{8}-?(?:[0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\b", "<id>"),
    Changing(r"\b0[xX][0-9A-Fa-f]+\b", "<hex>"),
    Changing(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`[^`\n]*`|“[^”\n]*”", "<text>"),
    Changing(r"(^|[\s(\[{<=:,])(?:[A-Za-z]:\\[^\s,;:]+|(?:~|\.{1,2})?/(?:[\w.@%+~-]+/?)+)", r"\1<path>"),
    Changing(r"\b[A-Za-z]+[_-](?:[A-Za-z]*[0-9][A-Za-z0-9]*[_-]?){1,8}\b", "<id>"),  # call_8f3, req-011C
    Changing(r"\b(?:[0-9]+[A-Fa-f]|[A-Fa-f]+[0-9])[0-9A-Fa-f]{5,}\b", "<hex>"),
    Changing(r"[-+]?\b[0-9][0-9_,.:]*(?:[eE][-+]?[0-9]+)?", "<n>"),
)
"""What is put out of messages, in this order."""


def normalised(message: str) -> str:
    """Give SQL for a message without what changes from time to time.

    Args:
        message: SQL for the message.
    """
    expression = f"left({message}, {_MOST_OF_A_MESSAGE})"
    for pattern, place in CHANGING:
        expression = f"regexp_replace({expression}, {literal(pattern)}, {literal(place)}, 'g')"
    return expression


def error_groups(logs: Asked) -> Result:
    """Count errors where they arose, by type and by what they say.

    Returns:
        One row for each group, the most frequent first: `times`, `type`, `message` with what changes put out, `first`
        and `last` seen, `sessions` (how many), `run` (most frequent name), and of the latest error its `example`,
        `run_id` and `trace_id`.
    """
    return logs.query(f"""
        SELECT
            count(*) AS times,
            type,
            {normalised("message")} AS message,
            min(time) AS first,
            max(time) AS last,
            count(DISTINCT session_id) AS sessions,
            mode(name ORDER BY name) AS run,
            arg_max(message, (time, run_id)) AS example,
            arg_max(run_id, (time, run_id)) AS run_id,
            arg_max(trace_id, (time, run_id)) AS trace_id
        FROM errors
        WHERE is_origin
        GROUP BY type, {normalised("message")}
        ORDER BY times DESC, last DESC, type, 3
    """)  # noqa: S608  # patterns of our own
