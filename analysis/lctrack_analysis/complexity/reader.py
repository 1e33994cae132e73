"""Looks at many tokens at once.

Most English tokens are a word of the dictionary or its genitive, perhaps with marks at the end. Those of equal length,
equally many syllables, equal difficulty and equal marks are alike, so one of them is looked at closely for all. Any
other token is looked at by itself.
"""

import polars as pl

from lctrack_analysis.complexity.dictionary import pronounced
from lctrack_analysis.complexity.languages import Language, easy_words
from lctrack_analysis.complexity.tokens import DIFFICULT_FROM, Speller, Token

__all__ = ["Reader"]

_MARKS = ".,;:!?"
_LIKENESS = {
    "length": pl.UInt32,
    "contracted": pl.Boolean,
    "syllables": pl.Int64,
    "hard": pl.Boolean,
    "marks": pl.String,
}


class Reader:
    """Reads the tokens of one language; it grows with them.

    Args:
        language: The language.
    """

    def __init__(self, language: Language) -> None:
        self._speller = Speller(language)
        self._row_of: dict[Token, int] = {}
        self._alike = pl.DataFrame(schema={**_LIKENESS, "row": pl.UInt32})
        known = pronounced().filter(pl.col("word").str.contains("^[a-z]+('s)?$"), language.root == "en")
        self._features = known.select("syllables", hard=~pl.col("word").is_in(list(easy_words(language.root))))
        self._words = pl.Categorical(pl.Categories.random(physical=pl.UInt32))
        # Words of the dictionary have the first numbers, as long as a series keeps them in use.
        self._kept = known["word"].cast(self._words)

    @property
    def rows(self) -> list[Token]:
        """What tokens add, each once: a few thousand in all."""
        return list(self._row_of)

    def row(self, added: Token) -> int:
        """Give the place of what a token adds in `rows`."""
        return self._row_of.setdefault(added, len(self._row_of))

    def read(self, tokens: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Look at tokens.

        Args:
            tokens: Runs of characters without white space.

        Returns:
            For each the place in `rows` of what it adds; and the word in it, null unless that is difficult.
        """
        word = pl.col("token").str.strip_chars_end(_MARKS)
        frame = pl.DataFrame([tokens.alias("token")]).with_columns(
            word=word, number=word.str.to_lowercase().cast(self._words).to_physical()
        )
        # A capital S makes no contraction: textstat takes the apostrophe out.
        plain = (frame["number"] < self._features.height) & ~frame["word"].str.ends_with("'S")
        rows, difficult = self._read_alike(frame.filter(plain))
        others = [self._speller.read(token) for token in frame["token"].filter(~plain).to_list()]
        self._speller.forget()
        rows = _merged(plain, rows, pl.Series([self.row(added) for added, _ in others], dtype=pl.UInt32))
        difficult = _merged(plain, difficult, pl.Series([word for _, word in others], dtype=pl.String))
        return rows, difficult

    def _read_alike(self, frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        frame = pl.concat(
            [frame, self._features.select(pl.all().gather(frame["number"]))], how="horizontal"
        ).with_columns(
            length=pl.col("word").str.len_chars(),
            contracted=pl.col("word").str.ends_with("'s"),
            marks=pl.col("token").str.strip_prefix(pl.col("word")),
        )
        new = frame.unique(list(_LIKENESS)).join(self._alike, on=list(_LIKENESS), how="anti")
        rows = [self.row(self._speller.read(token)[0]) for token in new["token"]]
        learnt = new.select(*_LIKENESS, row=pl.Series(rows, dtype=pl.UInt32))
        self._alike = pl.concat([self._alike, learnt])
        found = frame.join(self._alike, on=list(_LIKENESS), how="left", maintain_order="left")
        difficult = pl.when(pl.col("hard") & (pl.col("syllables") >= DIFFICULT_FROM)).then("word")
        return found["row"], found.select(difficult).to_series()


def _merged(first: pl.Series, chosen: pl.Series, others: pl.Series) -> pl.Series:
    """Put two series together: where `first` is true stands the next of `chosen`, else the next of `others`."""
    place = pl.concat([first.arg_true(), (~first).arg_true()])
    return pl.concat([chosen.rename("value"), others.rename("value")]).gather(place.arg_sort())
