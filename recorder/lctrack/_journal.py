"""The segments of one process, one after the other, and what they say about the recording itself."""

import os
import platform
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from lctrack._blobs import Blobs
from lctrack._encode import Encoded, encode
from lctrack._segment import Segment
from lctrack._session import Session
from lctrack._storage import Storage
from lctrack.format import FORMAT

__all__ = ["Journal"]


class _Loss(NamedTuple):
    """Events lost since writing last worked."""

    events: int
    reason: str


class Journal:
    """Writes encoded events into the open segment, which it opens with the first; for one thread at a time.

    Args:
        directory: Where the segments go.
        storage: How they are kept.

    Attributes:
        events: How many events of sessions are written.
        bytes: How much is written.
        dropped: How many events are lost.
        segments: How many segments were opened.
        blobs: What the open segment holds, or the next one will.
    """

    def __init__(self, directory: Path, storage: Storage) -> None:
        self.events = self.bytes = self.dropped = self.segments = 0
        self.blobs = Blobs()
        self._directory = directory
        self._storage = storage
        self._segment: Segment | None = None
        self._loss: _Loss | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a segment to close."""
        return self._segment is not None

    def write(self, record: dict[str, Any], encoded: Encoded, session: Session) -> None:
        """Append an event of a session, which begins with it if it has not; first the blobs it needs.

        Args:
            record: The event.
            encoded: The event, encoded for what `blobs` was a moment ago.
            session: Its session.

        Raises:
            OSError: It could not be written.
        """
        segment = self._ready(session)
        if not session.begun:
            session.begun = True  # first, for a signal handler that raises from here and leaves the end to be told
            try:
                self._book("session_start", session_id=session.id, session=session.labels.as_fields())
            except OSError:
                session.begun = False
                raise
        if encoded.draft.blobs is not self.blobs:
            encoded = encode(record, self.blobs)  # another segment has begun, and holds nothing yet
        for digest, text in encoded.draft.definitions.items():
            blob = f'{{"ts":{time.time_ns()},"event":"blob","digest":"{digest}","value":{text}}}'
            self._append(segment, blob.encode())
        self._append(segment, encoded.body)
        encoded.draft.commit()
        session.events += 1
        self.events += 1
        if session.over and session.events == 1:
            # It was flushed after its first event was made, but before it was written.
            self.end_session(session)

    def end_session(self, session: Session) -> None:
        """Tell that a session is over, unless nothing told that it began, or another process began it.

        Raises:
            OSError: It could not be written.
        """
        if session.begun and session.pid == os.getpid():
            self._ready(session)
            self._book("session_end", session_id=session.id, session=session.labels.as_fields(), events=session.events)

    def close(self, session: Session) -> None:
        """Close the segment, if there is one; the next event opens another.

        Raises:
            OSError: Its end could not be written; it is closed all the same.
        """
        segment = self._segment
        if segment is None:
            return
        try:
            self._ready(session)
            self._book("segment_end", reason="closed", events=segment.seq + 1)
        finally:
            self._segment = None
            self.blobs = Blobs()
            segment.close()

    def lose(self, reason: str) -> None:
        """Count an event that could not be recorded; the log tells of it once writing works again."""
        self.dropped += 1
        self._loss = _Loss((self._loss.events if self._loss else 0) + 1, reason)

    def after_fork(self) -> None:
        """Leave the parent's segment, losses and counts to the parent."""
        self.events = self.bytes = self.dropped = self.segments = 0
        self._loss = None
        self.blobs = Blobs()
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _ready(self, session: Session) -> Segment:
        """Give the segment, made and begun where needed, with the losses so far told in it."""
        segment = self._segment
        if segment is None:
            segment = self._segment = Segment(self._directory)
            self.segments += 1
        if segment.seq == 0:
            self._book_start(segment, session)
        if self._loss is not None:
            self._book("dropped", count=self._loss.events, reason=self._loss.reason)
            self._loss = None
        return segment

    def _append(self, segment: Segment, body: bytes) -> None:
        before = segment.size
        segment.write(body)
        self.bytes += segment.size - before

    def _book(self, event: str, **fields: Any) -> None:
        """Write an event about the recording itself into the open segment."""
        if self._segment is not None:
            self._append(self._segment, encode({"ts": time.time_ns(), "event": event, **fields}).body)

    def _book_start(self, segment: Segment, session: Session) -> None:
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
            session_id=session.id,
            session=session.labels.as_fields(),
        )
