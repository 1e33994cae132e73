"""A tree of runs with their durations, for a terminal and for a notebook.

Children stand below their parents in the order in which they started. Runs whose parents form a circle stand at the
top, each once. Names come from applications and models: what a terminal or a browser would obey is shown instead.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from lctrack_analysis.notebook.page import html_text
from lctrack_analysis.render import cell_text

__all__ = ["COLUMNS", "MOST_RUNS", "Placed", "RunTree", "duration_text", "placed_runs"]

COLUMNS = ("run_id", "parent_run_id", "name", "kind", "duration_ms", "status", "error_type", "total_tokens", "model")
"""Columns of `runs` that it takes."""

MOST_RUNS = 1_000
"""How many runs are shown."""
_STYLES = {"error": "red", "open": "yellow", "interrupted": "cyan"}
_NAME = 60
_SECOND, _MINUTE = 1_000, 60_000
_WIDE = 10_000
_MOST_INDENTS = 25


class Placed(NamedTuple):
    """A run, and how deep it stands."""

    depth: int
    run: dict[str, Any]


class RunTree:
    """The runs of a session as a tree: print it, or let a notebook show it.

    Args:
        title: What stands at its top.
        runs: Rows of `runs` with `COLUMNS` at least, in the order in which they started.
    """

    def __init__(self, title: str, runs: pl.DataFrame) -> None:
        self._title = cell_text(title)
        self._placed = placed_runs(runs.select(COLUMNS).to_dicts())

    def __rich__(self) -> Tree:
        tree = Tree(Text(self._title, style="bold"))
        path = [tree]
        for depth, run in self._placed[:MOST_RUNS]:
            del path[depth + 1 :]
            style = _STYLES.get(run["status"], "")
            line = Text(_name(run), style=style).append(f"  {_details(run)}", style="" if style else "dim")
            path.append(path[depth].add(line))
        if self._left_out:
            tree.add(Text(self._left_out, style="dim"))
        return tree

    def __str__(self) -> str:
        text = io.StringIO()
        Console(file=text, width=_WIDE, color_system=None, emoji=False, highlight=False).print(self)
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """Show it in a notebook, each run with others in it to be folded."""
        parts = [f'<div class="lctrack"><b>{html_text(self._title)}</b>']
        shown = self._placed[:MOST_RUNS]
        depths: list[int] = []  # of the folds that are open
        for (depth, run), following in zip(shown, [*shown[1:], None], strict=True):
            while depths and depths[-1] >= depth:
                parts.append("</details>")
                depths.pop()
            colour = ' style="color:#c33"' if run["status"] == "error" else ""
            line = f"<span{colour}>{html_text(_name(run))}</span> <small>{html_text(_details(run))}</small>"
            # Indented as it is deep, but never out of sight.
            indent = f"margin-left:{1.2 if 0 < len(depths) <= _MOST_INDENTS else 0}em"
            if following is not None and following.depth > depth:
                parts.append(f'<details open style="{indent}"><summary>{line}</summary>')
                depths.append(depth)
            else:
                parts.append(f'<div style="{indent};padding-left:1em">{line}</div>')
        parts += ["</details>"] * len(depths)
        return "".join([*parts, f"<div>{self._left_out}</div></div>"])

    @property
    def _left_out(self) -> str:
        more = len(self._placed) - MOST_RUNS
        return f"… and {more:,} more runs" if more > 0 else ""


def duration_text(milliseconds: float | None) -> str:
    """Write a duration as people say it; empty where there is none."""
    if milliseconds is None:
        return ""
    if milliseconds < _SECOND:
        return f"{milliseconds:.3g} ms" if milliseconds < _SECOND / 10 else f"{milliseconds:.0f} ms"
    if milliseconds < _MINUTE:
        return f"{milliseconds / _SECOND:.2f} s"
    minutes, rest = divmod(round(milliseconds / _SECOND), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _name(run: dict[str, Any]) -> str:
    return cell_text(run["name"] or run["kind"] or run["run_id"], _NAME)


def _details(run: dict[str, Any]) -> str:
    failed = run["status"] == "error"
    parts = [
        run["kind"] if run["name"] else None,
        duration_text(run["duration_ms"]),
        f"{run['total_tokens']:,} tokens" if run["total_tokens"] is not None else None,
        run["model"],
        None if run["status"] == "ok" else f"{run['status']}: {run['error_type']}" if failed else run["status"],
    ]
    return " · ".join(cell_text(part, _NAME) for part in parts if part)


def placed_runs(runs: Sequence[dict[str, Any]]) -> list[Placed]:
    """Put each run below its parent."""
    known = {run["run_id"] for run in runs}
    children: dict[str | None, list[dict[str, Any]]] = {}
    for run in runs:
        parent = run["parent_run_id"] if run["parent_run_id"] in known else None
        children.setdefault(parent, []).append(run)
    placed = list(_below(children.get(None, []), children, set()))
    reached = {run["run_id"] for _, run in placed}
    return placed + [Placed(0, run) for run in runs if run["run_id"] not in reached]


def _below(
    roots: list[dict[str, Any]], children: dict[str | None, list[dict[str, Any]]], seen: set[str]
) -> Iterator[Placed]:
    """Go through the runs in depth, however deep they are."""
    waiting = [Placed(0, run) for run in reversed(roots)]
    while waiting:
        place = waiting.pop()
        if place.run["run_id"] in seen:
            continue
        seen.add(place.run["run_id"])
        yield place
        below = children.get(place.run["run_id"], [])
        waiting += [Placed(place.depth + 1, run) for run in reversed(below)]
