"""The writer of log format 1.

Promises: an event whose call returned is in the file, whatever happens to the process; nothing raises into the
application (unless `raise_error` asks for it): what cannot be written is counted, reported once to the `lctrack`
logger, and told in the log by a `dropped` event as soon as writing works again.
Accepts: one write system call for each event, and a lock held for its length.
"""

import dataclasses
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from lctrack._careful import safe_str
from lctrack._encode import Event, encode
from lctrack._journal import Journal
from lctrack._lifetime import watch
from lctrack._options import refuse_unknown
from lctrack._privacy import Privacy
from lctrack._runs import Run, Runs
from lctrack._sampling import Sampling
from lctrack._session import Labels, Session
from lctrack._span import Span, active_span
from lctrack._storage import Storage
from lctrack._turns import Turns
from lctrack.format import ENDS, ERRORS, STARTS

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from lctrack._held import Sampler
    from lctrack._options import Options

__all__ = ["Recorder"]

_Group = TypeVar("_Group", Labels, Privacy, Sampling, Storage)

_log = logging.getLogger("lctrack")

on_internal_error: Callable[[Exception], None] | None = None
"""Told of each error in the recorder itself; tests set it, so that none goes unnoticed there."""


class Recorder:
    """Writes events into a new segment file below a directory; the file is made with the first event.

    Args:
        log_dir: Directory for the segment files; made with mode 0700 where it is missing. By default what the
            environment variable `LCTRACK_DIR` says, else `lctrack_logs`.
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
        mask_secrets: Write `**********` in place of what looks like a secret, by its key or by its form.
        redact: What else is not written: a regular expression, a function that is given each text and returns what
            is to be written instead, or a list of these.
        record_inputs: Whether inputs, prompts and messages are written.
        record_outputs: Whether outputs and generations are written.
        sample: The share of traces that is written, from 0 to 1.
        sample_errors: Write the traces that have an error all the same: each is held in memory until it ends.
        fsync: When the disk is made to keep what is written: `"never"` (the operating system decides, which survives
            the process but not the machine), `"rotate"` at the end of each file, `"interval"` and there, `"always"`
            before a call returns.
        fsync_interval: Seconds after which the next event makes it, for `"interval"`.
        rotate_bytes: Size from which the next event begins a new file; None for no limit.
        rotate_seconds: Age from which it does; None for no limit.
        format: `"jsonl"`, or `"parquet"` to seal each finished file, which needs pyarrow.
        close_on_sigterm: Close the file before SIGTERM ends the process; a handler of the application goes first.
        raise_error: Raise errors of the recorder itself into the application instead of counting them.

    Raises:
        TypeError: There is no such option.
        ValueError: An option has a value it cannot have.
        ImportError: The format needs pyarrow, which is not installed.
    """

    def __init__(self, log_dir: str | os.PathLike[str] | None = None, **options: "Unpack[Options]") -> None:
        refuse_unknown(options)
        stream = options.get("stream", "timing")
        if stream not in ("timing", "tokens", "off"):
            raise ValueError(f"stream is 'timing', 'tokens' or 'off', not {stream!r}")
        self.log_dir = Path(log_dir or os.environ.get("LCTRACK_DIR") or "lctrack_logs")
        self.stream = stream
        self.raise_error = options.get("raise_error", False)
        self._labels = _group(Labels, options)
        self._privacy = _group(Privacy, options)
        sampling = _group(Sampling, options)
        self._session = Session(self._labels)
        storage = _group(Storage, options)
        directory = self.log_dir.absolute()  # a later chdir moves nothing
        self._journal = Journal(directory, storage, self._privacy, sampling.sample)
        self._sampler = self._new_sampler(sampling) if sampling.sample < 1 else None
        self._runs = Runs(self._sampler.trace_of if self._sampler is not None else None)
        self._turns = Turns(self._journal.lose)  # of the journal, with its order of lines, and of the session
        self._reported: set[str] = set()
        watch(self, sigterm=storage.close_on_sigterm)

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

    def active_span(self) -> Span | None:
        """Give the innermost span that the calling code is within, for code that did not enter it itself."""
        return active_span(self)

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

        Raises:
            TypeError: There is no such label; the session goes on.
        """
        Labels().replace(**labels)  # refuses an unknown one before anything is written
        self._attempt(self._end_session, name, labels)

    def close(self) -> None:
        """End the session and close the file; a later event begins new ones.

        With `format="parquet"` this returns when the file is sealed.
        """
        self._attempt(self._end_segment)
        self._journal.finish_sealing()

    def stats(self) -> dict[str, int]:
        """Count what this process recorded: `events`, `bytes`, `dropped`, `segments`, `open_runs`.

        With sampling also `left_out_traces` and `left_out_events`; with `redact`, `redact_failures`.
        """
        counts = {
            "events": self._journal.events,
            "bytes": self._journal.bytes,
            "dropped": self._journal.dropped,
            "segments": self._journal.segments,
            "open_runs": len(self._runs),
        }
        if self._sampler is not None:
            counts |= {"left_out_traces": self._sampler.traces, "left_out_events": self._sampler.events}
        if self._privacy.redaction is not None:
            counts["redact_failures"] = self._privacy.redaction.failures
        return counts

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        # A constructor that raised leaves an object without a journal.
        if hasattr(self, "_turns") and self._has_open:
            self._attempt(self._end_segment)  # and no waiting for its sealing: this runs in the middle of anything

    @property
    def _has_open(self) -> bool:
        return self._journal.is_open or (self._sampler is not None and self._sampler.holds)

    # ------------------------------------------------------------------ the life of the process

    def close_before(self, action: Callable[[], None]) -> bool:
        """Close the file in a signal handler, for a process that is about to end.

        Args:
            action: What is called once it is closed, where that has to wait for the write that was interrupted.

        Returns:
            Whether there is nothing to wait for; `action` is not called then.
        """
        self._journal.leave_unsealed()
        return not self._has_open or self._turns.take_last(self._end_segment, action)

    def after_fork(self) -> None:
        """Leave what is open to the parent, in a process that was just forked."""
        self._turns.after_fork()
        self._journal.after_fork()
        if self._sampler:
            self._sampler.after_fork()

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
        now = time.time_ns()
        run = self._run_of(event, run_id, parent_run_id) if run_id is not None else None
        session = run.session if run else self._session
        ids = run.ids if run else f'"session_id":"{session.id}"'
        record = Event(event, run_id, f'"ts":{now},"event":{encode_basestring(event)},{ids}')
        if name is not None:
            record["name"] = name
        if tags:
            record["tags"] = tags
        if metadata:
            record["metadata"] = metadata
        record["thread"] = threading.get_ident()
        if self._privacy.withholds:
            fields = self._privacy.withhold(event, fields)
        for key, value in fields.items():
            if value is not None:
                record[key] = value
        if run is not None and run.trace is not None and self._sampler is not None:
            trace, sampler = run.trace, self._sampler
            taken = sampler.encode(trace, record)
            self._turns.take(sampler.write, trace, record, taken, session, self._session)
            return
        encoded = encode(record, self._journal.blobs, self._privacy)
        self._turns.take(self._journal.write, record, encoded, session)

    def open_run(self, run_id: str) -> Run | None:
        """Give what is remembered of a run that has not ended."""
        return self._runs.open(run_id)

    def knows(self, run_id: str) -> bool:
        """Tell whether a run is recorded here, and open or ended not long ago."""
        return self._runs.find(run_id) is not None

    def failed(self, error: Exception) -> None:
        """Count an event that could not be recorded, and report the first of each kind."""
        kind = type(error).__name__
        # What is told may quote the application's data.
        reason = kind if self._privacy.withholds else self._privacy.text(f"{kind}: {safe_str(error)}")
        with self._turns.lock:
            self._journal.lose(reason)
            first = kind not in self._reported
            self._reported.add(kind)
        if first:  # told without the lock, because what handles it may hold one of its own, or record
            _log.warning("could not record an event into %s (%s); the application goes on", self.log_dir, reason)
        if on_internal_error is not None and not isinstance(error, OSError):
            on_internal_error(error)
        if self.raise_error:
            raise error

    def _run_of(self, event: str, run_id: str, parent_run_id: str | None) -> Run:
        """Find the run an event belongs to: remember it at its start, forget it at its end."""
        if event in STARTS:
            return self._runs.start(run_id, parent_run_id, self._session)
        known = self._runs.end(run_id) if event in ENDS or event in ERRORS else self._runs.find(run_id)
        return known or Run(run_id, None, parent_run_id, self._session)

    def _end_session(self, name: str | None, labels: Mapping[str, Any]) -> None:
        session = self._session
        self._labels = self._labels.replace(**labels)
        self._session = Session(self._labels)
        session.over = True
        session.labels = session.labels.replace(name=name)
        self._journal.end_session(session)

    def _end_segment(self) -> None:
        session = self._session
        try:
            if self._sampler:
                self._sampler.write_held()
            self._end_session(None, {})
        finally:
            self._journal.close(session)

    def _new_sampler(self, sampling: Sampling) -> "Sampler":
        from lctrack._held import Sampler  # noqa: PLC0415  # who writes every trace does not load it

        return Sampler(sampling, self._privacy, self._journal)

    def _attempt(self, action: Callable[..., None], *arguments: Any) -> None:
        try:
            self._turns.take(action, *arguments)
        except Exception as error:  # noqa: BLE001  # the application must not notice
            self.failed(error)


def _group(kind: type[_Group], options: Mapping[str, Any]) -> _Group:
    """Make a group of options from those of its own that are given."""
    own = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in options.items() if name in own})
