"""The upload unit: everything about one session that a target may want, read from the tables once.

A trace belongs whole to the session of its root run, also where `flush_tracker` ended that session while the trace
was still running: half a trace is of no use to anybody.

What a session is made of is worked out when a target asks for it: of one that was delivered before, nothing but its
digest is.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from lctrack_analysis.columns import SCHEMA_VERSION
from lctrack_uploaders import metrics, spans
from lctrack_uploaders.spool import Spool, spooled
from lctrack_uploaders.typing import Logs, Row

MAPPING_VERSION = 3
"""Raised when units are cut or built in another way, so that delivered sessions are delivered again."""

TABLES = (
    "sessions",
    "traces",
    "runs",
    "generations",
    "metrics",
    "complexity",
    "messages",
    "tool_calls",
    "retrievals",
    "errors",
    "scores",
    "assets",
    "action_records",
    "session_analysis",
)
"""Tables whose rows belong to a session and are delivered with it."""

COUNTED = ("action_records", "session_analysis")
"""Those of them whose rows count within their own session, whatever session owns the trace."""

PORTION = 10_000
"""Events of the sessions that are in memory at a time; a session is never divided."""

LEFT_OUT = ("record",)
"""Columns that hold once more what others hold."""

DRAWN = "pictures"
"""What the digest of the pictures is found under."""

PICTURES = ("dependency_tree", "entities")
"""Columns of `session_analysis` that name files with pictures."""

LABELS = {"project": "project", "name": "name", "group": "group_name", "entity": "entity", "job_type": "job_type"}
"""Labels of one value, and their columns in the table `sessions`."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One trace. Its first span is the root."""

    root_run_id: str
    spans: tuple[spans.Span, ...]


@dataclass(frozen=True)
class Unit:
    """One session. Times are Unix nanoseconds."""

    session_id: str
    tables: Mapping[str, pl.DataFrame]
    """Its rows, by table; tables without any are left out."""
    digests: Mapping[str, str] = field(repr=False)
    """Of the content of each of them: equal content has an equal digest, wherever the logs lie."""
    pictures: Mapping[str, Path] = field(default_factory=dict, repr=False)
    """Files with pictures of its generated texts, by the name that `session_analysis` gives them."""
    segments: Mapping[str, Path] = field(default_factory=dict, repr=False)
    """The files that hold it, by segment, where they are known. They may hold other sessions as well."""

    def digest_of(self, *tables: str) -> str:
        """Give the digest of some tables' content: equal content has an equal digest, wherever the logs lie.

        Args:
            *tables: Names; none means all, and the pictures.

        Returns:
            Hexadecimal digits.
        """
        content = [(name, self.digests.get(name, "")) for name in sorted(tables or (*TABLES, DRAWN))]
        return digest(SCHEMA_VERSION, MAPPING_VERSION, *content)

    @cached_property
    def digest(self) -> str:
        """Of all that there is of the session."""
        return self.digest_of()

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Those of `LABELS` that are set."""
        return {label: self._session[column] for label, column in LABELS.items() if self._session[column]}

    @property
    def name(self) -> str:
        """What to call the session: its label, else its id."""
        return self.labels.get("name") or self.session_id

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return tuple(self._session["tags"] or ())

    @property
    def notes(self) -> str | None:
        """Its notes."""
        notes: str | None = self._session["notes"]
        return notes

    @cached_property
    def params(self) -> Mapping[str, Any]:
        """Its parameters."""
        params = json.loads(self._session["params"] or "{}")
        return params if isinstance(params, dict) else {"params": params}

    @property
    def host(self) -> str | None:
        """The machine that recorded it."""
        host: str | None = self._session["host"]
        return host

    @property
    def is_open(self) -> bool:
        """Whether no end of it was recorded."""
        return bool(self._session["status"] == "open")

    @cached_property
    def start(self) -> int:
        """Its first event."""
        start: int | None = self._session["start_time"]
        return min(self._times, default=0) if start is None else start

    @cached_property
    def end(self) -> int:
        """Its last event."""
        end: int | None = self._session["end_time"]
        return max(self._times, default=0) if end is None else end

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The models it called, sorted."""
        return tuple(sorted({row["model"] for row in self._rows("runs") if row["model"]}))

    @cached_property
    def failed(self) -> bool:
        """Whether an exception left one of its root runs."""
        return any(trace.spans[0].status == "error" for trace in self.traces)

    @cached_property
    def metrics(self) -> tuple[metrics.MetricPoint, ...]:
        """Its numbers as points in time."""
        runs, scores, complexity = map(self._rows, ("runs", "scores", "complexity"))
        return metrics.points(self._session, runs, scores, complexity, self.end)

    @cached_property
    def traces(self) -> tuple[Trace, ...]:
        """Its traces.

        Raises:
            TerminalError: If two runs of a trace cannot be told apart.
        """
        return tuple(_traces(self._rows("runs"), self._rows("errors")))

    @property
    def trace_count(self) -> int:
        """How many traces it has."""
        if "runs" not in self.tables:
            return 0
        return self.tables["runs"].select(pl.coalesce("trace_id", "run_id").n_unique()).item()  # type: ignore[no-any-return]  # one cell

    @cached_property
    def _session(self) -> Row:
        return self._rows("sessions")[0]

    @cached_property
    def _times(self) -> list[int]:
        rows = (self._session, *self._rows("runs"))
        return [time for row in rows for time in (row["start_time"], row["end_time"]) if time is not None]

    def _rows(self, table: str) -> list[dict[str, Any]]:
        """Give the rows of a table, times as integers: Python's own have no nanoseconds."""
        if table not in self.tables:
            return []
        return self.tables[table].with_columns(pl.selectors.datetime().cast(pl.Int64)).to_dicts()


def units(logs: Logs, files: Mapping[str, Path] | None = None) -> Iterator[Unit]:
    """Cut the logs into upload units.

    Args:
        logs: The tables.
        files: The log files, by segment.

    Yields:
        A unit for each session, in the order in which they started.
    """
    directory: Path | None = getattr(logs, "pictures", None)
    ordered = logs.sessions.sort("start_time", "session_id", nulls_last=True)
    with spooled(logs) as spool:
        for portion in _portions(ordered):
            frames, digests = _cut(spool, portion["session_id"].to_list())
            for session_id, names in portion.select("session_id", "segments").iter_rows():
                segments = {name: files[name] for name in names or () if name in files} if files else {}
                pictures = _pictures(frames[session_id], directory)
                if pictures:
                    drawn = [(name, blake2b(path.read_bytes()).hexdigest()) for name, path in pictures.items()]
                    digests[session_id][DRAWN] = digest(*drawn)
                yield Unit(session_id, frames[session_id], digests[session_id], pictures, segments)


def _portions(sessions: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Cut the sessions into portions of some events each."""
    number = pl.col("events").fill_null(0).cum_sum() // PORTION
    yield from sessions.with_columns(portion=number).partition_by("portion", maintain_order=True)


def _cut(spool: Spool, sessions: Sequence[str]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Give the rows of each session by table, and their digests."""
    frames: defaultdict[str, dict[str, pl.DataFrame]] = defaultdict(dict)
    digests: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name in TABLES:
        frame = spool.of(name, sessions, counted=name in COUNTED)
        content = frame.drop("owner", *LEFT_OUT, strict=False)
        start = 0
        for length, owner in frame["owner"].rle().struct.unnest().iter_rows():
            # A slice copies nothing.
            rows = frames[owner][name] = content.slice(start, length)
            digests[owner][name] = _digest(rows.write_ndjson().split("\n"))
            start += length
    return frames, digests


def _pictures(tables: Mapping[str, pl.DataFrame], directory: Path | None) -> dict[str, Path]:
    if directory is None or "session_analysis" not in tables:
        return {}
    named = (tables["session_analysis"][column] for column in PICTURES)
    names = sorted({name for column in named for name in column.drop_nulls()})
    return {name: directory / name for name in names if (directory / name).is_file()}


def digest(*parts: object) -> str:
    """Give a digest of what parts look like.

    Args:
        *parts: Numbers, texts, or tuples, lists and dictionaries of them.

    Returns:
        Hexadecimal digits; equal for equal parts, in any process.
    """
    return blake2b(json.dumps(parts, ensure_ascii=False).encode(errors="surrogatepass"), digest_size=16).hexdigest()


def _digest(lines: Sequence[str]) -> str:
    """Give the digest of some rows."""
    # Sorted, because the order of rows says nothing, and may change with the order in which files are read.
    return blake2b("\n".join(sorted(lines)).encode(), digest_size=16).hexdigest()


def _traces(runs: Sequence[Row], errors: Sequence[Row]) -> Iterator[Trace]:
    error_of = {row["run_id"]: row for row in errors}
    members: dict[str, list[Row]] = {}
    for row in runs:
        members.setdefault(row["trace_id"] or row["run_id"], []).append(row)
    for root, rows in members.items():
        yield Trace(root, spans.trace_spans(root, rows, error_of))
