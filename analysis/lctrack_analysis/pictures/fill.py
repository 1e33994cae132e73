"""Fills in what the tables tell of spaCy's, when something first asks for it; and draws the pictures.

Pictures that are there already are linked also where nobody asked for spaCy.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from lctrack_analysis.complexity.cache import digest
from lctrack_analysis.errors import UsageError
from lctrack_analysis.on_demand import OnDemand
from lctrack_analysis.pictures import DEFAULT_MODEL
from lctrack_analysis.pictures.gallery import COUNTED, Drawn, Gallery
from lctrack_analysis.pictures.model import Model, find_model
from lctrack_analysis.pictures.page import DEPENDENCIES, ENTITIES, file_name
from lctrack_analysis.progress import Progress

__all__ = ["Drawing", "Wish"]

_PORTION = 2_000
_TEXTS = """
SELECT core.place, answers.text
FROM stage.generation_core AS core
JOIN stage.answers
    ON answers.row_id = core.end_row
    AND answers.prompt_index = core.prompt_index AND answers.generation_index = core.generation_index
WHERE answers.text IS NOT NULL
"""
_LINKS = f"""
INSERT INTO stage.annotated BY NAME
SELECT place, dep.name AS dependency_tree, ent.name AS entities
FROM ({_TEXTS}) AS texts
LEFT JOIN pictures AS dep ON dep.name = concat('{DEPENDENCIES}-', sha1(text), '.html')
LEFT JOIN pictures AS ent ON ent.name = concat('{ENTITIES}-', sha1(text), '.html')
WHERE dep.name IS NOT NULL OR ent.name IS NOT NULL
"""  # noqa: S608  # names of our own
_ROW: dict[str, type[pl.DataType]] = {
    "place": pl.Int64,
    "spacy_model": pl.String,
    **COUNTED,
    "dependency_tree": pl.String,
    "entities": pl.String,
}


class Wish(NamedTuple):
    """What somebody wants of spaCy."""

    model: str | os.PathLike[str] | None = None
    """Name or folder of a model; None for no counts, and for the default model of pictures."""
    draw: bool = False
    """Whether pictures are drawn, or only linked where they are."""
    directory: Path | None = None
    """Where pictures are; None where no place could be found for them."""
    most: int = 0
    """How many distinct texts are drawn."""


class Drawing(OnDemand):
    """What is to be filled in, once.

    Args:
        wish: What is wanted.
        cache: Directory that keeps counts among other things, or None: then everything is drawn anew.

    Raises:
        AnalysisError: spaCy or the model is not installed.
        UsageError: The model's path is none, or there is no place for pictures.
    """

    mentions = re.compile("generations|session_analysis|query", re.IGNORECASE)

    def __init__(self, wish: Wish, cache: Path | None) -> None:
        super().__init__()
        self._wish = wish
        self._cache = cache
        self._model: Model | None = None
        self._gallery: Gallery | None = None
        if wish.draw and wish.most < 0:
            raise UsageError("the number of texts to draw cannot be negative")
        if wish.draw and wish.directory is None:
            raise UsageError(
                "there is no place for pictures beside the logs, nor in a home directory: name a directory"
            )
        if wish.draw or wish.model is not None:
            self._model = find_model(DEFAULT_MODEL if wish.model is None else wish.model)

    @property
    def directory(self) -> Path | None:
        """Where pictures are, or would be."""
        return self._wish.directory

    def _is_wanted(self) -> bool:
        return self._model is not None or bool(_pictures_in(self._wish.directory))

    def _fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        if self._model is None:
            _link(connection, _pictures_in(self._wish.directory))
            return
        directory = self._wish.directory if self._wish.draw else None
        self._gallery = Gallery(self._model, directory, self._wish.most, self._cache)
        self._look(connection, self._gallery, self._model.label)

    def outcome(self) -> Drawn:
        """Tell what came of drawing, which `fill` did.

        Raises:
            UsageError: Nothing was to be drawn.
        """
        if self._gallery is None or self._wish.directory is None or not self._wish.draw:
            raise UsageError("nothing was to be drawn: load the logs with visualize=True, or with a directory")
        return self._gallery.outcome(self._wish.directory)

    def _look(self, connection: duckdb.DuckDBPyConnection, gallery: Gallery, label: str) -> None:
        [(total,)] = connection.execute("SELECT count(*) FROM stage.generation_core").fetchall()
        done = 0
        with _texts(connection) as portions, Progress("reading with spaCy", "texts", 1) as progress:
            for portion in portions:
                texts = portion["text"].to_list()
                digests = [digest(text) for text in texts]
                distinct = dict(zip(digests, texts, strict=True))
                gallery.look(distinct, partial(_show, progress, done, total))
                done += len(texts)
                there = _pictures_in(self._wish.directory)
                rows = [
                    (place, label, *gallery.seen(one).counts, *_links(text, there))
                    for place, text, one in zip(portion["place"], texts, digests, strict=True)
                ]
                connection.register("annotations", pl.DataFrame(rows, _ROW, orient="row").to_arrow())
                connection.execute("INSERT INTO stage.annotated BY NAME FROM annotations")
                connection.unregister("annotations")


@contextmanager
def _texts(connection: duckdb.DuckDBPyConnection) -> Iterator[Iterator[pl.DataFrame]]:
    """Give the generated texts in portions, because they may be more than memory holds."""
    with connection.cursor() as reading:
        yield (pl.DataFrame(batch) for batch in reading.sql(f"{_TEXTS} ORDER BY core.place").to_arrow_reader(_PORTION))


def _show(progress: Progress, before: int, total: int, now: int) -> None:
    progress.show(before + now, total)


def _link(connection: duckdb.DuckDBPyConnection, there: frozenset[str]) -> None:
    """Link pictures that are there, where nothing is to be counted."""
    connection.register("pictures", pl.DataFrame({"name": sorted(there)}).to_arrow())
    connection.execute(_LINKS)
    connection.unregister("pictures")


def _links(text: str, there: frozenset[str]) -> list[str | None]:
    names = [file_name(kind, text) for kind in (DEPENDENCIES, ENTITIES)]
    return [name if name in there else None for name in names]


def _pictures_in(directory: Path | None) -> frozenset[str]:
    try:
        return frozenset(path.name for path in directory.iterdir()) if directory else frozenset()
    except OSError:
        return frozenset()
