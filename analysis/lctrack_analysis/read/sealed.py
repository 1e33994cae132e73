"""Sealed segments: the lines that a Parquet file was made of, byte for byte.

`docs/lctrack-command.md` describes the file. Whoever reads lines need not know which of both forms they come from.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from lctrack_analysis.errors import UsageError
from lctrack_analysis.read.lines import MAX_LINE, BadLineError, DamagedError, Line

__all__ = ["SEALED", "DamagedError", "is_sealed", "read_sealed"]

SEALED = ".parquet"
"""How the name of a sealed segment ends."""

_SEGMENT = re.compile(r"\d{8}T\d{12}Z-\d+-[0-9a-f]{8}")
_TEXTS = ("event", "session_id", "trace_id", "run_id", "parent_run_id", "name")
_COLUMNS = pa.schema(
    [
        ("seq", pa.int64()),
        ("ts", pa.int64()),
        *((name, pa.string()) for name in _TEXTS),
        ("tags", pa.list_(pa.string())),
        ("metadata", pa.string()),
        ("thread", pa.int64()),
        ("masked", pa.list_(pa.string())),
        ("lossy", pa.list_(pa.string())),
        ("data", pa.string()),
        ("raw", pa.binary()),
    ]
)


def is_sealed(path: Path) -> bool:
    """Tell a sealed segment, even a damaged one, from other tables that somebody keeps beside the logs."""
    if _SEGMENT.fullmatch(path.stem):
        return True
    try:
        return b"lctrack.sealed" in (pq.read_metadata(path).metadata or {})
    except (OSError, pa.ArrowException):
        return False


def read_sealed(path: Path) -> Iterator[Line]:
    """Read the lines of a sealed segment in order, numbered and placed as in the file that was sealed.

    Yields:
        Each line.

    Raises:
        UsageError: The file cannot be opened.
        DamagedError: It is no sealed segment, or a damaged one.
    """
    number, offset, length = 1, 0, 0
    pieces: list[bytes] = []
    try:
        for piece in _contents(path):
            length += len(piece)
            # A line that was too long to be read at once is there in pieces.
            pieces = [*pieces, piece] if length <= MAX_LINE else []
            if piece.endswith(b"\n"):
                yield Line(number, offset, b"".join(pieces) if length <= MAX_LINE else None)
                number, offset, length, pieces = number + 1, offset + length, 0, []
    except BadLineError as bad:
        raise DamagedError(str(bad), number, offset) from bad
    if length:
        yield Line(number, offset, b"".join(pieces) if length <= MAX_LINE else None)


def _contents(path: Path) -> Iterator[bytes]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    with stream:
        try:
            file = pq.ParquetFile(stream, page_checksum_verification=True)
            _refuse_other_columns(file.schema_arrow)
            for batch in file.iter_batches(batch_size=1024):
                for row in batch.to_pylist():
                    yield _line_of(row)
        except BadLineError:
            raise
        except Exception as error:  # pyarrow raises whatever the damage makes it trip over
            reason = str(error).partition("\n")[0]
            raise BadLineError(f"the sealed segment is damaged from here on: {reason}") from error


def _refuse_other_columns(schema: pa.Schema) -> None:
    if schema.remove_metadata() != _COLUMNS:
        raise BadLineError("not a sealed segment: its columns are others")


def _line_of(row: dict[str, Any]) -> bytes:
    """Give the line that a row was made of; the columns follow one another as the recorder writes them."""
    raw: bytes | None = row["raw"]
    if raw is not None:
        return raw
    members = [
        *(b'"%b":%d' % (name.encode(), row[name]) for name in ("seq", "ts") if row[name] is not None),
        *(_member(name, row[name]) for name in _TEXTS if row[name] is not None),
    ]
    if row["tags"] is not None:
        members.append(_member("tags", row["tags"]))
    if row["metadata"] is not None:
        members.append(b'"metadata":' + row["metadata"].encode())
    if row["thread"] is not None:
        members.append(b'"thread":%d' % row["thread"])
    if row["data"] is not None and row["data"] != "{}":
        members.append(row["data"][1:-1].encode())
    if row["masked"] is not None:
        members.append(_member("masked", row["masked"]))
    if row["lossy"] is not None:
        members.append(_member("lossy", row["lossy"]))
    return b"{%b}\n" % b",".join(members)


def _member(name: str, value: Any) -> bytes:
    return b'"%b":%b' % (name.encode(), orjson.dumps(value))
