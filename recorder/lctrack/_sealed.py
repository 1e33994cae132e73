"""The sealed form of a segment: its lines as rows of a Parquet file, byte for byte.

`docs/lctrack-command.md` describes the file. Reading and writing its rows needs pyarrow, which is imported here and
only when that is done; what the file says about itself is read without.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from lctrack._lines import Line, split_lines
from lctrack._row import Row, line_of, row_of
from lctrack._survey import Survey, checked_facts
from lctrack.format import FORMAT

__all__ = [
    "SEALED",
    "SealError",
    "Sealed",
    "describe",
    "no_pause",
    "prepare",
    "read_sealed",
    "require_pyarrow",
    "write_sealed",
]

SEALED = ".parquet"
"""How the name of a sealed segment ends."""

_VERSION = 1
_ABOUT = b"lctrack.about"
_END = 8
_BATCH_BYTES = 8 * 1024 * 1024
_BATCH_ROWS = 20_000
_READ_ROWS = 256  # a batch becomes Python objects in one go, during which no other thread runs


class SealError(Exception):
    """A segment cannot be sealed, or a sealed one not be read; the text is a finished sentence."""


class Sealed(NamedTuple):
    """What a sealed segment says about itself.

    Attributes:
        size: Length of the JSONL it was made of.
        sha256: That JSONL's SHA-256.
        facts: Its survey (see `Survey`).
    """

    size: int
    sha256: str
    facts: dict[str, Any]


def require_pyarrow() -> None:
    """Import pyarrow.

    Raises:
        SealError: It is not installed.
    """
    try:
        import pyarrow.parquet  # noqa: PLC0415  # optional, and slow to import
    except ImportError as error:
        raise SealError("sealed segments need pyarrow: pip install pyarrow") from error
    del pyarrow


def prepare() -> None:
    """Import all that sealing needs: too much to be done in the middle of things, and not possible at the very end.

    Raises:
        SealError: pyarrow is not installed.
    """
    require_pyarrow()
    import pyarrow as pa  # noqa: PLC0415  # see require_pyarrow

    pa.array([])  # with its first array, pyarrow imports pandas where there is one


def no_pause() -> None:
    """Go on at once."""


def write_sealed(stream: BinaryIO, lines: Iterable[Line], pause: Callable[[], None] = no_pause) -> Sealed:
    """Write lines as a Parquet file.

    Args:
        stream: Where it goes.
        lines: All lines of a segment.
        pause: Called between small pieces of the work.

    Returns:
        What the file says about itself.
    """
    import pyarrow as pa  # noqa: PLC0415  # see require_pyarrow
    import pyarrow.parquet as pq  # noqa: PLC0415  # likewise

    schema = _schema()
    survey, digest, size = Survey(), hashlib.sha256(), 0
    with pq.ParquetWriter(stream, schema, compression="zstd", write_page_checksum=True, store_schema=False) as writer:
        for batch in _batches(lines):
            rows = []
            for line in batch:
                survey.add(line)
                digest.update(line.content)
                size += len(line.content)
                rows.append(row_of(line))
                pause()
            arrays = []
            for values, field in zip(zip(*rows, strict=True), schema, strict=True):
                arrays.append(pa.array(values, field.type))
                pause()
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
        sealed = Sealed(size, digest.hexdigest(), survey.facts)
        writer.add_key_value_metadata(_key_values(sealed))
    return sealed


def describe(path: Path) -> Sealed | None:
    """Read what a Parquet file says about itself, without pyarrow.

    Returns:
        None for a Parquet file that is no sealed segment.

    Raises:
        SealError: It is damaged, or of a version to come.
        OSError: It cannot be read.
    """
    try:
        _, found, value = _footer(path).rpartition(_ABOUT)
        if not found:
            return None
        # The value follows, after its length. It is JSON in ASCII, and ends where the object does.
        about, _ = json.JSONDecoder().raw_decode(value.decode("latin-1"), value.index(b"{"))
        if about["version"] > _VERSION:
            raise SealError(f"{path} is sealed by a newer lctrack than this: bring that one")
        return Sealed(int(about["jsonl_bytes"]), str(about["jsonl_sha256"]), checked_facts(about["survey"]))
    except (LookupError, ValueError, TypeError, RecursionError) as error:
        raise SealError(f"{path} is damaged: {error}") from error


def read_sealed(path: Path) -> Iterator[Line]:
    """Give the lines that a sealed segment was made of.

    Raises:
        SealError: It is damaged or no sealed segment, or there is no pyarrow.
        OSError: It cannot be read.
    """
    require_pyarrow()
    with path.open("rb") as stream:
        yield from split_lines(_contents(path, stream))


def _footer(path: Path) -> bytes:
    """Read the metadata at the end of a Parquet file: its length and `PAR1` come after it."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _END))
        end = stream.read()
        length = int.from_bytes(end[:4], "little")
        if end[4:] != b"PAR1" or length + _END > size:
            raise ValueError("the end of a Parquet file is missing")
        stream.seek(size - _END - length)
        return stream.read(length)


def _contents(path: Path, stream: BinaryIO) -> Iterator[bytes]:
    import pyarrow.parquet as pq  # noqa: PLC0415  # see require_pyarrow

    try:
        file = pq.ParquetFile(stream, page_checksum_verification=True)
        _refuse_other_columns(file.schema_arrow, path)
        for batch in file.iter_batches(batch_size=_READ_ROWS):
            for values in batch.to_pylist():
                yield line_of(Row(**values))
    except SealError:
        raise
    except Exception as error:  # pyarrow raises whatever the damage makes it trip over
        reason = str(error).partition("\n")[0]
        raise SealError(f"{path} is damaged: {reason}") from error


def _refuse_other_columns(schema: Any, path: Path) -> None:
    if schema.remove_metadata() != _schema():
        raise SealError(f"{path} is no sealed segment: its columns are others")


def _schema() -> Any:
    import pyarrow as pa  # noqa: PLC0415  # see require_pyarrow

    # Ids are text: not every reader knows Parquet's UUID.
    kinds = {name: pa.string() for name in Row._fields}
    kinds |= {name: pa.int64() for name in ("seq", "ts", "thread")}
    kinds |= {name: pa.list_(pa.string()) for name in ("tags", "masked", "lossy")}
    kinds["raw"] = pa.binary()
    return pa.schema([(name, kinds[name]) for name in Row._fields])


def _key_values(sealed: Sealed) -> dict[str, str]:
    facts = sealed.facts
    about = {
        "version": _VERSION,
        "jsonl_bytes": sealed.size,
        "jsonl_sha256": sealed.sha256,
        "survey": facts,
    }
    return {
        "lctrack.sealed": str(_VERSION),
        "lctrack.format": str(FORMAT if facts["format"] is None else facts["format"]),
        "lctrack.segment": str(facts["segment"] or ""),
        "lctrack.jsonl_bytes": str(sealed.size),
        "lctrack.jsonl_sha256": sealed.sha256,
        _ABOUT.decode(): json.dumps(about),
    }


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Gather lines into groups that fit into memory several times."""
    batch: list[Line] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line.content)
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
