"""A line of a segment as a row of a sealed segment, and back, byte for byte.

An event has its envelope in typed columns and its own fields as JSON text in `data`. What would not come back exactly
as it was, sound or not, is kept besides in `raw`: bytes, line break included.
"""

import json
from typing import Any, NamedTuple

from lctrack._lines import Line, UnsoundLineError, decode
from lctrack.format import ENVELOPE

__all__ = ["Row", "line_of", "row_of"]

_TEXTS = ("event", "session_id", "trace_id", "run_id", "parent_run_id", "name")
_MAX_INTEGER = 2**63
_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Row(NamedTuple):
    """The columns of a sealed segment, in order."""

    seq: int | None = None
    ts: int | None = None
    event: str | None = None
    session_id: str | None = None
    trace_id: str | None = None
    run_id: str | None = None
    parent_run_id: str | None = None
    name: str | None = None
    tags: list[str] | None = None
    metadata: str | None = None
    thread: int | None = None
    masked: list[str] | None = None
    lossy: list[str] | None = None
    data: str | None = None
    raw: bytes | None = None


def row_of(line: Line) -> Row:
    """Put a line, or a piece of one, into columns."""
    try:
        record = decode(line)
    except UnsoundLineError:
        record = None
    if record is None:
        return Row(raw=line.content)
    columns: dict[str, Any] = {name: _text(record.get(name)) for name in _TEXTS}
    columns |= {name: _integer(record.get(name)) for name in ("seq", "ts", "thread")}
    columns |= {name: _texts(record.get(name)) for name in ("tags", "masked", "lossy")}
    metadata = record.get("metadata")
    columns["metadata"] = _json(metadata) if isinstance(metadata, dict) else None
    columns["data"] = _json({key: value for key, value in record.items() if key not in ENVELOPE})
    row = Row(**columns)
    return row if line_of(row) == line.content else row._replace(raw=line.content)


def line_of(row: Row) -> bytes:
    """Give the line, or the piece of one, that a row was made of."""
    if row.raw is not None:
        return row.raw
    members = [
        *(f'"{name}":{value}' for name, value in (("seq", row.seq), ("ts", row.ts)) if value is not None),
        *(f'"{name}":{_json(value)}' for name in _TEXTS if (value := getattr(row, name)) is not None),
    ]
    if row.tags is not None:
        members.append(f'"tags":{_json(row.tags)}')
    if row.metadata is not None:
        members.append(f'"metadata":{row.metadata}')
    if row.thread is not None:
        members.append(f'"thread":{row.thread}')
    if row.data is not None and row.data != "{}":
        members.append(row.data[1:-1])
    if row.masked is not None:
        members.append(f'"masked":{_json(row.masked)}')
    if row.lossy is not None:
        members.append(f'"lossy":{_json(row.lossy)}')
    return f"{{{','.join(members)}}}\n".encode()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    return value if type(value) is int and -_MAX_INTEGER <= value < _MAX_INTEGER else None


def _texts(value: Any) -> list[str] | None:
    return value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
