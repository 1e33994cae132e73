"""Counts: what the formulas rest on, for many texts in one pass.

The texts are cut at their spaces, tokens become numbers, and what each token adds is summed up per text in columns.
A sentence is what stands between full stops, exclamation and question marks and holds three words or more; a text
has one at least. Linsear Write looks at the first hundred words only, here called the sample.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from lctrack_analysis.complexity.vocabulary import END, Vocabulary

__all__ = ["COUNTS", "Count", "count"]


class Count(NamedTuple):
    """A number that formulas rest on: its name, and what it counts."""

    name: str
    doc: str


COUNTS = (
    Count("characters", "characters of the text, white space left out"),
    Count("letters", "letters, digits and underscores"),
    Count("raw_words", "runs of characters between white space"),
    Count("words", "those that hold a letter or a digit"),
    Count("sentences", "sentences of three words or more; at least 1 unless the text is empty"),
    Count("syllables", "syllables"),
    Count("polysyllables", "words of three syllables or more"),
    Count("complex_words", "words not on the list of easy words, of three syllables or more (Polish 4, Hungarian 5)"),
    Count("unfamiliar_words", "words not on the list of easy words"),
    Count("long_words", "words of six letters or more"),
    Count("sample_short_words", "words of one or two syllables among the first hundred"),
    Count("sample_polysyllables", "words of three syllables or more among the first hundred"),
    Count("sample_sentences", "sentences of the first hundred words"),
    Count("arabic_syllables", "syllables as the Osman index counts them"),
    Count("faseeh_words", "long words with a letter of classical Arabic"),
)
"""The counts of a text, which are columns of `generations`. `difficult_words` is counted as a metric."""

_SUMS = (
    "characters",
    "letters",
    "raw_words",
    "words",
    "syllables",
    "polysyllables",
    "short_words",
    "complex_words",
    "unfamiliar_words",
    "long_words",
    "arabic_syllables",
    "faseeh_words",
)
_SHARE, _HUGE = 2**21, 2**19  # a character adds three at most
_SENTENCE_WORDS = 3
_SAMPLE_WORDS = 100
_SPACES = dict.fromkeys(map(ord, "\t\n\v\f\r\x1c\x1d\x1e\x1f"), " ")


def count(texts: Sequence[str], vocabulary: Vocabulary) -> pl.DataFrame:
    """Count.

    Args:
        texts: At least one text, of valid Unicode.
        vocabulary: Of the texts' language; it learns their tokens.

    Returns:
        A row for each text, with the columns `COUNTS` and `difficult_words`.
    """
    tokens = pl.Series("token", list(map(_spaced, texts)), dtype=pl.String).str.split(" ").explode()
    numbers = vocabulary.numbers(tokens)
    is_end = numbers == vocabulary.end
    ends = is_end.arg_true()
    rows = vocabulary.rows(numbers)
    sums = _Sums(vocabulary.added, rows, ends, max(map(len, texts)))
    sentences = _Sentences(vocabulary.added, rows, ends)
    sample = sums.place_of_word(_SAMPLE_WORDS)
    whole, part = sums.until(ends), sums.until(sample)
    return whole.with_columns(
        sentences.until(ends).alias("sentences"),
        part["short_words"].alias("sample_short_words"),
        part["polysyllables"].alias("sample_polysyllables"),
        sentences.until(sample).alias("sample_sentences"),
        _distinct(vocabulary.difficult(numbers), is_end, ends.len()).alias("difficult_words"),
        pl.Series("least", [int(text != "") for text in texts], dtype=pl.Int64),
    ).select(
        pl.exclude("sentences", "sample_sentences", "arabic_syllables", "short_words", "least"),
        sentences=pl.max_horizontal("sentences", "least"),
        sample_sentences=pl.max_horizontal("sample_sentences", pl.col("raw_words").clip(upper_bound=1)),
        arabic_syllables=pl.col("arabic_syllables") - 2,  # textstat takes two off each text
    )


def _spaced(text: str) -> str:
    """Put a space between any two tokens, and the end after the last."""
    if not text.isascii():
        text = " ".join(text.split())
    elif not text.isprintable():  # in ASCII, a space is printable and any other white space is not
        text = text.translate(_SPACES)
    return f"{text} {END}"


class _Sums:
    """Running sums over all tokens, of which a text's share is a difference.

    Args:
        added: What tokens add, a row for each kind of token.
        rows: The row of each token.
        ends: Place of the last token of each text.
        longest: Length of the longest text.
    """

    def __init__(self, added: pl.DataFrame, rows: pl.Series, ends: pl.Series, longest: int) -> None:
        # Counts of texts that are not huge share a number: that saves passes over the tokens.
        sharing = 1 if longest > _HUGE else 3
        self._shares = [_SUMS[place : place + sharing] for place in range(0, len(_SUMS), sharing)]
        packed = (
            pl.sum_horizontal(pl.col(name) * _SHARE**place for place, name in enumerate(names)).alias(names[0])
            for names in self._shares
        )
        added = added.select(*packed, word="words")
        self._running = added.select(pl.all().gather(rows).cum_sum())
        self._ends = ends
        self._before = self._running.select(pl.all().gather(ends).shift(1, fill_value=0))

    def until(self, places: pl.Series) -> pl.DataFrame:
        """Give the sums of each text from its beginning up to a place in it."""
        packed = self._running.select(pl.all().gather(places)) - self._before
        return packed.select(
            (pl.col(names[0]) if len(names) == 1 else pl.col(names[0]) // _SHARE**place % _SHARE).alias(name)
            for names in self._shares
            for place, name in enumerate(names)
        )

    def place_of_word(self, number: int) -> pl.Series:
        """Give the place of a word in each text, counted from 1; of its end where it has not so many."""
        found = self._running["word"].search_sorted(self._before["word"] + number, side="left")
        both = pl.DataFrame([found.alias("found"), self._ends.alias("end")])
        return both.select(pl.min_horizontal(pl.all())).to_series()


class _Sentences:
    """Counts sentences: words are numbered through, and a stop sees how many there were since the stop before."""

    def __init__(self, added: pl.DataFrame, rows: pl.Series, ends: pl.Series) -> None:
        self._ends = ends
        self._words = (added["head"] + added["tail"]).gather(rows).cum_sum()
        self._stops = added["stops"].cast(pl.Boolean).gather(rows).arg_true()
        at_stop = self._words.gather(self._stops) - added["tail"].gather(rows.gather(self._stops))
        long = at_stop - at_stop.shift(1, fill_value=0) >= _SENTENCE_WORDS
        # With a zero in front, place n tells of the first n stops.
        zero = pl.Series([0], dtype=pl.Int64)
        self._at_stop = pl.concat([zero, at_stop.alias("")])
        self._found = pl.concat([zero, long.cast(pl.Int64).cum_sum().alias("")])

    def until(self, places: pl.Series) -> pl.Series:
        """Count those of each text up to a place in it, where a sentence may break off."""
        stop = self._stops.search_sorted(places, side="right")
        broken = self._words.gather(places) - self._at_stop.gather(stop) >= _SENTENCE_WORDS
        before = self._found.gather(self._stops.search_sorted(self._ends, side="right")).shift(1, fill_value=0)
        return self._found.gather(stop) - before + broken.cast(pl.Int64)


def _distinct(words: pl.Series, is_end: pl.Series, texts: int) -> pl.Series:
    """Count the distinct numbers of each text."""
    held = words.is_not_null().arg_true()
    text = is_end.cast(pl.UInt64).cum_sum().gather(held)
    pairs = (text * 2**32 + words.gather(held).cast(pl.UInt64)).sort()
    first = (pairs != pairs.shift(1)).fill_null(value=True)
    seen = pl.concat([pl.Series([0], dtype=pl.Int64), first.cast(pl.Int64).cum_sum().alias("")])
    upto = seen.gather(pairs.search_sorted(pl.Series(range(1, texts + 1), dtype=pl.UInt64) * 2**32, side="left"))
    return upto - upto.shift(1, fill_value=0)
