"""What the logs are, in a line for `repr`, and on a page for a notebook."""

import polars as pl

from lctrack_analysis.notebook.page import html_table, html_text
from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.questions.error_groups import error_groups

__all__ = ["overview", "overview_page"]

_MOST = 20
_COUNTS = """
SELECT
    (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM traces) AS traces,
    (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM problems) AS problems,
    (SELECT strftime(min(start_time), '%Y-%m-%d %H:%M:%S') FROM sessions) AS first,
    (SELECT strftime(max(end_time), '%Y-%m-%d %H:%M:%S') FROM sessions) AS last
"""
_SESSIONS = """
SELECT
    coalesce(name, session_id) AS session, project, strftime(start_time, '%Y-%m-%d %H:%M:%S') AS "start UTC",
    round(duration_ms / 1000, 3) AS seconds, traces, runs, llm_starts AS calls, total_tokens AS tokens, errors, status
FROM sessions ORDER BY sessions.start_time DESC, session_id
"""


def overview(logs: Asked) -> str:
    """Count what there is, in one line."""
    counts = logs.query(_COUNTS).frame.row(0, named=True)
    parts = [_counted(counts[name], name) for name in ("sessions", "traces", "runs")]
    if counts["problems"]:
        parts.append(_counted(counts["problems"], "problems"))
    if counts["first"]:
        parts.append(f"{counts['first']} to {counts['last']} UTC")
    return " · ".join(parts)


def overview_page(logs: Asked) -> str:
    """Show what there is: counts, the latest sessions, what goes wrong."""
    sessions = logs.query(_SESSIONS).frame
    errors = error_groups(logs).frame
    seen = errors.select("times", "type", "message", "run", pl.col("last").dt.strftime("%Y-%m-%d %H:%M:%S"))
    return (
        f'<div class="lctrack"><p><b>lctrack</b> · {html_text(overview(logs))}</p>'
        + html_table("Sessions, the latest first", sessions.head(_MOST), max(sessions.height - _MOST, 0))
        + html_table("Errors, where they arose", seen.head(_MOST), max(seen.height - _MOST, 0))
        + "</div>"
    )


def _counted(count: int, plural: str) -> str:
    return f"{count:,} {plural if count != 1 else plural.removesuffix('s')}"
