"""Looks at texts with a spaCy model: counts, and pictures of those that are to be drawn.

A text longer than `LONGEST` characters is drawn as far as that and not counted, because spaCy's parsers take memory
without measure. A text on which the model fails has neither, and costs no other text its own.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any, NamedTuple

import orjson

from lctrack_analysis.pictures.markup import draw_dependencies, draw_entities, is_from_right
from lctrack_analysis.pictures.model import Model, load_model, spacy_version
from lctrack_analysis.pictures.page import DEPENDENCIES, ENTITIES, page

__all__ = ["LONGEST", "Annotation", "Annotator", "Task"]

LONGEST = 20_000
"""Characters of a text that a model is given."""

_BATCH = 64


class Task(NamedTuple):
    """A text, and whether its pictures are wanted."""

    text: str
    drawn: bool


class Annotation(NamedTuple):
    """What was seen in a text. Pages are there where they were wanted and the model has a part for them."""

    tokens: int | None
    entities: int | None
    entity_labels: str | None
    pos: str | None
    has_dependencies: bool
    has_entities: bool
    pages: dict[str, str]
    """HTML by kind of picture."""


class Annotator:
    """Runs a model, which is loaded with the first text.

    Args:
        model: The model.
        mark: What stands for it in the pages.
    """

    def __init__(self, model: Model, mark: str) -> None:
        self._model = model
        self._mark = mark
        self._nlp: Any = None

    def annotate(self, tasks: Sequence[Task]) -> Iterator[Annotation | Exception]:
        """Look at texts.

        Args:
            tasks: The texts.

        Yields:
            For each, in their order, what was seen, or why the model failed.

        Raises:
            AnalysisError: The model cannot be loaded.
        """
        if tasks and self._nlp is None:
            self._nlp = load_model(self._model)
        for first in range(0, len(tasks), _BATCH):
            batch = tasks[first : first + _BATCH]
            # What the texts add to the vocabulary goes with the batch.
            with self._nlp.memory_zone() if hasattr(self._nlp, "memory_zone") else nullcontext():
                found = self._together(batch)
            yield from found

    def _together(self, batch: Sequence[Task]) -> list[Annotation | Exception]:
        given = [str(task.text[: self._limit]) for task in batch]
        try:
            return [self._seen(doc, task) for doc, task in zip(self._nlp.pipe(given), batch, strict=True)]
        except Exception:  # noqa: BLE001  # a model may hold any code; which text it is shows one by one
            return [self._alone(text, task) for text, task in zip(given, batch, strict=True)]

    def _alone(self, text: str, task: Task) -> Annotation | Exception:
        try:
            return self._seen(self._nlp(text), task)
        except Exception as error:  # noqa: BLE001  # likewise
            return error

    @property
    def _limit(self) -> int:
        return min(LONGEST, int(self._nlp.max_length))

    def _seen(self, doc: Any, task: Task) -> Annotation:
        whole, some = len(task.text) <= self._limit, len(doc) > 0  # of no token, spaCy would say that it has everything
        has_dependencies, has_entities = (some and doc.has_annotation(kind) for kind in ("DEP", "ENT_IOB"))
        pages = {}
        if task.drawn and has_dependencies:
            pages[DEPENDENCIES] = self._page(DEPENDENCIES, draw_dependencies(doc), doc, task.text)
        if task.drawn and has_entities:
            pages[ENTITIES] = self._page(ENTITIES, draw_entities(doc), doc, task.text)
        counts_entities = whole and has_entities
        return Annotation(
            tokens=len(doc) if whole else None,
            entities=len(doc.ents) if counts_entities else None,
            entity_labels=_json(Counter(ent.label_ for ent in doc.ents)) if counts_entities else None,
            pos=_json(Counter(token.pos_ for token in doc)) if whole and some and doc.has_annotation("POS") else None,
            has_dependencies=has_dependencies,
            has_entities=has_entities,
            pages=pages,
        )

    def _page(self, kind: str, figures: str, doc: Any, text: str) -> str:
        notes = f"Drawn by spaCy {spacy_version()} with {self._model.label}."
        if len(text) > self._limit:
            notes = f"Only the first {self._limit:,} of {len(text):,} characters are shown. {notes}"
        return page(kind, figures, notes, self._mark, from_right=is_from_right(doc))


def _json(counts: Counter[str]) -> str:
    return orjson.dumps(dict(sorted(counts.items()))).decode()
