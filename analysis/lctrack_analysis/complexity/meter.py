"""Measures texts: each distinct one once, what is known already not at all."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from lctrack_analysis.complexity.cache import Cache, digest, fingerprint
from lctrack_analysis.complexity.engine import Engine, batches
from lctrack_analysis.complexity.languages import DEFAULT, Language, language
from lctrack_analysis.complexity.pool import Measurer, Pool, cores
from lctrack_analysis.complexity.reference import VERIFIED, Reference, textstat_version
from lctrack_analysis.complexity.schema import SCHEMA
from lctrack_analysis.text import is_unicode

__all__ = ["Meter"]

_WORTH_PROCESSES = 16_000_000
"""Characters from which starting other processes saves time."""


class Meter:
    """Measures texts of one language; to be closed, or used in a `with` statement.

    Args:
        code: Language of the texts, for example `en_US`.
        cache: Directory that keeps what was measured; without one nothing is kept.
        processes: How many to use; by default one for each core if there is enough to do.

    Raises:
        UsageError: The language is not supported.
    """

    def __init__(self, code: str = DEFAULT, *, cache: Path | None = None, processes: int | None = None) -> None:
        self._language: Language = language(code)
        self._cache = Cache(cache, fingerprint(self._language.code)) if cache else None
        self._processes = processes
        self._engine: Measurer | None = None
        self._pool: Pool | None = None

    def measure(self, texts: Sequence[str]) -> pl.DataFrame:
        """Measure texts.

        Args:
            texts: Any texts.

        Returns:
            A row for each, in their order: the sixteen metrics as textstat gives them, then the counts they rest on.
        """
        digests = pl.Series("digest", list(map(digest, texts)), dtype=pl.Binary)
        known = self._cache.read(digests) if self._cache else pl.DataFrame(schema={"digest": pl.Binary, **SCHEMA})
        new = digests.to_frame().with_row_index("place").join(known, on="digest", how="anti")
        new = new.unique("digest", keep="first", maintain_order=True)
        if new.height:
            measured = self._measure([texts[place] for place in new["place"]]).select(new["digest"], pl.all())
            if self._cache:
                self._cache.write(measured)
            known = pl.concat([known, measured])
        return digests.to_frame().join(known, on="digest", how="left", maintain_order="left").drop("digest")

    def _measure(self, texts: Sequence[str]) -> pl.DataFrame:
        """Measure distinct texts."""
        sound = [is_unicode(text) for text in texts]
        if not all(sound):  # polars cannot hold them; a log has none
            odd = Reference(self._language).measure([text for text, good in zip(texts, sound, strict=True) if not good])
            good = self._measure([text for text, good in zip(texts, sound, strict=True) if good])
            places = pl.Series(sound).arg_true().append((~pl.Series(sound)).arg_true())
            return pl.concat([good, odd])[places.arg_sort()]
        if self._engine is None:
            self._engine = Engine(self._language) if textstat_version() in VERIFIED else Reference(self._language)
        portions = list(batches(texts))
        processes = self._processes or (cores() if sum(map(len, texts)) >= _WORTH_PROCESSES else 1)
        if processes == 1 or isinstance(self._engine, Reference):
            return pl.concat([pl.DataFrame(schema=SCHEMA), *map(self._engine.measure, portions)])
        if self._pool is None:
            self._pool = Pool(self._language, processes - 1)
        return pl.concat(self._pool.measure(portions, self._engine))

    def close(self) -> None:
        """End the processes that it started."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
