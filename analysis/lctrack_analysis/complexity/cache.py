"""What was measured before, by digest of the text, in files.

Each run that measured something new adds one file, whole or not at all, and no file is ever changed: so analyses may
run side by side, and deleting the directory is safe at any time. Many files are made into one; the oldest go when
they are more than a gibibyte together. A file that cannot be read counts as absent.

A file's name begins with the fingerprint of all that a value depends on: versions, dictionary, language.
"""

import hashlib
import os
import unicodedata
import uuid
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl

from lctrack_analysis.complexity.dictionary import ARCHIVE
from lctrack_analysis.complexity.reference import VERIFIED, textstat_version
from lctrack_analysis.complexity.schema import SCHEMA

__all__ = ["FOLDER", "Cache", "digest", "fingerprint"]

ENGINE_VERSION = 1
"""Raised when the engine gives another value for any text."""

FOLDER = "complexity"
"""Where it is in the directory that keeps everything."""

_MOST_FILES = 16
_MOST_BYTES = 2**30


def digest(text: str) -> bytes:
    """Give 16 bytes that stand for a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


class Cache:
    """Measurements of one kind.

    Args:
        directory: Where the files are; it is made when there is something to keep.
        mark: What stands for all that a value depends on, besides the text: letters, digits and hyphens.
        schema: The columns of a measurement.
    """

    def __init__(self, directory: Path, mark: str, schema: Mapping[str, type[pl.DataType]] = SCHEMA) -> None:
        self._directory = directory
        self._prefix = f"{mark}-"
        self._schema: dict[str, type[pl.DataType]] = {"digest": pl.Binary, **schema}

    def read(self, digests: pl.Series) -> pl.DataFrame:
        """Give what is known.

        Args:
            digests: Of the texts that are wanted.

        Returns:
            A row for each that is known, and perhaps others: `digest` and the columns of the schema.
        """
        wanted = digests.alias("digest").to_frame()
        found = []
        for file in self._files():
            frame = self._load(file)
            if frame is not None:
                # What nobody asked for is harmless, but for the memory it takes.
                found.append(frame if frame.height <= wanted.height else frame.join(wanted, on="digest", how="semi"))
        if len(found) > 1:  # two analyses at once may have kept the same text
            return pl.concat(found).unique("digest")
        return found[0] if found else pl.DataFrame(schema=self._schema)

    def write(self, measured: pl.DataFrame) -> None:
        """Keep measurements; where that fails they are computed again next time.

        Args:
            measured: `digest` and the columns of the schema.
        """
        with suppress(OSError):
            self._directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._directory.mkdir(mode=0o700, exist_ok=True)
            files = self._files()
            if len(files) >= _MOST_FILES:
                frames = [frame for file in files if (frame := self._load(file)) is not None]
                measured = pl.concat([measured, *frames]).unique("digest")
            else:
                files = []
            self._add(measured)
            for file in files:
                file.unlink(missing_ok=True)
            _shrink(self._directory)

    def _files(self) -> list[Path]:
        return sorted(self._directory.glob(f"{self._prefix}*.arrow"))

    def _add(self, measured: pl.DataFrame) -> None:
        name = f"{self._prefix}{uuid.uuid4().hex}"
        unfinished = self._directory / f"{name}.tmp"
        try:
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                measured.select(*self._schema).write_ipc(file, compression="lz4")
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._directory / f"{name}.arrow")
        finally:
            unfinished.unlink(missing_ok=True)

    def _load(self, file: Path) -> pl.DataFrame | None:
        """Read a file, unless it is damaged, or has just been made part of another."""
        try:
            frame = pl.read_ipc(file)
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return None
        return frame if dict(frame.schema) == self._schema else None


@cache
def fingerprint(language: str) -> str:
    """Give the mark of complexity in a language, by its code."""
    parts = (
        ENGINE_VERSION if textstat_version() in VERIFIED else "textstat",
        textstat_version(),
        version("pyphen"),
        unicodedata.unidata_version,
        hashlib.sha256(ARCHIVE.read_bytes()).hexdigest(),
        *SCHEMA,
        language,
    )
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def _shrink(directory: Path) -> None:
    """Delete the oldest files while there is too much."""
    files = sorted(
        ((file.stat(), file) for file in directory.iterdir()), key=lambda entry: entry[0].st_mtime, reverse=True
    )
    kept = 0
    for status, file in files:
        kept += status.st_size
        if kept > _MOST_BYTES:
            file.unlink(missing_ok=True)
