"""The segments of one process, one after the other, and what they say about the recording itself.

Promises: at most one event is in the hands of a segment that is left, so a rotation, a removed file or a disk that
refuses to sync costs the events around it nothing; whatever could not be kept for sure is an `OSError` for the event
at hand, even where that one is written.
Accepts: each segment begins with no blobs, so an event encoded for the one before is encoded again.
"""

import errno
import os
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lctrack._blobs import Blobs
from lctrack._encode import Encoded, encode
from lctrack._lifetime import attend
from lctrack._privacy import EVERYTHING, Privacy
from lctrack._rotation import Rotation
from lctrack._segment import Segment
from lctrack._session import Session
from lctrack._storage import Storage
from lctrack._syncing import Syncing
from lctrack.format import FORMAT

if TYPE_CHECKING:
    from lctrack._sealer import Sealer

__all__ = ["Journal"]


class _Loss(NamedTuple):
    """Events lost since writing last worked."""

    events: int
    reason: str


class _Leaving(NamedTuple):
    """A segment that is to be left: why, and how many lines it has then."""

    segment: Segment
    reason: str
    lines: int


class Journal:
    """Writes encoded events into the open segment, which it opens with the first; for one thread at a time.

    Args:
        directory: Where the segments go.
        storage: How they are kept.
        privacy: What is not written.
        sample: The share of traces that is written.

    Attributes:
        events: How many events of sessions are written.
        bytes: How much is written.
        dropped: How many events are lost.
        segments: How many segments were opened.
        blobs: What the open segment holds, or the next one will.
    """

    def __init__(self, directory: Path, storage: Storage, privacy: Privacy = EVERYTHING, sample: float = 1.0) -> None:
        self.events = self.bytes = self.dropped = self.segments = 0
        self.blobs = Blobs()
        self._directory = directory
        self._storage = storage
        self._privacy = privacy
        self._sample = sample
        self._rotation = Rotation(storage)
        self._syncing = Syncing(storage)
        self._sealer = _new_sealer() if storage.format == "parquet" else None
        self._segment: Segment | None = None
        self._leaving: _Leaving | None = None  # until all of it is done, for signal handlers that raise in between
        self._loss: _Loss | None = None
        self._trouble: OSError | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a segment to close."""
        return self._segment is not None or self._leaving is not None

    def write(self, record: dict[str, Any], encoded: Encoded, session: Session) -> None:
        """Append an event of a session, which begins with it if it has not; first the blobs it needs.

        Args:
            record: The event.
            encoded: The event, encoded for what `blobs` was a moment ago.
            session: Its session.

        Raises:
            OSError: It could not be written, or something is not kept for sure: this event, or some before it.
        """
        segment, rotation = self._segment, self._rotation
        if segment is not None and (segment.size >= rotation.limit or time.monotonic() >= rotation.look_at):
            self._turn_over(segment)
        segment = self._ready(session)
        if not session.begun:
            session.begun = True  # first, for a signal handler that raises from here and leaves the end to be told
            try:
                self._book(segment, "session_start", session_id=session.id, session=session.labels.as_fields())
            except OSError:
                session.begun = False
                raise
        if encoded.draft.blobs is not self.blobs:
            encoded = self._encoded_again(record)  # another segment has begun, and holds nothing yet
        for digest, text in encoded.draft.definitions.items():
            if digest in self.blobs.defined:
                continue  # another thread had the same to write
            blob = f'{{"ts":{time.time_ns()},"event":"blob","digest":"{digest}","value":{text}}}'
            self._append(segment, blob.encode())
        self._append(segment, encoded.body)
        encoded.draft.commit()
        session.events += 1
        self.events += 1
        if session.over and session.events == 1:
            # It was flushed after its first event was made, but before it was written.
            self.end_session(session)
        if self._syncing.while_open:
            self._sync(segment)
        if self._trouble is not None:
            self._raise_trouble()

    def end_session(self, session: Session) -> None:
        """Tell that a session is over, unless nothing told that it began, or another process began it.

        Raises:
            OSError: It could not be written, or is not kept for sure.
        """
        if (session.begun or session.left_out_traces) and session.pid == os.getpid():
            segment, labels = self._ready(session), session.labels.as_fields()
            if not session.begun:  # of which nothing was chosen
                self._book(segment, "session_start", session_id=session.id, session=labels)
                session.begun = True
            told: dict[str, Any] = {"events": session.events}
            if session.left_out_traces or session.left_out_events:
                told["left_out"] = {"traces": session.left_out_traces, "events": session.left_out_events}
            self._book(segment, "session_end", session_id=session.id, session=labels, **told)
            self._sync(segment)
            self._raise_trouble()

    def close(self, session: Session) -> None:
        """Close the segment, if there is one; the next event opens another.

        Raises:
            OSError: Its end could not be written, or it is not kept for sure; it is closed all the same.
        """
        segment = self._segment
        try:
            if segment is not None:
                self._ready(session)
        finally:
            if segment is not None:
                leaving, blobs = _Leaving(segment, "closed", segment.seq + 1), Blobs()
                self._leaving, self._segment, self.blobs = leaving, None, blobs
            if self._leaving is not None:
                self._leave(self._leaving)
        self._raise_trouble()

    def finish_sealing(self) -> None:
        """Wait until the segments that are closed are sealed, where that is asked for; for any thread."""
        if self._sealer is not None:
            self._sealer.finish()

    def leave_unsealed(self) -> None:
        """Begin no more sealing: the process is about to be ended, which would leave half a file."""
        self._sealer = None

    def lose(self, reason: str) -> None:
        """Count an event that could not be recorded; the log tells of it once writing works again."""
        self.dropped += 1
        self._loss = _Loss((self._loss.events if self._loss else 0) + 1, reason)

    def after_fork(self) -> None:
        """Leave the parent's segment, losses and counts to the parent."""
        self.events = self.bytes = self.dropped = self.segments = 0
        self._loss = self._trouble = None
        self.blobs = Blobs()
        if self._sealer is not None:
            self._sealer.after_fork()
        for segment in (self._segment, self._leaving.segment if self._leaving else None):
            if segment is not None:
                segment.close()
        self._segment = self._leaving = None

    def _ready(self, session: Session) -> Segment:
        """Give the segment, made and begun where needed, with the losses so far told in it."""
        segment = self._segment
        if segment is None:
            segment = self._segment = self._made()
        if segment.seq == 0:
            if self._leaving is not None:
                self._leave(self._leaving)
            attend(sigterm=self._storage.close_on_sigterm)
            self._rotation.begin()
            self._refusing(self._syncing.begin, segment)
            self._book_start(segment, session)
        if self._loss is not None:
            self._book(segment, "dropped", count=self._loss.events, reason=self._loss.reason)
            self._loss = None
        return segment

    def _turn_over(self, segment: Segment) -> None:
        """Have the open segment left for another, where it is time to, or where somebody has removed it."""
        following, lines, gone = None, segment.seq, segment.is_gone
        if not gone:
            if not self._rotation.is_due(segment):
                return
            try:
                following, lines = self._made(), segment.seq + 1
            except OSError:
                self._rotation.postpone()  # and go on in the old one
                return
        leaving, blobs = _Leaving(segment, "rotated", lines), Blobs()
        self._leaving, self._segment, self.blobs = leaving, following, blobs

    def _made(self) -> Segment:
        segment = Segment(self._directory, sync=self._syncing.on)
        self.segments += 1
        return segment

    def _leave(self, leaving: _Leaving) -> None:
        """Have a segment ended, kept, closed and sealed; each step may be done again."""
        segment = leaving.segment
        try:
            if 0 < segment.seq < leaving.lines:
                self._book(segment, "segment_end", reason=leaving.reason, events=leaving.lines)
        except OSError as error:
            self._trouble = error
        self._refusing(self._syncing.end, segment)
        gone = segment.is_gone
        segment.close()
        if gone:
            self._trouble = FileNotFoundError(errno.ENOENT, "removed while it was written to", str(segment.path))
        elif self._sealer is not None and self._syncing.refusal is None:
            self._sealer.add(segment.path)
        self._leaving = None

    def _sync(self, segment: Segment) -> None:
        self._refusing(self._syncing.written, segment)

    def _refusing(self, sync: Callable[[Segment], None], segment: Segment) -> None:
        """Ask the disk to keep a segment; where it refuses, the segment is left soon."""
        try:
            sync(segment)
        except OSError as error:
            self._trouble = error
            self._rotation.leave_in(self._syncing.wait)

    def _raise_trouble(self) -> None:
        """Raise what went wrong beside the event at hand, once."""
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble

    def _append(self, segment: Segment, body: bytes) -> None:
        before = segment.size
        segment.write(body)
        self.bytes += segment.size - before

    def _book(self, segment: Segment, event: str, /, **fields: Any) -> None:
        """Write an event about the recording itself."""
        privacy = EVERYTHING if event == "segment_end" else self._privacy  # which has nothing of the application's
        told = {name: value for name, value in fields.items() if value is not None}
        written = self._privacy.withhold(event, told) if self._privacy.withholds else told
        self._append(segment, encode({"ts": time.time_ns(), "event": event, **written}, None, privacy).body)

    def _encoded_again(self, record: dict[str, Any]) -> Encoded:
        recalled = getattr(record, "encoded_for", None)
        if recalled is not None:
            encoded: Encoded = recalled(self.blobs)
            return encoded
        return encode(record, self.blobs, self._privacy)

    def _book_start(self, segment: Segment, session: Session) -> None:
        self._book(
            segment,
            "segment_start",
            session_id=session.id,
            format=FORMAT,
            segment=segment.name,
            recorder=sys.modules["lctrack"].__version__,
            python=platform.python_version(),
            langchain_core=getattr(sys.modules.get("langchain_core.version"), "VERSION", None),
            host=os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME"),
            pid=os.getpid(),
            wall_ns=time.time_ns(),
            monotonic_ns=time.monotonic_ns(),
            sample=self._sample if self._sample < 1 else None,
            session=session.labels.as_fields(),
        )


def _new_sealer() -> "Sealer":
    from lctrack._sealer import Sealer  # noqa: PLC0415  # most applications never seal

    return Sealer()
