"""What of a session becomes an object in S3, each with its name and content.

The names are those of LangChain's `SageMakerCallbackHandler`. It has a cap of 30 artifacts because it registers each
with its run; here every one is an object, an index lists them all, and as many as may be are registered.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import polars as pl

from lctrack_analysis.defuse import defused
from lctrack_uploaders.targets.mlflow import artifacts
from lctrack_uploaders.targets.sagemaker import parameters
from lctrack_uploaders.units import Unit

INDEX = "artifacts.json"
PAGE_OF = "session_analysis"
PAGE = "chat_html.html"
JSON, CSV, PARQUET, HTML = "application/json", "text/csv", "application/parquet", "text/html"
_MEDIA = {".html": HTML, ".jsonl": "application/x-ndjson", ".gz": "application/gzip", ".parquet": PARQUET}
_OTHER = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Object:
    """One object: its key below the run's own place, and its content as bytes or in a file."""

    name: str
    media: str
    content: bytes | Path = field(repr=False)

    @property
    def title(self) -> str:
        """What the run calls it as an artifact: the handler's names have no ending."""
        return self.name.removesuffix(".json")

    def read(self) -> bytes:
        """Give the content."""
        return self.content if isinstance(self.content, bytes) else self.content.read_bytes()


def table(name: str, frame: pl.DataFrame) -> tuple[Object, Object]:
    """Give a table in both of its forms.

    Args:
        name: The table.
        frame: Its rows.

    Returns:
        Parquet, as it is; and CSV, in which times are ISO 8601 with nanoseconds, lists are JSON, and text that a
        spreadsheet would run is made harmless.
    """
    buffer = BytesIO()
    frame.write_parquet(buffer)
    lists = [column for column, kind in frame.schema.items() if kind == pl.List]
    plain = frame.with_columns(
        pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ"),
        *(pl.col(column).map_elements(_json, return_dtype=pl.String) for column in lists),
    )
    csv = defused(plain).write_csv().encode()
    return Object(f"tables/{name}.parquet", PARQUET, buffer.getvalue()), Object(f"tables/{name}.csv", CSV, csv)


def documents(unit: Unit) -> Iterator[Object]:
    """Give what there is once: parameters and metrics whole, prompts and answers to read, the recorded model."""
    yield Object("parameters.json", JSON, _json(parameters.whole(unit)).encode())
    points = [{"name": key, "value": value, "time": time, "step": step} for key, value, time, step in unit.metrics]
    yield Object("metrics.json", JSON, _json(points).encode())
    if PAGE_OF in unit.tables:
        yield Object(PAGE, HTML, "".join(unit.tables[PAGE_OF]["chat_html"].drop_nulls()).encode())
    if (model := artifacts.model(unit)) is not None:
        yield Object(artifacts.MODEL, JSON, model.encode())


def pictures(unit: Unit) -> list[Object]:
    """Give the pictures of its generated texts."""
    return [Object(name, _media(path), path) for name, path in unit.pictures.items()]


def segments(unit: Unit) -> list[tuple[Object, int]]:
    """Give the log files that hold it, with their sizes in bytes."""
    return [(Object(f"segments/{file.name}", _media(file), file), size) for file, size in artifacts.sizes(unit).items()]


def index(found: list[Object]) -> Object:
    """Give the list of all objects."""
    listed = [{"name": item.name, "media_type": item.media} for item in found]
    return Object(INDEX, JSON, _json(listed).encode())


def _media(path: Path) -> str:
    return _MEDIA.get(path.suffix, _OTHER)


def _json(value: object) -> str:
    plain = value.to_list() if isinstance(value, pl.Series) else value
    return json.dumps(plain, ensure_ascii=False)
