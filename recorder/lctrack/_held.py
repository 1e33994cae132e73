"""Traces that sampling did not choose: left out, or held in memory until it is known whether something fails in them.

Promises: with `sample_errors`, a trace in which something fails is written whole, with the times at which things
happened, from the moment of its first error on; so is one that is still open when the recorder is closed, because an
interruption may be exactly what one looks for. Events are encoded at once, so what happens to objects later changes
nothing.
Accepts: what is held dies with the process where that is killed. A trace of more than 20,000 events or 16 MB, and the
oldest of those that have 64 MB or number 1,000 together, are written rather than held any longer.
"""

from typing import NamedTuple

from lctrack._blobs import Blobs
from lctrack._encode import Encoded, Event, encode
from lctrack._journal import Journal
from lctrack._privacy import Privacy
from lctrack._recalled import Recalled
from lctrack._sampling import Sampling
from lctrack._session import Session
from lctrack.format import ENDS, ERRORS, STARTS

__all__ = ["Sampler", "Trace"]

_MOST_EVENTS = 20_000
_MOST_BYTES = 16_000_000
_MOST_BYTES_TOGETHER = 64_000_000
_MOST_TRACES = 1_000


class _Held(NamedTuple):
    """An event that waits."""

    session: Session
    body: bytes


class Trace:
    """A trace that was not chosen.

    Attributes:
        id: Its id.
        written: Whether it is written all the same.
        left_out: Whether it is not.
        open: How many of its runs are.
        events: What waits.
        blobs: What the events that wait refer to.
    """

    __slots__ = ("blobs", "definitions", "events", "id", "left_out", "open", "rooted", "size", "written")

    def __init__(self, trace_id: str) -> None:
        self.id = trace_id
        self.written = self.left_out = self.rooted = False
        self.open = 0
        self.forget()

    def forget(self) -> None:
        """Let go of what is held."""
        self.events: list[_Held] = []
        self.definitions: dict[str, str] = {}
        self.blobs = Blobs()
        self.size = 0


class Sampler:
    """Decides on traces that were not chosen; all but `trace_of` for one thread at a time.

    Args:
        sampling: Which are chosen, and whether the others are held.
        privacy: What is not written.
        journal: Where traces are written.

    Attributes:
        traces: How many traces were left out.
        events: How many events they had.
    """

    def __init__(self, sampling: Sampling, privacy: Privacy, journal: Journal) -> None:
        self.traces = self.events = 0
        self._sampling = sampling
        self._privacy = privacy
        self._journal = journal
        self._held: dict[str, Trace] = {}
        self._bytes = 0

    @property
    def holds(self) -> bool:
        """Whether there is a trace to write before the end."""
        return bool(self._held)

    def trace_of(self, trace_id: str) -> Trace | None:
        """Give the trace that a run without a known parent belongs to; None if it was chosen."""
        if self._sampling.chooses(trace_id):
            return None
        return self._held.get(trace_id) or Trace(trace_id)

    def encode(self, trace: Trace, record: Event) -> Encoded | None:
        """Encode an event for where it goes; None where it goes nowhere."""
        if trace.written:
            return encode(record, self._journal.blobs, self._privacy)
        if trace.left_out or not self._sampling.sample_errors:
            return None
        return encode(record, trace.blobs, self._privacy)

    def write(self, trace: Trace, record: Event, encoded: Encoded | None, session: Session, current: Session) -> None:
        """Write, hold or leave out an event.

        Args:
            trace: Its trace.
            record: The event.
            encoded: The event, encoded for what was known of the trace a moment ago.
            session: Its session.
            current: The session that tells of what is left out, where its own is over.

        Raises:
            OSError: It could not be written.
        """
        if trace.written:
            if encoded is None:
                encoded = encode(record, self._journal.blobs, self._privacy)
            self._journal.write(record, encoded, session)
        elif trace.left_out or encoded is None:
            self._leave_out(trace, 1, current if session.over else session)
        else:
            self._hold(trace, record, encoded, session)
            self._decide(trace, record, current if session.over else session)

    def write_held(self) -> None:
        """Write the traces that are held.

        Raises:
            OSError: Not all could be written.
        """
        for trace in list(self._held.values()):
            self._write(trace)

    def after_fork(self) -> None:
        """Leave what was held to the parent."""
        self.traces = self.events = self._bytes = 0
        for trace in self._held.values():
            trace.forget()

    def _hold(self, trace: Trace, record: Event, encoded: Encoded, session: Session) -> None:
        if encoded.draft.blobs is not trace.blobs:
            encoded = encode(record, trace.blobs, self._privacy)
        definitions = encoded.draft.definitions
        new = {digest: text for digest, text in definitions.items() if digest not in trace.definitions}
        trace.definitions |= new
        encoded.draft.commit()
        trace.events.append(_Held(session, encoded.body))
        size = len(encoded.body) + sum(map(len, new.values()))
        trace.size += size
        self._bytes += size
        self._held[trace.id] = trace
        if record.kind in STARTS:
            trace.open += 1
            trace.rooted |= record.run_id == trace.id
        elif record.kind in ENDS:
            trace.open -= 1

    def _decide(self, trace: Trace, record: Event, session: Session) -> None:
        event = record.kind
        if event in ERRORS or len(trace.events) > _MOST_EVENTS or trace.size > _MOST_BYTES:
            self._write(trace)
        elif event in ENDS and (record.run_id == trace.id or (trace.open <= 0 and not trace.rooted)):
            self._leave_out(trace, len(trace.events), session)
        while self._bytes > _MOST_BYTES_TOGETHER or len(self._held) > _MOST_TRACES:
            self._write(next(iter(self._held.values())))

    def _leave_out(self, trace: Trace, events: int, session: Session) -> None:
        new = not trace.left_out
        trace.left_out = True
        self.traces += new
        self.events += events
        session.left_out_traces += new
        session.left_out_events += events
        self._release(trace)

    def _release(self, trace: Trace) -> None:
        if self._held.pop(trace.id, None) is not None:
            self._bytes -= trace.size
        trace.forget()

    def _write(self, trace: Trace) -> None:
        events, definitions = trace.events, trace.definitions
        trace.written = True
        self._release(trace)
        failure: OSError | None = None
        for held in events:
            recalled = Recalled(held.body, definitions)
            try:
                self._journal.write(recalled, recalled.encoded_for(self._journal.blobs), held.session)
            except OSError as error:  # the rest may still be written
                if failure is not None:
                    self._journal.lose(f"{type(failure).__name__}: {failure}")
                failure = error
        if failure is not None:
            raise failure
