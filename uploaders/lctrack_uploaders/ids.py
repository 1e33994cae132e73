"""Ids that every target derives from the recorded ones, so that sending twice means the same thing twice.

A trace id is the root run's own 16 bytes. A span id is a hash of the run id: LangChain's run ids are UUIDv7, whose
first 8 bytes are little more than the time and collide.
"""

import uuid
from collections.abc import Iterable
from hashlib import blake2b

from lctrack_uploaders.errors import TerminalError


def trace_id(root_run_id: str) -> bytes:
    """Give the 16 bytes that name a trace.

    Args:
        root_run_id: Run id of the trace's root run.

    Returns:
        The bytes of the UUID, or of a hash where the id is not a UUID in its usual spelling.
    """
    try:
        parsed = uuid.UUID(root_run_id)
    except ValueError:
        return _hashed(root_run_id)
    # Other spellings (capitals, braces) are other ids, and OpenTelemetry forbids the id of zeros.
    return parsed.bytes if parsed.int and str(parsed) == root_run_id else _hashed(root_run_id)


def span_id(run_id: str) -> bytes:
    """Give the 8 bytes that name a span within its trace.

    Args:
        run_id: Run id, root or not.

    Returns:
        A hash of the run id's 16 bytes.
    """
    return blake2b(trace_id(run_id), digest_size=8).digest()


def span_ids(run_ids: Iterable[str]) -> dict[str, bytes]:
    """Give the span id of every run of a trace, and make sure that no two are equal.

    Args:
        run_ids: Run ids of one trace, each once.

    Returns:
        Span id by run id.

    Raises:
        TerminalError: If two runs would share a span id; a tracker would merge them, or never return.
    """
    found = {run_id: span_id(run_id) for run_id in run_ids}
    if len(set(found.values())) != len(found):
        raise TerminalError("Two runs of one trace have the same span id; the trace cannot be told apart from another.")
    return found


def _hashed(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
