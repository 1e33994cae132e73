"""Bundles, the zip files that `lctrack bundle` makes: a path that goes on behind the zip file names a segment in it."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lctrack.format import SUFFIX
from lctrack_analysis.read.lines import BadLineError

__all__ = ["BUNDLE", "bundle_of", "is_bundle", "members", "open_member"]

BUNDLE = ".zip"
"""How the name of a bundle ends, where a directory is searched for it."""

_MANIFEST = "MANIFEST.json"
_MOST_MANIFEST = 64 * 1024 * 1024
_SUFFIXES = (SUFFIX, ".parquet")


def is_bundle(path: Path) -> bool:
    """Tell a bundle from other zip files."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _MANIFEST in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False


def members(path: Path) -> list[Path]:
    """List the segments in a bundle, as paths that go through it; none where its manifest cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            with archive.open(_MANIFEST) as stream:
                manifest = json.loads(stream.read(_MOST_MANIFEST))
            there = set(archive.namelist())
        names = [str(each["name"]) for each in manifest["segments"]]
    except Exception:  # noqa: BLE001  # zipfile raises whatever the damage makes it trip over
        return []
    return [path / name for name in names if name in there and name.endswith(_SUFFIXES) and ".." not in name]


def bundle_of(path: Path) -> Path | None:
    """Give the bundle that a path goes through, if it does."""
    return next((parent for parent in path.parents if parent.is_file()), None)


@contextmanager
def open_member(bundle: Path, path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open a segment in a bundle.

    Yields:
        Its bytes, and how many they are in the bundle.

    Raises:
        BadLineError: The bundle is damaged there.
    """
    try:
        with zipfile.ZipFile(bundle) as archive:
            info = archive.getinfo(path.relative_to(bundle).as_posix())
            with archive.open(info) as stream:
                yield stream, info.compress_size  # type: ignore[misc]  # it can be read like any other
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise BadLineError(f"the bundle is damaged from here on: {error}") from error
