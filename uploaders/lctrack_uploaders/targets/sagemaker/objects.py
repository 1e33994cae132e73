"""What of a session becomes an object in S3, each with its name and content.

The names are those of LangChain's `SageMakerCallbackHandler`. It has a cap of 30 artifacts because it registers each
with its run; here every one is an object, an index lists them all, and as many as may be are registered.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path

import polars as pl

from lctrack_analysis.defuse import defused, defused_text
from lctrack_uploaders import attachments
from lctrack_uploaders.targets.sagemaker import parameters
from lctrack_uploaders.units import Unit

INDEX = "artifacts.json"
PAGE_OF = "session_analysis"
PAGE = "chat_html.html"
JSON, CSV, PARQUET, HTML = "application/json", "text/csv", "application/parquet", "text/html"
_MEDIA = {".html": HTML, ".jsonl": "application/x-ndjson", ".gz": "application/gzip", ".parquet": PARQUET}
_OTHER = "application/octet-stream"
_SUSPECT = frozenset("'=+-@\t\r\n＝＋－＠")  # noqa: RUF001  # what a cell begins with that `defused` may change


@dataclass(frozen=True, slots=True)
class Object:
    """One object: its key below the run's own place, and its content as bytes, in a file, or made when it is read."""

    name: str
    media: str
    content: bytes | Path | Callable[[], bytes] = field(repr=False)

    @property
    def title(self) -> str:
        """What the run calls it as an artifact: the handler's names have no ending."""
        return self.name.removesuffix(".json")

    def read(self) -> bytes:
        """Give the content."""
        if isinstance(self.content, Path):
            return self.content.read_bytes()
        return self.content if isinstance(self.content, bytes) else self.content()


def table(name: str, frame: pl.DataFrame) -> tuple[Object, Object]:
    """Give a table in both of its forms.

    Args:
        name: The table.
        frame: Its rows.

    Returns:
        Parquet, as it is; and CSV, in which times are ISO 8601 with nanoseconds, lists are JSON, and text that a
        spreadsheet would run is made harmless.
    """
    # Made when they are put: most of the time that a session takes goes here, and a dry run need not wait for it.
    parquet, csv = partial(_parquet, frame), partial(_csv, frame)
    return Object(f"tables/{name}.parquet", PARQUET, parquet), Object(f"tables/{name}.csv", CSV, csv)


def documents(unit: Unit) -> Iterator[Object]:
    """Give what there is once: parameters and metrics whole, prompts and answers to read, the recorded model."""
    yield Object("parameters.json", JSON, _json(parameters.whole(unit)).encode())
    points = [{"name": key, "value": value, "time": time, "step": step} for key, value, time, step in unit.metrics]
    yield Object("metrics.json", JSON, _json(points).encode())
    if PAGE_OF in unit.tables:
        yield Object(PAGE, HTML, "".join(unit.tables[PAGE_OF]["chat_html"].drop_nulls()).encode())
    if (model := attachments.model(unit)) is not None:
        yield Object(attachments.MODEL, JSON, model.encode())


def pictures(unit: Unit) -> list[Object]:
    """Give the pictures of its generated texts."""
    return [Object(name, _media(path), path) for name, path in unit.pictures.items()]


def segments(unit: Unit) -> list[tuple[Object, int]]:
    """Give the log files that hold it, with their sizes in bytes."""
    return [
        (Object(f"segments/{file.name}", _media(file), file), size) for file, size in attachments.sizes(unit).items()
    ]


def index(found: list[Object]) -> Object:
    """Give the list of all objects."""
    listed = [{"name": item.name, "media_type": item.media} for item in found]
    return Object(INDEX, JSON, _json(listed).encode())


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _csv(frame: pl.DataFrame) -> bytes:
    lists = [column for column, kind in frame.schema.items() if kind == pl.List]
    plain = frame.with_columns(
        pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ"),
        *(pl.col(column).map_elements(_json, return_dtype=pl.String) for column in lists),
    )
    # In a small table, looking at each cell is much faster than asking polars to look at each column.
    hostile = [column.name for column in plain if column.dtype == pl.String and any(map(_is_hostile, column.to_list()))]
    return (plain.with_columns(defused(plain.select(hostile))) if hostile else plain).write_csv().encode()


def _is_hostile(cell: str | None) -> bool:
    return cell is not None and cell[:1] in _SUSPECT and defused_text(cell) != cell


def _media(path: Path) -> str:
    return _MEDIA.get(path.suffix, _OTHER)


def _json(value: object) -> str:
    plain = value.to_list() if isinstance(value, pl.Series) else value
    return json.dumps(plain, ensure_ascii=False)
