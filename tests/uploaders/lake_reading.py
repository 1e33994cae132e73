"""Lakes to deliver to, in a folder and in moto's S3, read with DuckDB and with Delta's own client."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb
import polars as pl
import pytest

from lctrack_uploaders.testing.suite import CANARY
from tests.uploaders.standin import answering

REGION = "us-east-1"


class Root(Protocol):
    """The place of a lake."""

    path: str
    endpoint: str | None

    def local(self) -> Path:
        """Give a folder with all that there is."""

    def broken(self) -> Any:
        """Make it fail for a while; gives the endpoint to use meanwhile."""


class FolderRoot:
    """A folder that is not there yet."""

    endpoint: str | None = None

    def __init__(self, tmp_path: Path) -> None:
        self._folder = tmp_path / uuid.uuid4().hex
        self.path = str(self._folder)

    def local(self) -> Path:
        return self._folder

    @contextmanager
    def broken(self) -> Iterator[None]:
        aside = self._folder.with_suffix(".aside")
        if self._folder.exists():
            self._folder.rename(aside)
        self._folder.write_text("in the way")
        yield None
        self._folder.unlink()
        if aside.exists():
            aside.rename(self._folder)


class BucketRoot:
    """A bucket of its own in moto."""

    def __init__(self, endpoint: str, tmp_path: Path) -> None:
        self.endpoint: str | None = endpoint
        self._bucket = f"lake-{uuid.uuid4().hex[:8]}"
        self._copy = tmp_path / self._bucket
        self.path = f"s3://{self._bucket}/team/lake"
        self.client().create_bucket(Bucket=self._bucket)

    def client(self) -> Any:
        boto3 = pytest.importorskip("boto3")
        keys = {"aws_access_key_id": CANARY, "aws_secret_access_key": CANARY}
        return boto3.client("s3", region_name=REGION, endpoint_url=self.endpoint, **keys)

    def local(self) -> Path:
        copy = self._copy / uuid.uuid4().hex
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket)
        for item in (item for page in pages for item in page.get("Contents", ())):
            path = copy / item["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(client.get_object(Bucket=self._bucket, Key=item["Key"])["Body"].read())
        return copy / "team" / "lake"

    @contextmanager
    def broken(self) -> Iterator[str]:
        with answering((503, b"down for maintenance")) as (address, _):
            yield f"http://{address}"


class Lake:
    """A lake of one of the two kinds."""

    def __init__(self, kind: str, root: Root) -> None:
        self.kind = kind
        self.salt = uuid.uuid4().hex[:8]
        self.root = root
        self.options: dict[str, Any] = {f"{kind}_path": root.path}
        if root.endpoint:
            self.options[f"{kind}_endpoint"] = root.endpoint

    def tables(self) -> dict[str, pl.DataFrame]:
        """Read all tables."""
        folder = self.root.local()
        found = sorted(folder.iterdir()) if folder.is_dir() else ()
        # A folder without files is no table to anybody.
        filled = (path for path in found if path.name[0] not in "._" and any(path.rglob("*.parquet")))
        return {path.name: self.table(path) for path in filled}

    def table(self, path: Path) -> pl.DataFrame:
        """Read a table."""
        if self.kind == "parquet":
            frame: pl.DataFrame = duckdb.connect().read_parquet(f"{path}/*/*.parquet", hive_partitioning=True).pl()
            return frame
        deltalake = pytest.importorskip("deltalake")
        query = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(str(path)))
        return pl.DataFrame(query.execute("SELECT * FROM t").read_all())

    def everything(self) -> Any:
        """Read all rows, and the names of all files where those follow from the sessions."""
        rows = {name: sorted(map(str, frame.to_dicts())) for name, frame in self.tables().items()}
        return {"rows": rows, "files": self.files()}

    def files(self) -> dict[str, str]:
        """Give the names of all files but hidden ones, those of lists with their content."""
        folder = self.root.local()
        if self.kind == "delta" or not folder.is_dir():
            return {}
        return {
            str(path.relative_to(folder)): path.read_text() if path.suffix == ".json" else ""
            for path in sorted(folder.rglob("[!.]*"))
            if path.is_file()
        }

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Put something else in its place."""
        with self.root.broken() as endpoint:
            before = self.options
            if endpoint:
                self.options = {**self.options, f"{self.kind}_endpoint": endpoint}
            yield
            self.options = before
