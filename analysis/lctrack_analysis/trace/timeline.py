"""A trace on a time line, for a terminal: a bar for each run, below its parent, from its start to its end.

The lighter part of a bar is the time until the first streamed token. A run without an end has a bar to the end of the
trace; one without a start has none. Names come from applications and models: what a terminal would obey is shown.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from lctrack_analysis.notebook.tree import MOST_RUNS, Placed, duration_text, placed_runs
from lctrack_analysis.render import cell_text

__all__ = ["COLUMNS", "Timeline"]

COLUMNS = (
    "run_id", "parent_run_id", "name", "kind", "start_time", "end_time", "duration_ms", "status",
    "time_to_first_token_ms",
)  # fmt: skip
"""Columns of `runs` that it takes."""

_COLOURS = {"llm": "green", "chat_model": "green", "tool": "magenta", "retriever": "cyan", "chain": "blue"}
_OTHER = "blue"
_STYLES = {"error": "red", "open": "yellow"}
_MOST_WIDE, _LEAST_BAR, _NAME, _MOST_INDENTS = 120, 20, 40, 10
_DURATION = 12  # as wide as durations are at most
_MILLION = 1_000_000  # nanoseconds in a millisecond


class Timeline:
    """The runs of a trace on a time line; print it with rich.

    Args:
        title: What stands above it.
        runs: Rows of `runs` with `COLUMNS` at least, in the order in which they started.
    """

    def __init__(self, title: str, runs: pl.DataFrame) -> None:
        self._title = cell_text(title)
        times = pl.col("start_time", "end_time").dt.epoch("ns")
        self._placed = placed_runs(runs.select(COLUMNS).with_columns(times).to_dicts())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw it as wide as the terminal is, and never wider than can be read."""
        shown = self._placed[:MOST_RUNS]
        inks = ("#", "-") if options.ascii_only else ("█", "░")
        names = [_name(place) for place in shown]
        width = max(map(len, names), default=0)
        bar = max(min(options.max_width, _MOST_WIDE) - width - _DURATION - 4, _LEAST_BAR)
        first, last = _ends(self._placed)
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, min_width=bar)
        table.add_column(no_wrap=True, justify="right")
        for name, place in zip(names, shown, strict=True):
            run = place.run
            colour = _STYLES.get(run["status"], _COLOURS.get(run["kind"], _OTHER))
            line = Text(_bar(run, first, last, bar, inks), style=colour)
            table.add_row(Text(name, style=_STYLES.get(run["status"], "")), line, Text(_length(run)))
        yield Text(self._title, style="bold")
        yield table
        if len(self._placed) > MOST_RUNS:
            yield Text(f"… and {len(self._placed) - MOST_RUNS:,} more runs", style="dim")
        if any(place.run["time_to_first_token_ms"] for place in shown):
            yield Text(f"{inks[1]} until the first token", style="dim")


def _name(place: Placed) -> str:
    run = place.run
    text = cell_text(run["name"] or run["kind"] or run["run_id"], _NAME)
    return "  " * min(place.depth, _MOST_INDENTS) + text


def _length(run: dict[str, Any]) -> str:
    if run["duration_ms"] is not None and run["status"] != "error":
        return duration_text(run["duration_ms"])
    return cell_text(f"{run['status']} {duration_text(run['duration_ms'])}".strip())


def _ends(placed: Sequence[Placed]) -> tuple[int, int]:
    """Give when the first run starts and the last one ends, in Unix nanoseconds."""
    times = [place.run[name] for place in placed for name in ("start_time", "end_time")]
    known = [time for time in times if time is not None]
    return (min(known), max(known)) if known else (0, 0)


def _bar(run: dict[str, Any], first: int, last: int, width: int, inks: tuple[str, str]) -> str:
    """Draw the bar of a run: at least one character, wherever it lies."""
    if run["start_time"] is None:
        return ""
    per_character = max(last - first, 1) / width
    end = last if run["end_time"] is None else max(run["end_time"], run["start_time"])
    begin = min(int((run["start_time"] - first) / per_character), width - 1)
    stop = max(min(round((end - first) / per_character), width), begin + 1)
    until_token = (run["time_to_first_token_ms"] or 0) * _MILLION
    light = min(round(until_token / per_character), stop - begin)
    full, waiting = inks
    return " " * begin + waiting * light + full * (stop - begin - light)
