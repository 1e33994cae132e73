"""Measures texts in one process."""

from collections.abc import Iterator, Sequence

import polars as pl

from lctrack_analysis.complexity.counts import count
from lctrack_analysis.complexity.languages import Language
from lctrack_analysis.complexity.metrics import evaluate
from lctrack_analysis.complexity.reader import Reader
from lctrack_analysis.complexity.schema import SCHEMA
from lctrack_analysis.complexity.vocabulary import Vocabulary

__all__ = ["Engine", "batches"]

_BATCH_TEXTS = 4_000
_BATCH_CHARACTERS = 2_000_000


class Engine:
    """Gives what textstat gives, in one pass; verified against the releases that `reference.VERIFIED` lists.

    Args:
        language: Language of the texts.
    """

    def __init__(self, language: Language) -> None:
        self._language = language
        self._vocabulary = Vocabulary(Reader(language))

    def measure(self, texts: Sequence[str]) -> pl.DataFrame:
        """Measure some texts, few enough for all their words to be in memory.

        Args:
            texts: The texts, of valid Unicode.

        Returns:
            A row for each, with the columns `SCHEMA`.
        """
        if not texts:
            return pl.DataFrame(schema=SCHEMA)
        if self._vocabulary.full:
            self._vocabulary = Vocabulary(Reader(self._language))
        return evaluate(count(texts, self._vocabulary), self._language).select(*SCHEMA)


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut texts into portions of some megabytes; a longer text makes one of its own."""
    begin = characters = 0
    for place, text in enumerate(texts):
        if characters + len(text) > _BATCH_CHARACTERS or place - begin >= _BATCH_TEXTS:
            if place > begin:
                yield texts[begin:place]
            begin, characters = place, 0
        characters += len(text)
    if begin < len(texts):
        yield texts[begin:]
