"""Tokens: what the texts are made of, between spaces. Each distinct one is looked at once.

Everything textstat counts is a sum over tokens, but for the sentences, which need to know where in a token a full
stop stands, and the distinct difficult words, which need to know which word a token holds.
"""

import re
from typing import NamedTuple

from pyphen import Pyphen

from lctrack_analysis.complexity.dictionary import pronounced
from lctrack_analysis.complexity.languages import Language, easy_words

__all__ = ["DIFFICULT_FROM", "Speller", "Token"]

DIFFICULT_FROM = 2
"""Syllables from which textstat's `difficult_words` takes a word that is not easy."""

_POLYSYLLABLE = 3
_LONG = 6
_FASEEH_FROM = 6
_STOPS = re.compile("[.!?]")
_LOOSE_APOSTROPHE = re.compile(r"'(?![tsd]|ve|ll|re)")  # one that is not of an English contraction
_PUNCTUATION = re.compile(r"[^\w\s']")
_NOT_WORD = re.compile(r"\W")
_NO_ARABIC_SYLLABLE = re.compile("[\u0627\u0649?.!,*]")
_STRESS = re.compile("[\u064b\u064c\u064d\u0651]")
_FASEEH = re.compile("[\u0626\u0621\u0624\u0630\u0638]|\u0648\u0627|\u0648\u0646")


class Token(NamedTuple):
    """What one token adds to the counts of its text. `head` and `tail` tell whether words touch its stops."""

    characters: int
    raw_words: int
    words: int
    letters: int
    syllables: int
    polysyllables: int
    short_words: int
    """Words of one or two syllables; some words of the dictionary have none."""
    complex_words: int
    unfamiliar_words: int
    long_words: int
    arabic_syllables: int
    faseeh_words: int
    stops: int
    """1 if a full stop, exclamation or question mark is in it."""
    head: int
    """1 if there is a word before its first stop."""
    tail: int
    """1 if there is a word after its last stop; of a token without stops, if it is a word."""


class Speller:
    """Looks at single tokens of one language.

    Args:
        language: The language.
    """

    def __init__(self, language: Language) -> None:
        self._complex_from = language.complex_from
        self._easy = easy_words(language.root)
        self._pyphen = Pyphen(lang=language.code)
        self._known: dict[str, int] = {}
        if language.root == "en":
            words = pronounced()
            self._known = dict(zip(words["word"].to_list(), words["syllables"].to_list(), strict=True))

    def read(self, token: str) -> tuple[Token, str | None]:
        """Look at a token.

        Args:
            token: Characters without white space.

        Returns:
            What it adds; and the word in it, if that is difficult.
        """
        word = _words_of(token)
        lower = word.lower()
        spoken = self._syllables(lower) if word else 0
        hard = bool(word) and lower not in self._easy
        # textstat takes marks that lower-casing sets free out of a word before it asks whether it is difficult.
        weight = spoken if lower.isascii() else sum(map(self._syllables, _words_of(lower).lower().split()))
        letters = len(_NOT_WORD.sub("", token))
        stops, head, tail = _stops(token)
        added = Token(
            characters=len(token),
            raw_words=int(bool(token)),
            words=int(bool(word)),
            letters=letters,
            syllables=spoken,
            polysyllables=int(spoken >= _POLYSYLLABLE),
            short_words=int(0 < spoken < _POLYSYLLABLE),
            complex_words=int(hard and weight >= self._complex_from),
            unfamiliar_words=int(hard),
            long_words=int(letters >= _LONG),
            arabic_syllables=_arabic_syllables(token),
            faseeh_words=0 if token.isascii() else _faseeh(token),
            stops=stops,
            head=head,
            tail=tail,
        )
        return added, word if hard and weight >= DIFFICULT_FROM else None

    def forget(self) -> None:
        """Free what Pyphen keeps, which is every word it has seen."""
        self._pyphen.hd.cache.clear()

    def _syllables(self, word: str) -> int:
        known = self._known.get(word)
        return len(self._pyphen.positions(word)) + 1 if known is None else known


def _words_of(text: str) -> str:
    """Take the punctuation out, but for the apostrophes of contractions."""
    return _PUNCTUATION.sub("", _LOOSE_APOSTROPHE.sub("", text))


def _stops(token: str) -> tuple[int, int, int]:
    head, *more = (int(_NOT_WORD.sub("", part) != "") for part in _STOPS.split(token))
    return (1, head, more[-1]) if more else (0, 0, head)


def _arabic_syllables(token: str) -> int:
    return len(_NO_ARABIC_SYLLABLE.sub("", token)) + 2 * len(_STRESS.findall(token))


def _faseeh(token: str) -> int:
    """Tell whether it is a long word with a letter of classical Arabic, vowel marks left out."""
    word = _NOT_WORD.sub("", token)
    return int(_arabic_syllables(word) - 2 >= _FASEEH_FROM and _FASEEH.search(word) is not None)
