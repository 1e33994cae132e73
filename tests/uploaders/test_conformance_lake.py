"""The suite on lakes: Parquet and Delta, in a folder and in moto's S3."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from lctrack_uploaders.testing import Destination, TargetSuite
from tests.uploaders.lake_reading import REGION, BucketRoot, FolderRoot, Lake


def wrong(kind: str) -> list[dict[str, str]]:
    return [
        {f"{kind}_path": "http://host/lake"},
        {f"{kind}_path": "s3://"},
        {f"{kind}_path": "s3://UPPER/lake"},
        {f"{kind}_path": "s3://bucket/lake", f"{kind}_endpoint": "http://bob:canary-4711-secret@host/"},
    ]


class TestParquetFolder(TargetSuite):
    kind: ClassVar = "parquet"
    wrong: ClassVar = wrong("parquet")

    @pytest.fixture
    def make_destination(self, tmp_path: Path) -> Callable[[], Destination]:
        return lambda: Lake("parquet", FolderRoot(tmp_path))


class TestParquetBucket(TargetSuite):
    kind: ClassVar = "parquet"
    wrong: ClassVar = wrong("parquet")

    @pytest.fixture
    def make_destination(
        self, tmp_path: Path, sagemaker_server: str, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[], Destination]:
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        return lambda: Lake("parquet", BucketRoot(sagemaker_server, tmp_path))


class TestDeltaFolder(TargetSuite):
    kind: ClassVar = "delta"
    wrong: ClassVar = wrong("delta")

    @pytest.fixture
    def make_destination(self, tmp_path: Path) -> Callable[[], Destination]:
        pytest.importorskip("deltalake")
        return lambda: Lake("delta", FolderRoot(tmp_path))


class TestDeltaBucket(TargetSuite):
    kind: ClassVar = "delta"
    wrong: ClassVar = wrong("delta")

    @pytest.fixture
    def make_destination(
        self, tmp_path: Path, sagemaker_server: str, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[], Destination]:
        pytest.importorskip("deltalake")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        return lambda: Lake("delta", BucketRoot(sagemaker_server, tmp_path))
