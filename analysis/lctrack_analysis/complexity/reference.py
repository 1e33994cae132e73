"""textstat itself: the reference, and what measures where our own engine was not verified.

It never reaches for the network: the dictionary that it would download lies in this package, and is found first.
"""

import atexit
import shutil
import tempfile
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from lctrack_analysis.complexity.dictionary import ARCHIVE, DATA
from lctrack_analysis.complexity.languages import Language
from lctrack_analysis.complexity.metrics import METRICS
from lctrack_analysis.complexity.schema import SCHEMA
from lctrack_analysis.errors import AnalysisError

__all__ = ["VERIFIED", "Reference", "offer_dictionary", "textstat_version"]

VERIFIED = ("0.7.13",)
"""Releases of textstat whose every value our engine was verified to give."""


@cache
def textstat_version() -> str:
    """Tell which textstat is installed, without the half second that importing it takes."""
    return version("textstat")


def offer_dictionary() -> None:
    """Put our pronouncing dictionary where NLTK and textstat look first.

    Raises:
        AnalysisError: NLTK refuses it; textstat would try the network then.
    """
    import nltk  # noqa: PLC0415  # takes half a second, and most analyses need none of it

    for directory in (str(DATA), None):
        path = directory or _private_copy()
        if path not in nltk.data.path:
            nltk.data.path.insert(0, path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a directory that others may write to
            try:
                nltk.data.find("corpora/cmudict")
            except LookupError:
                nltk.data.path.remove(path)
            else:
                return
    raise AnalysisError(f"NLTK cannot read the pronouncing dictionary {ARCHIVE}")


@cache
def _private_copy() -> str:
    """Copy the dictionary to where only we can write: NLTK refuses data in directories of a group."""
    directory = tempfile.mkdtemp(prefix="lctrack-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    corpora = Path(directory, "corpora")
    corpora.mkdir(mode=0o700)
    shutil.copyfile(ARCHIVE, corpora / ARCHIVE.name)
    return directory


class Reference:
    """Measures with textstat.

    Args:
        language: Language of the texts.

    Raises:
        AnalysisError: NLTK refuses the dictionary.
    """

    def __init__(self, language: Language) -> None:
        offer_dictionary()
        import textstat  # noqa: PLC0415  # takes half a second

        measurer = type(textstat.textstat)()  # one of our own: a language set in it is nobody else's
        measurer.set_lang(language.code)
        self._values: dict[str, Callable[[str], Any]] = {
            metric.name: getattr(measurer, metric.name) for metric in METRICS
        }
        self._values |= {
            "characters": measurer.char_count,
            "letters": measurer.letter_count,
            "raw_words": lambda text: measurer.lexicon_count(text, removepunct=False),
            "words": measurer.lexicon_count,
            "sentences": measurer.sentence_count,
            "syllables": measurer.syllable_count,
            "polysyllables": measurer.polysyllabcount,
            "complex_words": lambda text: measurer.difficult_words(text, language.complex_from, unique=False),
            "unfamiliar_words": lambda text: measurer.difficult_words(text, 0, unique=False),
            "long_words": measurer.count_arabic_long_words,
            "arabic_syllables": measurer.count_arabic_syllables,
            "faseeh_words": measurer.count_faseeh,
        }

    def measure(self, texts: Sequence[str]) -> pl.DataFrame:
        """Measure texts.

        Args:
            texts: The texts.

        Returns:
            A row for each, with the columns `SCHEMA`; null where textstat raises or does not tell.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a language has no list of easy words of its own is documented
            columns = {name: [self._value(name, text) for text in texts] for name in SCHEMA}
        return pl.DataFrame(columns, schema=SCHEMA, strict=False)

    def _value(self, name: str, text: str) -> Any:
        if name not in self._values:
            return None
        try:
            return self._values[name](text)
        except Exception:  # noqa: BLE001  # whatever textstat raises, the value is unknown
            return None
