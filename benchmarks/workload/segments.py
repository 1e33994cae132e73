"""Logs of any size in format 1, as recorders would have left them, the same for the same seed."""

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from workload.traces import TRACES, Recording

from lctrack.format import FORMAT, SUFFIX

__all__ = ["SEGMENT_EVENTS", "write_logs"]

SEGMENT_EVENTS = 50_000
"""Lines of a segment, about 60 MB."""

_SESSION_TRACES = 40
_BEGAN = 1_795_000_000_000_000_000


def write_logs(directory: Path, events: int, seed: int = 1) -> list[Path]:
    """Write segments.

    Args:
        directory: Where they go; made if it is missing.
        events: How many lines altogether, all kinds counted, up to the end of the last trace.
        seed: Decides what is in them.

    Returns:
        The files, in order.
    """
    directory.mkdir(parents=True, exist_ok=True)
    recording = Recording(random.Random(seed), _BEGAN)  # noqa: S311  # nothing to keep secret
    files: list[Path] = []
    left = events
    while left > 0:
        name = f"20261120T{len(files):06}000000Z-{100 + len(files)}-{seed:08x}"
        path = directory / f"{name}{SUFFIX}"
        recording.blobs.clear()
        with path.open("wb", buffering=1 << 20) as stream:
            seq = 0
            for seq, event in enumerate(_segment(recording, name, min(left, SEGMENT_EVENTS))):
                stream.write(orjson.dumps({"seq": seq, **event}) + b"\n")
        left -= seq + 1
        files.append(path)
    return files


def _segment(recording: Recording, name: str, length: int) -> Iterator[dict[str, Any]]:
    written = 0
    session: dict[str, Any] = {}
    for event in islice(_traces(recording), length * 2):
        if event["event"] == "session_start":
            session = event["session"]
            if not written:
                yield _segment_start(recording, name, session)
                written += 1
        # Whatever is begun is finished, so that no segment refers to another.
        if event["event"] == "session_end" and written >= length - 2:
            yield event
            yield {"ts": recording.now, "event": "segment_end", "reason": "rotated", "events": written + 2}
            return
        yield event
        written += 1


def _segment_start(recording: Recording, name: str, session: dict[str, Any]) -> dict[str, Any]:
    return recording.event(
        "segment_start", format=FORMAT, segment=name, recorder="0.1.0", python="3.11.7", host="bench",
        pid=100, wall_ns=recording.now, monotonic_ns=recording.now, session=session,
    )  # fmt: skip


def _traces(recording: Recording) -> Iterator[dict[str, Any]]:
    kinds, weights = zip(*TRACES, strict=True)
    while True:
        recording.session_id = recording.uuid()
        labels = {"project": "benchmark", "name": f"s{recording.choose.randint(1, 9)}", "tags": ["bench"]}
        yield recording.event("session_start", session=labels)
        count = 0
        for make in recording.choose.choices(kinds, weights, k=_SESSION_TRACES):
            for event in make(recording):
                yield event
                count += event["event"] != "blob"
        yield recording.event("session_end", session=labels, events=count)
