"""A session's traces in portions, each the content of one request and one step."""

from collections.abc import Iterator
from dataclasses import dataclass

from lctrack_uploaders.units import Trace, Unit, digest

TRACES_A_REQUEST = 100
SIZE_OF_A_REQUEST = 16_000_000
"""Most of either that goes into one request, the size in characters; a trace larger than that goes alone."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some traces, and a digest of all that is in them."""

    traces: tuple[Trace, ...]
    digest: str


def batches(unit: Unit) -> Iterator[Batch]:
    """Cut a session's traces into portions.

    Args:
        unit: The session. As it grows, the portions before what is new stay as they are.

    Yields:
        The portions, by the start of their traces.
    """
    part: list[Trace] = []
    told: list[str] = []
    for trace in sorted(unit.traces, key=lambda trace: (min(span.start for span in trace.spans), trace.root_run_id)):
        text = repr(trace.spans)
        if part and (len(part) == TRACES_A_REQUEST or sum(map(len, told)) + len(text) > SIZE_OF_A_REQUEST):
            yield Batch(tuple(part), digest(told))
            part, told = [], []
        part.append(trace)
        told.append(text)
    if part:
        yield Batch(tuple(part), digest(told))
