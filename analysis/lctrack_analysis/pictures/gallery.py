"""Looks at texts, each distinct one once, and draws them; what the cache and the directory have is left as it is."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lctrack_analysis.complexity.cache import Cache
from lctrack_analysis.errors import AnalysisError
from lctrack_analysis.pictures.annotate import Annotation, Annotator, Task
from lctrack_analysis.pictures.model import Model, fingerprint
from lctrack_analysis.pictures.page import DEPENDENCIES, ENTITIES, file_name, is_current, write_page

__all__ = ["COUNTED", "FOLDER", "UNKNOWN", "Drawn", "Gallery", "Seen"]

ENGINE_VERSION = 1
"""Raised when a text is counted or drawn otherwise."""

FOLDER = "spacy"
"""Where the cache of counts is in the directory that keeps everything."""

COUNTED: dict[str, type[pl.DataType]] = {
    "spacy_tokens": pl.Int64,
    "spacy_entities": pl.Int64,
    "spacy_entity_labels": pl.String,
    "spacy_pos": pl.String,
}
"""What is counted in a text, with types in polars."""

_SCHEMA: dict[str, type[pl.DataType]] = {**COUNTED, DEPENDENCIES: pl.Boolean, ENTITIES: pl.Boolean}
_TOLD = {DEPENDENCIES: "dependencies", ENTITIES: "entities"}


class Drawn(NamedTuple):
    """What came of drawing."""

    directory: Path
    drawn: int
    """Distinct texts drawn now."""
    kept: int
    """Distinct texts whose pictures were there."""
    left_out: int
    """Distinct texts beyond the limit."""
    shortened: int
    """Distinct texts, among those drawn or kept, of which only the beginning is drawn."""
    failures: tuple[str, ...]
    """Why the model failed, for each distinct text on which it did."""
    lacking: tuple[str, ...]
    """Of `dependencies` and `entities`, what the model has no part for."""
    model: str
    """Name and version."""


class Seen(NamedTuple):
    """What is known of a text: its counts, and which pictures can be drawn of it."""

    counts: tuple[int | str | None, ...]
    kinds: tuple[str, ...]


UNKNOWN = Seen((None,) * len(COUNTED), ())
"""What is known of a text that nobody looked at, or on which the model failed."""


class Gallery:
    """What a model sees in texts; texts are told apart by their digests.

    Args:
        model: The model.
        directory: Where pictures are to be; None for counts alone.
        most: How many distinct texts are drawn.
        cache: Directory that keeps counts among other things, or None: then everything is drawn anew.
    """

    def __init__(self, model: Model, directory: Path | None, most: int, cache: Path | None) -> None:
        self._model = model
        self._directory = directory
        self._most = most
        self._mark = f"{ENGINE_VERSION}-{fingerprint(model)}"
        self._annotator = Annotator(model, self._mark)
        self._cache = Cache(cache / FOLDER, self._mark, _SCHEMA) if cache else None
        self._known: dict[bytes, Seen] = {}
        self._chosen: set[bytes] = set()
        self._left_out: set[bytes] = set()
        self._drawn = self._kept = 0
        self._failures: list[str] = []

    def seen(self, digest: bytes) -> Seen:
        """Tell what is known of a text."""
        return self._known.get(digest, UNKNOWN)

    def look(self, texts: Mapping[bytes, str], show: Callable[[int], None]) -> None:
        """Count and draw what is new among some texts.

        Args:
            texts: By digest; the first are drawn where there are more than the limit, over all calls.
            show: Is told how many of them are done.

        Raises:
            AnalysisError: The model cannot be loaded, or the pictures cannot be written.
        """
        self._recall([digest for digest in texts if digest not in self._known])
        tasks: dict[bytes, Task] = {}
        for digest, text in texts.items():
            chosen, known = self._choose(digest, text), self._known.get(digest)
            if known is None or (chosen and not self._is_drawn(text, known)):
                tasks[digest] = Task(text, chosen)
            elif chosen:
                self._kept += bool(known.kinds)
        fresh: dict[bytes, Seen] = {}
        try:
            found = self._annotator.annotate(list(tasks.values()))
            for number, (digest, annotation) in enumerate(zip(tasks, found, strict=True), 1):
                if isinstance(annotation, Exception):
                    self._failures.append(f"{type(annotation).__name__}: {annotation}")
                    self._known[digest] = UNKNOWN
                else:
                    self._write(tasks[digest].text, annotation)
                    fresh[digest] = self._known[digest] = _seen(annotation)
                show(number)
        finally:
            self._keep(fresh)  # also when somebody stopped it

    def outcome(self, directory: Path) -> Drawn:
        """Tell what came of drawing."""
        possible = {kind for seen in self._known.values() for kind in seen.kinds}
        chosen = [self.seen(digest) for digest in self._chosen]
        return Drawn(
            directory=directory,
            drawn=self._drawn,
            kept=self._kept,
            left_out=len(self._left_out),
            shortened=sum(bool(seen.kinds) and seen.counts[0] is None for seen in chosen),
            failures=tuple(self._failures),
            # Where it saw nothing, nothing can be told.
            lacking=tuple(_TOLD[kind] for kind in _TOLD if kind not in possible and chosen != [UNKNOWN] * len(chosen)),
            model=self._model.label,
        )

    def _choose(self, digest: bytes, text: str) -> bool:
        """Tell whether a text is to be drawn, and was not before."""
        if self._directory is None or not text.strip() or digest in self._chosen or digest in self._left_out:
            return False
        into = self._chosen if len(self._chosen) < self._most else self._left_out
        into.add(digest)
        return into is self._chosen

    def _is_drawn(self, text: str, known: Seen) -> bool:
        return all(is_current(self._path(kind, text), self._mark) for kind in known.kinds)

    def _write(self, text: str, annotation: Annotation) -> None:
        for kind, content in annotation.pages.items():
            try:
                write_page(self._path(kind, text), content)
            except OSError as error:
                raise AnalysisError(f"no picture can be written into {self._directory}: {error.strerror}") from error
        self._drawn += bool(annotation.pages)

    def _path(self, kind: str, text: str) -> Path:
        assert self._directory is not None  # noqa: S101  # or nothing would have been chosen
        return self._directory / file_name(kind, text)

    def _recall(self, digests: Sequence[bytes]) -> None:
        """Learn from the cache."""
        if self._cache is None:
            return
        wanted = set(digests)
        for digest, *counts, dep, ent in self._cache.read(pl.Series("digest", digests, dtype=pl.Binary)).iter_rows():
            if digest in wanted:
                kinds = tuple(kind for kind, has in ((DEPENDENCIES, dep), (ENTITIES, ent)) if has)
                self._known[digest] = Seen(tuple(counts), kinds)

    def _keep(self, fresh: Mapping[bytes, Seen]) -> None:
        if self._cache is not None and fresh:
            rows = [
                (digest, *seen.counts, DEPENDENCIES in seen.kinds, ENTITIES in seen.kinds)
                for digest, seen in fresh.items()
            ]
            self._cache.write(pl.DataFrame(rows, {"digest": pl.Binary, **_SCHEMA}, orient="row"))


def _seen(found: Annotation) -> Seen:
    kinds = ((DEPENDENCIES, found.has_dependencies), (ENTITIES, found.has_entities))
    counts = (found.tokens, found.entities, found.entity_labels, found.pos)
    return Seen(counts, tuple(kind for kind, has in kinds if has))
