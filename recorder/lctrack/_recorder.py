"""The writer of log format 1.

Promises: an event whose call returned is in the file, whatever happens to the process; nothing raises into the
application (unless `raise_error` asks for it): what cannot be written is counted, reported once to the `lctrack`
logger, and told in the log by a `dropped` event as soon as writing works again.
Accepts: one write system call for each event, and a lock held for its length.
"""

import atexit
import logging
import os
import platform
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from lctrack._encode import encode
from lctrack._segment import Segment
from lctrack._session import Labels, Session
from lctrack._span import Span, active_span
from lctrack.format import ENDS, ERRORS, FORMAT, STARTS

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["OpenRun", "Recorder"]

_log = logging.getLogger("lctrack")
_recorders: "weakref.WeakSet[Recorder]" = weakref.WeakSet()

on_internal_error: Callable[[Exception], None] | None = None
"""Told of each error in the recorder itself; tests set it, so that none goes unnoticed there."""


class OpenRun:
    """What the recorder remembers of a run until it ends."""

    __slots__ = ("chunks", "first_token_ts", "parent_run_id", "session", "trace_id")

    def __init__(self, trace_id: str, parent_run_id: str | None, session: Session) -> None:
        self.trace_id = trace_id
        self.parent_run_id = parent_run_id
        self.session = session
        self.first_token_ts: int | None = None
        self.chunks = 0


class _Loss(NamedTuple):
    """Events lost since writing last worked."""

    events: int
    reason: str


class Recorder:
    """Writes events into a new segment file below a directory; the file is made with the first event.

    Args:
        log_dir: Directory for the segment files; made with mode 0700 where it is missing.
        project: Label of the sessions, as are the next five.
        name: What the sessions are called, unless a flush names them.
        group: Label.
        entity: Label.
        job_type: Label.
        tags: Label.
        notes: Label.
        params: Parameters of the sessions, for trackers to show.
        stream: What is kept of streamed tokens: `"timing"` the time of the first and their number, `"tokens"` each
            of them as an event too, `"off"` nothing.
        raise_error: Raise errors of the recorder itself into the application instead of counting them.

    Raises:
        ValueError: `stream` is none of the three.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        *,
        project: str | None = None,
        name: str | None = None,
        group: str | None = None,
        entity: str | None = None,
        job_type: str | None = None,
        tags: Sequence[str] | None = None,
        notes: str | None = None,
        params: Mapping[str, Any] | None = None,
        stream: Literal["timing", "tokens", "off"] = "timing",
        raise_error: bool = False,
    ) -> None:
        if stream not in ("timing", "tokens", "off"):
            raise ValueError(f"stream is 'timing', 'tokens' or 'off', not {stream!r}")
        self.log_dir = Path(log_dir)
        self.stream = stream
        self.raise_error = raise_error
        self._labels = Labels(project, name, group, entity, job_type, tags, notes, params)
        self._session = Session(self._labels)
        self._segment: Segment | None = None
        self._open: dict[str, OpenRun] = {}
        # Protects the segment and its order of lines, the session, the loss and the totals; reentrant because a
        # finaliser or a signal handler that records may run inside it.
        self._lock = threading.RLock()
        self._loss: _Loss | None = None
        self._events = self._bytes = self._dropped = self._segments = 0
        self._reported: set[str] = set()
        _recorders.add(self)

    # ------------------------------------------------------------------ what users call

    @property
    def session_id(self) -> str:
        """Id of the session that the next root run belongs to."""
        return self._session.id

    def span(
        self,
        name: str,
        *,
        kind: str = "chain",
        inputs: Any = None,
        tags: Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
        model: str | None = None,
    ) -> Span:
        """Make a span: a run of code without LangChain, recorded while it is entered with `with`.

        Args:
            name: What the run is called.
            kind: What it is: `agent`, `tool`, `llm`, `chain`, `retriever`, or a word of your own.
            inputs: What goes in: any object.
            tags: Tags of the run.
            metadata: Metadata of the run.
            model: Name of the model, for kind `llm`.

        Returns:
            The span; spans and LangChain runs entered within it become its children.
        """
        return Span(self, name, kind=kind, inputs=inputs, tags=tags, metadata=metadata, model=model)

    def score(
        self, key: str, value: float | bool | str, *, run_id: object | None = None, comment: str | None = None
    ) -> None:
        """Record feedback on a run.

        Args:
            key: What is scored, for example `correctness`.
            value: A number, a truth value, or a label.
            run_id: The run; the active span where it is left out.
            comment: A remark.
        """
        span = active_span(self)
        target = str(run_id) if run_id is not None else span.run_id if span else None
        self.emit("score", {"key": key, "value": value, "comment": comment}, run_id=target)

    def asset(
        self, value: Any, *, name: str | None = None, kind: str = "serialized", graph: Mapping[str, Any] | None = None
    ) -> None:
        """Record the description of a chain, a model or an agent with the current session.

        Args:
            value: The description as JSON-like data, or the text of the source file that defines it.
            name: What it is called.
            kind: `serialized` or `source`.
            graph: Its nodes and edges, where it has a graph.
        """
        self.emit("asset", {"kind": kind, "value": value, "graph": graph}, name=name)

    def flush(self, name: str | None = None, **labels: Any) -> None:
        """End the current session and begin the next.

        Args:
            name: What the session that ends is called, in place of the name it had.
            **labels: Labels that the sessions from the next one on have instead: `project`, `group`, ….
        """
        with self._lock:
            self._end_session(name)
            self._labels = self._labels.replace(**labels)
            self._session = Session(self._labels)

    def close(self) -> None:
        """End the session and close the file; a later event begins new ones."""
        with self._lock:
            self._end_session(None)
            self._session = Session(self._labels)
            self._close_segment()

    def stats(self) -> dict[str, int]:
        """Count what was recorded: `events`, `bytes`, `dropped`, `segments`, `open_runs`."""
        return {
            "events": self._events,
            "bytes": self._bytes,
            "dropped": self._dropped,
            "segments": self._segments,
            "open_runs": len(self._open),
        }

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    # ------------------------------------------------------------------ what records

    def emit(
        self,
        event: str,
        fields: Mapping[str, Any],
        *,
        run_id: str | None = None,
        parent_run_id: str | None = None,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Write one event; an error is counted (see `stats`), not raised.

        Args:
            event: Its name, one of `lctrack.format.EVENTS`.
            fields: Its own fields; those that are None are left out.
            run_id: The run it belongs to.
            parent_run_id: The run that contains that run.
            name: Name of the run.
            tags: Tags of the run.
            metadata: Metadata of the run.
        """
        try:
            self.write(
                event, fields, run_id=run_id, parent_run_id=parent_run_id, name=name, tags=tags, metadata=metadata
            )
        except Exception as error:  # noqa: BLE001  # the application must not notice
            self.failed(error)

    def write(
        self,
        event: str,
        fields: Mapping[str, Any],
        *,
        run_id: str | None = None,
        parent_run_id: str | None = None,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        """Do as `emit` does, for callers that handle errors themselves.

        Raises:
            OSError: The event could not be written.
        """
        record: dict[str, Any] = {"ts": time.time_ns(), "event": event}
        run = self._run_of(event, run_id, parent_run_id) if run_id is not None else None
        session = run.session if run else self._session
        record["session_id"] = session.id
        if run:
            record["trace_id"] = run.trace_id
            record["run_id"] = run_id
            if run.parent_run_id is not None:
                record["parent_run_id"] = run.parent_run_id
        if name is not None:
            record["name"] = name
        if tags:
            record["tags"] = tags
        if metadata:
            record["metadata"] = metadata
        record["thread"] = threading.get_ident()
        record |= {key: value for key, value in fields.items() if value is not None}
        body = encode(record)
        with self._lock:
            self._write(body, session)

    def open_run(self, run_id: str) -> OpenRun | None:
        """Give what is remembered of a run that has not ended."""
        return self._open.get(run_id)

    def failed(self, error: Exception) -> None:
        """Count an event that could not be recorded, and report the first of each kind."""
        self._dropped += 1
        reason = f"{type(error).__name__}: {error}"
        self._loss = _Loss((self._loss.events if self._loss else 0) + 1, reason)
        kind = type(error).__name__
        if kind not in self._reported:
            self._reported.add(kind)
            _log.warning("could not record an event into %s (%s); the application goes on", self.log_dir, reason)
        if on_internal_error is not None and not isinstance(error, OSError):
            on_internal_error(error)
        if self.raise_error:
            raise error

    def _run_of(self, event: str, run_id: str, parent_run_id: str | None) -> OpenRun:
        """Find the run an event belongs to: remember it at its start, forget it at its end."""
        if event in STARTS:
            parent = self._open.get(parent_run_id) if parent_run_id is not None else None
            # A parent that is not open here may be in another process: its id is the best there is.
            trace_id, session = (
                (parent.trace_id, parent.session) if parent else (parent_run_id or run_id, self._session)
            )
            run = self._open[run_id] = OpenRun(trace_id, parent_run_id, session)
            return run
        known = self._open.pop(run_id, None) if event in ENDS or event in ERRORS else self._open.get(run_id)
        return known or OpenRun(parent_run_id or run_id, parent_run_id, self._session)

    # ------------------------------------------------------------------ under the lock

    def _write(self, body: bytes, session: Session) -> None:
        segment = self._segment or self._new_segment()
        if self._loss is not None:
            loss, self._loss = self._loss, None
            self._book("dropped", count=loss.events, reason=loss.reason)
        if session.events == 0:
            self._book("session_start", session_id=session.id, session=session.labels.as_fields())
        self._append(segment, body)
        session.events += 1
        self._events += 1

    def _append(self, segment: Segment, body: bytes) -> None:
        before = segment.size
        segment.write(body)
        self._bytes += segment.size - before

    def _book(self, event: str, **fields: Any) -> None:
        """Write an event about the recording itself into the open segment."""
        if self._segment is not None:
            self._append(self._segment, encode({"ts": time.time_ns(), "event": event, **fields}))

    def _new_segment(self) -> Segment:
        self._segment = segment = Segment(self.log_dir)
        self._segments += 1
        self._book(
            "segment_start",
            format=FORMAT,
            segment=segment.name,
            recorder=sys.modules["lctrack"].__version__,
            python=platform.python_version(),
            langchain_core=getattr(sys.modules.get("langchain_core.version"), "VERSION", None),
            host=os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME"),
            pid=os.getpid(),
            wall_ns=time.time_ns(),
            monotonic_ns=time.monotonic_ns(),
            session_id=self._session.id,
            session=self._session.labels.as_fields(),
        )
        return segment

    def _end_session(self, name: str | None) -> None:
        session = self._session
        if session.events == 0 or session.pid != os.getpid():
            return  # nothing was recorded, or it is for the process that began it to end it
        try:
            labels = session.labels.replace(name=name).as_fields()
            if self._segment is None:
                self._new_segment()
            self._book("session_end", session_id=session.id, session=labels, events=session.events)
        except OSError as error:
            self.failed(error)

    def _close_segment(self) -> None:
        segment = self._segment
        if segment is None:
            return
        try:
            self._book("segment_end", reason="closed", events=segment.seq + 1)
        except OSError as error:
            self.failed(error)
        finally:
            self._segment = None
            segment.close()

    def _after_fork(self) -> None:
        """Leave the parent's file to the parent: the child's next event opens one of its own."""
        self._lock = threading.RLock()
        if self._segment is not None:
            self._segment.close()
            self._segment = None


def _close_all() -> None:
    for recorder in list(_recorders):
        recorder.close()


def _after_fork_in_child() -> None:
    for recorder in list(_recorders):
        recorder._after_fork()  # noqa: SLF001  # same module


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_after_fork_in_child)
