"""One session of the logs: its row, its tables, its tree of runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from lctrack_analysis.columns import TABLES
from lctrack_analysis.errors import UsageError
from lctrack_analysis.notebook.page import html_table
from lctrack_analysis.notebook.tree import COLUMNS, RunTree, duration_text
from lctrack_analysis.render import cell_text
from lctrack_analysis.selection.resolving import Labels, named_sessions

if TYPE_CHECKING:
    from lctrack_analysis.logs import Logs

__all__ = ["Session", "find_session"]

_FACTS = {
    "session_id": "session",
    "project": "project",
    "status": "status",
    "host": "host",
    "traces": "traces",
    "runs": "runs",
    "llm_starts": "calls",
    "total_tokens": "tokens",
    "errors": "errors",
    "llm_p50_ms": "llm p50 ms",
}


class Session:
    """One session; made by `Logs.session`. Its tables are attributes, as those of the logs are, and hold it alone.

    Args:
        logs: The logs that it is in; they must stay open.
        row: Its row of the table `sessions`.
    """

    def __init__(self, logs: "Logs", row: Mapping[str, Any]) -> None:
        self._logs = logs
        self._part: Logs | None = None
        self.row = dict(row)
        self.id = str(row["session_id"])

    @property
    def name(self) -> str:
        """What to call it: its label, else its id."""
        return str(self.row["name"] or self.id)

    @property
    def logs(self) -> "Logs":
        """Its part of the logs, with everything that logs can do."""
        if self._part is None:
            self._part = self._logs.filter(session=self.id)
        return self._part

    def tree(self) -> RunTree:
        """Give its runs as a tree with durations; print it, or let a notebook show it."""
        title = f"{self.name}  {duration_text(self.row['duration_ms'])}"
        own = self._logs.lazy("runs").filter(pl.col("session_id") == self.id)  # which makes no tables anew
        return RunTree(title, own.select(COLUMNS).collect())

    def __getattr__(self, name: str) -> pl.DataFrame:
        """Give a table as an attribute."""
        if name not in TABLES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self.logs.table(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *TABLES})

    def __repr__(self) -> str:
        return cell_text(
            f"<Session {self.name}: {self.id}, {self.row['traces']} traces, {self.row['runs']} runs, "
            f"{self.row['errors']} errors, {self.row['status']}>"
        )

    def _repr_html_(self) -> str:
        """Show it in a notebook: what it is, and its runs as a tree."""
        facts = pl.DataFrame([{shown: self.row[fact] for fact, shown in _FACTS.items()}])
        return f"<div>{html_table('Session', facts)}{self.tree()._repr_html_()}</div>"


def find_session(logs: "Logs", called: str) -> Session:
    """Find a session.

    Args:
        logs: The logs.
        called: Its id, its name, or the beginning of its id that no other has.

    Raises:
        NoMatchError: There is none.
        UsageError: There are several.
    """
    rows = logs.table("sessions").to_dicts()
    labels = [Labels(row["session_id"], row["project"], row["name"]) for row in rows]
    found = {each.session_id for each in named_sessions(called, labels, one=True)}
    if len(found) > 1:
        raise UsageError(
            f"{len(found)} sessions are called {called}: give an id, one of {', '.join(sorted(found)[:5])}"
        )
    [row] = [row for row in rows if row["session_id"] in found]
    return Session(logs, row)
