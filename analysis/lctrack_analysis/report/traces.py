"""Writes all there is about each trace, in pieces of about a megabyte, and a list of which trace is in which piece."""

from collections.abc import Callable
from itertools import groupby

import orjson

from lctrack_analysis.questions.asking import Asked
from lctrack_analysis.report.batches import Batch, batches
from lctrack_analysis.report.details import details_of
from lctrack_analysis.report.events import events_of
from lctrack_analysis.report.pieces import Pieces
from lctrack_analysis.report.spool import Spool

__all__ = ["write_traces"]

PIECE = 1_000_000
"""Bytes of JSON after which a piece is full."""
PLACES = 5_000
"""Traces of a piece that tells where they are."""


def write_traces(logs: Asked, pieces: Pieces, excerpts: Spool, show: Callable[[int], None]) -> list[str]:
    """Write the details and the events of all traces.

    Args:
        logs: The logs.
        pieces: Where to. Traces are in `traces-0`, `traces-1`, …, their events in the pieces `events-…` of the same
            number; `places-0`, … hold ids of traces in the order of their code points, and the number for each.
        excerpts: Is given what went into each trace and what came out of it, in a line each.
        show: Is told how many traces are done.

    Returns:
        The first id in each piece of places.
    """
    places: dict[str, int] = {}
    count = 0
    for batch in batches(logs):
        found, count = _write_batch(logs, batch, pieces, excerpts, count)
        places |= found
        show(len(places))
    ids = sorted(places)
    firsts = ids[::PLACES]
    for number in range(len(firsts)):
        some = ids[number * PLACES : (number + 1) * PLACES]
        pieces.put(f"places-{number}", [some, [places[each] for each in some]])
    return firsts


def _write_batch(logs: Asked, batch: Batch, pieces: Pieces, excerpts: Spool, count: int) -> tuple[dict[str, int], int]:
    """Write some traces; give the number of each one's piece, and that of the next piece."""
    places: dict[str, int] = {}
    held: list[orjson.Fragment] = []
    size = 0
    events = events_of(logs, batch)
    for trace_id, json, told in details_of(logs, batch, events):
        excerpts.put(trace_id, told)
        places[trace_id] = count
        held.append(orjson.Fragment(json))
        size += len(json)
        if size >= PIECE:
            pieces.put(f"traces-{count}", held)
            held, size, count = [], 0, count + 1
    if held:
        pieces.put(f"traces-{count}", held)
        count += 1
    for number, traces in groupby((trace_id for trace_id in places if trace_id in events), key=places.__getitem__):
        pieces.put(f"events-{number}", [orjson.Fragment(events[trace_id].json(trace_id)) for trace_id in traces])
    return places, count
