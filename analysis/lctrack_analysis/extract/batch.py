"""Many events to rows at once, column by column: the rows that `extract` gives one by one.

Nearly all values are of the type that their column has, and go into it as they are; a column that has others in this
batch is converted value by value.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

import orjson
import pyarrow as pa

from lctrack_analysis.extract.messages import Messages
from lctrack_analysis.extract.rows import ENVELOPE_NAMES, Begun, Ended, add_end, add_other, add_start, role_of
from lctrack_analysis.extract.values import as_count, as_text, as_texts
from lctrack_analysis.read.swift import Sound
from lctrack_analysis.stage import SCHEMAS, Stage

__all__ = ["extract_batch"]

_IDS = ("run_id", "parent_run_id", "trace_id", "session_id")


def extract_batch(base: int, events: Sequence[Sound], stage: Stage) -> None:
    """Add the rows that some events give, and write them.

    Args:
        base: Id of a line 0 of the file.
        events: The events.
        stage: Receives the rows.
    """
    known = Messages()
    starts: list[int] = []
    ends: list[int] = []
    begun: list[Begun] = []
    ended: list[Ended] = []
    for place, event in enumerate(events):
        role = role_of(event.record)
        if role == "start":
            starts.append(place)
            begun.append(add_start(base | event.line, event.record, stage, known))
        elif role == "end":
            ends.append(place)
            ended.append(add_end(base | event.line, event.record, stage, known))
        else:
            add_other(base | event.line, event.segment, event.record, stage)
    columns = _event_columns(base, events)
    _put(stage, "events", columns)
    shared = {**{name: columns[name] for name in ("id", *_IDS, "name", "tags", "thread")}, "time": columns["time"]}
    _put_runs(stage, "run_starts", shared, starts, (Begun._fields, begun))
    _put_runs(stage, "run_ends", shared, ends, (Ended._fields, ended))
    stage.write()


def _event_columns(base: int, events: Sequence[Sound]) -> dict[str, pa.Array]:
    records = [event.record for event in events]
    return {
        "id": pa.array([base | event.line for event in events], pa.int64()),
        "segment": pa.array([event.segment for event in events], pa.string()),
        "seq": _counts([record.get("seq") for record in records]),
        "time": pa.array([record["ts"] for record in records], pa.timestamp("ns")),
        "event": pa.array([record["event"] for record in records], pa.string()),
        **{name: _texts([record.get(name) for record in records]) for name in (*_IDS, "name")},
        "tags": _lists([record.get("tags") for record in records]),
        "metadata": _json([record.get("metadata") for record in records]),
        "thread": _counts([record.get("thread") for record in records]),
        "data": _json(
            [{key: record[key] for key in record if key not in ENVELOPE_NAMES} for record in records]
        ),
        "masked": _lists([record.get("masked") for record in records]),
        "lossy": _lists([record.get("lossy") for record in records]),
    }  # fmt: skip


def _put_runs(
    stage: Stage,
    table: str,
    shared: dict[str, pa.Array],
    places: list[int],
    own: tuple[Iterable[str], Sequence[Sequence[Any]]],
) -> None:
    """Add starts or ends: what they share with their events, and what is their own."""
    if places:
        taken = pa.array(places, pa.int64())
        names, rows = own
        columns = {name: shared[name].take(taken) for name in SCHEMAS[table].names if name in shared}
        for name, values in zip(names, zip(*rows, strict=True), strict=True):
            columns[name] = pa.array(values, SCHEMAS[table].field(name).type)
        _put(stage, table, columns)


def _put(stage: Stage, table: str, columns: dict[str, pa.Array]) -> None:
    schema = SCHEMAS[table]
    stage.put(table, pa.record_batch([columns[name] for name in schema.names], schema=schema))


def _texts(values: list[Any]) -> pa.Array:
    return _typed(values, {str}, as_text, pa.string())


def _counts(values: list[Any]) -> pa.Array:
    return _typed(values, {int}, as_count, pa.int64())


def _typed(values: list[Any], right: set[type], convert: Callable[[Any], Any], kind: pa.DataType) -> pa.Array:
    if set(map(type, values)) <= {*right, type(None)}:
        try:
            return pa.array(values, kind)
        except OverflowError:  # a count that fits no column
            pass
    return pa.array([convert(value) for value in values], kind)


def _lists(values: list[Any]) -> pa.Array:
    kind = pa.list_(pa.string())
    kinds = set(map(type, values))
    if kinds == {type(None)}:
        return pa.nulls(len(values), kind)
    if kinds <= {list, type(None)} and set(map(type, chain.from_iterable(filter(None, values)))) <= {str}:
        return pa.array(values, kind)
    return pa.array([as_texts(value) for value in values], kind)


def _json(values: Iterable[Any]) -> pa.Array:
    texts = pa.array([None if value is None else orjson.dumps(value) for value in values], pa.string())
    return pa.ExtensionArray.from_storage(pa.json_(pa.string()), texts)
