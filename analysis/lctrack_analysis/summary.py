"""What a person wants to know first: what was recorded, how long it took, what it cost, what went wrong."""

from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from lctrack_analysis.logs import Logs
from lctrack_analysis.render import table_of, visible

__all__ = ["print_summary"]

_MOST = 20


class _Section(NamedTuple):
    """A part of the summary: its title, the query for its rows, and which are shown of many, the last or the first."""

    title: str
    query: str
    latest: bool = False


_SHORT = {
    "flesch_reading_ease": "ease",
    "flesch_kincaid_grade": "grade",
    "smog_index": "smog",
    "gunning_fog": "fog",
    "difficult_words": "difficult",
}
"""As many metrics as fit on a terminal, and what they are called there."""


def _complexity_query(scope: str) -> str:
    """Give the query for the complexity of the generated texts, by `model` or by `session`."""
    names = {"model": "coalesce(told.model, '(unknown)')", "session": "coalesce(any_value(name), told.session_id)"}
    values = ", ".join(
        f"""any_value(round(value, 1)) FILTER (metric = '{metric}') AS "{short}\"""" for metric, short in _SHORT.items()
    )
    return f"""
        WITH told AS (
            UNPIVOT (SELECT * FROM complexity WHERE scope = '{scope}') ON mean, median, p10, p90
            INTO NAME statistic VALUE value
        )
        SELECT
            CASE statistic WHEN 'mean' THEN {names[scope]} END AS {scope},
            CASE statistic WHEN 'mean' THEN max(count) END AS texts, statistic AS value, {values}
        FROM told LEFT JOIN sessions USING (session_id)
        GROUP BY told.session_id, told.model, statistic
        ORDER BY any_value(start_time), max(count) DESC, told.session_id, told.model, statistic
        """  # noqa: S608  # names of our own


_SECTIONS = (
    _Section(
        "Sessions",
        """
        SELECT
            coalesce(name, session_id) || CASE status WHEN 'open' THEN ' (open)' ELSE '' END AS session,
            strftime(start_time, '%m-%d %H:%M') AS "start UTC", round(duration_ms / 1000, 3) AS seconds, traces, runs,
            llm_starts AS calls, total_tokens AS tokens, errors
        FROM sessions ORDER BY start_time, session_id
        """,
        latest=True,
    ),
    _Section(
        "Runs",
        """
        SELECT
            kind, count(*) AS runs, count(*) FILTER (WHERE status = 'error') AS errors,
            count(*) FILTER (WHERE status = 'open') AS open,
            round(median(duration_ms), 2) AS "p50 ms", round(quantile_cont(duration_ms, 0.9), 2) AS "p90 ms",
            round(quantile_cont(duration_ms, 0.99), 2) AS "p99 ms", round(max(duration_ms), 2) AS "max ms"
        FROM runs GROUP BY kind ORDER BY runs DESC, kind
        """,
    ),
    _Section(
        "Models",
        """
        SELECT
            coalesce(model, '(unknown)') AS model, count(*) AS calls, sum(input_tokens) AS "in",
            sum(output_tokens) AS "out", sum(cached_tokens) AS cached, sum(reasoning_tokens) AS reasoning,
            round(median(duration_ms), 2) AS "p50 ms",
            round(median(time_to_first_token_ms), 2) AS "first ms"
        FROM runs WHERE kind IN ('llm', 'chat_model') GROUP BY model ORDER BY calls DESC, model
        """,
    ),
    _Section(
        "Cost of model calls, by what their tokens are priced at",
        """
        SELECT
            coalesce(model, '(unknown)') AS model, count(*) AS calls, round(sum(cost), 4) AS "US$",
            priced_by AS "priced by"
        FROM runs WHERE priced_by IS NOT NULL AND (SELECT count(cost) > 0 FROM runs)
        GROUP BY model, priced_by ORDER BY sum(cost) DESC NULLS LAST, model, priced_by
        """,
    ),
    *(
        _Section(f"Complexity by {scope} (all metrics: --table complexity)", _complexity_query(scope))
        for scope in ("model", "session")
    ),
    _Section(
        "Errors, where they arose",
        """
        SELECT
            type, min(message) AS message, count(*) AS times, min(name) AS run,
            strftime(max(time), '%m-%d %H:%M:%S') AS "last UTC"
        FROM errors WHERE is_origin GROUP BY type, left(message, 100) ORDER BY times DESC, max(time) DESC, type, message
        """,
    ),
    _Section(
        "Losses: events that could not be recorded",
        """
        SELECT data ->> 'reason' AS reason, try_cast(sum(try_cast(data ->> 'count' AS BIGINT)) AS BIGINT) AS events
        FROM events WHERE event = 'dropped' GROUP BY ALL ORDER BY ALL
        """,
    ),
    _Section(
        "Problems: lines that could not be used",
        "SELECT reason, line, parse_filename(file) AS file FROM problems ORDER BY problems.file, line",
    ),
)
_COUNTS = """
SELECT
    (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM traces) AS traces,
    (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM generations) AS generations,
    min(time) AS first, max(time) AS last
FROM events
"""


def print_summary(logs: Logs, where: str, console: Console) -> None:
    """Print the summary.

    Args:
        logs: The logs.
        where: How the user named them, for the commands that are suggested.
        console: Where to print.
    """
    console.print(_headline(logs), highlight=False)
    for section in _SECTIONS:
        rows = logs.sql(section.query)
        if rows.is_empty():
            continue
        console.print()
        console.print(section.title, style="bold")
        left_out = max(rows.height - _MOST, 0)
        if section.latest:
            if left_out:
                console.print(f"… {left_out} earlier", style="dim")
            console.print(table_of(rows.tail(_MOST)))
            continue
        console.print(table_of(rows.head(_MOST)))
        if left_out:
            console.print(f"… and {left_out} more", style="dim")
    console.print()
    console.print("Next:", style="bold")
    for command in _suggestions(logs, where):
        console.print(Text(f"  {command}"), soft_wrap=True)


def _headline(logs: Logs) -> Text:
    counts = logs.sql(_COUNTS).row(0, named=True)
    parts = [_counted(counts[name], name) for name in ("sessions", "traces", "runs", "generations")]
    span = f"{counts['first']:%Y-%m-%d %H:%M:%S} to {counts['last']:%Y-%m-%d %H:%M:%S} UTC"
    return Text(" · ".join([*parts, span]), style="bold")


def _counted(count: int, plural: str) -> str:
    return f"{count:,} {plural if count != 1 else plural.removesuffix('s')}"


def _suggestions(logs: Logs, where: str) -> list[str]:
    shown = visible(where)
    commands = [
        f'lctrack-analyze {shown} --sql "SELECT name, duration_ms FROM traces ORDER BY duration_ms DESC LIMIT 5"',  # noqa: S608  # text to show
        f"lctrack-analyze {shown} --sql",
        f"lctrack-upload {shown} --to mlflow",
    ]
    failed = logs.sql("SELECT count(*) AS n FROM errors").item()
    if isinstance(failed, int) and failed:
        commands.insert(0, f"lctrack-analyze {shown} --errors")
    return commands
