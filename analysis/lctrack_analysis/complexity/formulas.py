"""The formulas, as expressions over the columns of counts, evaluated in the order in which textstat does.

A text without words has 0 wherever textstat says so.
"""

import polars as pl

from lctrack_analysis.complexity.languages import Language

__all__ = [
    "automated_readability_index",
    "coleman_liau_index",
    "crawford",
    "dale_chall_readability_score",
    "fernandez_huerta",
    "flesch_kincaid_grade",
    "flesch_reading_ease",
    "gulpease_index",
    "gunning_fog",
    "gutierrez_polini",
    "linsear_write_formula",
    "osman",
    "smog_index",
    "szigriszt_pazos",
]

_WORDS, _SENTENCES, _SYLLABLES = pl.col("words"), pl.col("sentences"), pl.col("syllables")
_WORDS_PER_SENTENCE = _WORDS / _SENTENCES
_SENTENCES_PER_WORD = _SENTENCES / _WORDS
_SYLLABLES_PER_WORD = _SYLLABLES / _WORDS
_LETTERS_PER_WORD = pl.col("letters") / _WORDS
_CHARACTERS_PER_WORD = pl.col("characters") / pl.col("raw_words")
_MANY_UNFAMILIAR = 5  # per cent
_LINSEAR_LIMIT = 20


def flesch_reading_ease(language: Language) -> pl.Expr:
    """Give Flesch's reading ease (1948), with the constants adapted to the language."""
    return _if_any(
        _SYLLABLES,
        language.base - language.per_sentence * _WORDS_PER_SENTENCE - language.per_syllable * _SYLLABLES_PER_WORD,
    )


def flesch_kincaid_grade(_: Language) -> pl.Expr:
    """Give the grade of Kincaid, Fishburne, Rogers and Chissom (1975)."""
    return _if_any(_SYLLABLES, 0.39 * _WORDS_PER_SENTENCE + 11.8 * _SYLLABLES_PER_WORD - 15.59)


def smog_index(_: Language) -> pl.Expr:
    """Give McLaughlin's SMOG grade (1969)."""
    return _if_any(_SENTENCES, 1.043 * (30 * (pl.col("polysyllables") / _SENTENCES)) ** 0.5 + 3.1291)


def coleman_liau_index(_: Language) -> pl.Expr:
    """Give the index of Coleman and Liau (1975)."""
    return _if_any(_WORDS, 0.058 * (_LETTERS_PER_WORD * 100) - 0.296 * (_SENTENCES_PER_WORD * 100) - 15.8)


def automated_readability_index(_: Language) -> pl.Expr:
    """Give the index of Smith and Senter (1967)."""
    return _if_any(_WORDS, 4.71 * _CHARACTERS_PER_WORD + 0.5 * _WORDS_PER_SENTENCE - 21.43)


def dale_chall_readability_score(_: Language) -> pl.Expr:
    """Give the score of Dale and Chall (1948)."""
    share = 100 * pl.col("unfamiliar_words") / _WORDS
    score = 0.1579 * share + 0.0496 * _WORDS_PER_SENTENCE
    return _if_any(_WORDS, pl.when(share > _MANY_UNFAMILIAR).then(score + 3.6365).otherwise(score))


def linsear_write_formula(_: Language) -> pl.Expr:
    """Give the Linsear Write grade (O'Hayre 1966), over the first hundred words."""
    points = pl.col("sample_short_words") + pl.col("sample_polysyllables") * 3
    number = points / pl.col("sample_sentences")
    return _if_any(pl.col("sample_sentences"), pl.when(number <= _LINSEAR_LIMIT).then(number - 2).otherwise(number) / 2)


def gunning_fog(_: Language) -> pl.Expr:
    """Give Gunning's fog index (1952)."""
    return _if_any(_WORDS, 0.4 * (_WORDS_PER_SENTENCE + 100 * pl.col("complex_words") / _WORDS))


def fernandez_huerta(_: Language) -> pl.Expr:
    """Give the reading ease of Fernández Huerta (1959), for Spanish."""
    return _if_any(_SYLLABLES, 206.84 - 60 * _SYLLABLES_PER_WORD - 1.02 * _WORDS_PER_SENTENCE)


def szigriszt_pazos(language: Language) -> pl.Expr:
    """Give the perspicuity of Szigriszt Pazos (1992), for Spanish."""
    return _if_any(_WORDS, language.base - 62.3 * _SYLLABLES_PER_WORD - _WORDS_PER_SENTENCE)


def gutierrez_polini(_: Language) -> pl.Expr:
    """Give the comprehensibility of Gutiérrez de Polini (1972), for Spanish."""
    return _if_any(_WORDS, 95.2 - 9.7 * _LETTERS_PER_WORD - 0.35 * _WORDS_PER_SENTENCE)


def crawford(_: Language) -> pl.Expr:
    """Give Crawford's years of schooling (1989), for Spanish."""
    return _if_any(_SYLLABLES, -0.205 * (100 * _SENTENCES_PER_WORD) + 0.049 * (100 * _SYLLABLES_PER_WORD) - 3.407)


def gulpease_index(_: Language) -> pl.Expr:
    """Give the Gulpease index of Lucisano and Piemontese (1988), for Italian."""
    return _if_any(_WORDS, 300 * _SENTENCES_PER_WORD - 10 * _CHARACTERS_PER_WORD + 89)


def osman(_: Language) -> pl.Expr:
    """Give the Osman index of El-Haj and Rayson (2016), for Arabic.

    textstat counts no complex words: it removes the vowel marks it would know them by.
    """
    rates = pl.col("arabic_syllables") / _WORDS + pl.col("faseeh_words") / _WORDS + pl.col("long_words") / _WORDS
    return _if_any(_WORDS, 200.791 - 1.015 * _WORDS_PER_SENTENCE - 24.181 * rates)


def _if_any(counted: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(counted != 0).then(value).otherwise(0.0)
