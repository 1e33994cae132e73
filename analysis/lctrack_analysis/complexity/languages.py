"""Languages: what the formulas, the list of easy words and the hyphenation of each are.

A language is written as textstat writes it: `en_US`, `de_DE`, `es`. Syllables come from the pronouncing dictionary
in English, else from Pyphen's hyphenation patterns. Easy words come from the lists that textstat installs.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from pyphen import language_fallback

from lctrack_analysis.errors import UsageError

__all__ = ["DEFAULT", "Language", "easy_words", "language", "supported"]

DEFAULT = "en_US"
"""Language of texts that nobody said anything about; textstat's own default."""

_CODE = re.compile(r"[A-Za-z]{2,3}(_[A-Za-z0-9]{2,8}){0,2}")


class Language(NamedTuple):
    """A language and its constants.

    Reading ease is `base - per_sentence * (words / sentences) - per_syllable * (syllables / words)`; `complex_from`
    is the number of syllables from which the Gunning fog index counts a word.
    """

    code: str
    base: float = 206.835
    per_sentence: float = 1.015
    per_syllable: float = 84.6
    complex_from: int = 3

    @property
    def root(self) -> str:
        """The language without its region."""
        return self.code.partition("_")[0]


_ADAPTED = (
    Language("de", 180, 1, 58.5),  # Amstad 1978
    Language("es", 206.84, 1.02, 60.0),  # Fernández Huerta 1959
    Language("fr", 207, 1.015, 73.6),  # Kandel and Moles 1958
    Language("it", 217, 1.3, 60.0),  # Vacca 1972
    Language("nl", 206.835, 0.93, 77),  # Douma 1960
    Language("pl", complex_from=4),
    Language("ru", 206.835, 1.3, 60.1),  # Oborneva 2006
    Language("hu", 206.835, 1.015, 58.5, 5),
)
"""Languages whose constants are not those of English (Flesch 1948, Gunning 1952)."""

_CONSTANTS = {adapted.code: adapted for adapted in _ADAPTED}


def supported(code: str) -> bool:
    """Tell whether textstat can measure texts in a language."""
    return _CODE.fullmatch(code) is not None and language_fallback(code) is not None


def language(code: str) -> Language:
    """Give a language.

    Args:
        code: For example `en_US`, `de`, `pt_BR`; a hyphen will do for the underscore.

    Returns:
        It with its constants.

    Raises:
        UsageError: It is not supported.
    """
    code = code.replace("-", "_")
    if not supported(code):
        raise UsageError(
            f"there is no language {code}: name one as en_US, de, es, fr, it, nl, pl, pt_BR or ru are named"
        )
    root = code.partition("_")[0]
    return _CONSTANTS.get(root, Language(root))._replace(code=code)


@cache
def easy_words(root: str) -> frozenset[str]:
    """Give the words that everybody knows (Dale and Chall 1948 for English).

    Args:
        root: The language without its region.

    Returns:
        The list that textstat installs for it, in lower case; the English one where it has none.
    """
    spec = find_spec("textstat")  # imports nothing: textstat itself takes half a second
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("textstat is not installed: pip install textstat")
    lists = Path(spec.submodule_search_locations[0]) / "resources"
    path = lists / root / "easy_words.txt"
    if not path.is_file():
        path = lists / "en" / "easy_words.txt"
    with path.open(encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines)
