"""Every distinct token met so far, by number."""

import polars as pl

from lctrack_analysis.complexity.reader import Reader
from lctrack_analysis.complexity.tokens import Token

__all__ = ["END", "Vocabulary"]

END = "\n"
"""Token that ends every text: no text holds it, being white space. It closes the last sentence."""

_CLOSING = Token(*(0,) * len(Token._fields))._replace(stops=1)
_MOST_TOKENS = 1_000_000
_MOST_CHARACTERS = 64_000_000


class Vocabulary:
    """The tokens of one language.

    It grows with the texts, up to a bound: whoever uses it asks `full` now and then and makes a new one.

    Args:
        reader: Reads new tokens.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._tokens = pl.Categorical(pl.Categories.random(physical=pl.UInt32))
        self._words = pl.Categorical(pl.Categories.random(physical=pl.UInt32))
        # polars forgets which number is whose when no series of the type is left.
        self._kept = [pl.Series([END], dtype=pl.String).cast(kind) for kind in (self._tokens, self._words)]
        self._rows = pl.Series("row", dtype=pl.UInt32)  # by number of the token; many tokens share a row
        self._difficult = pl.Series("difficult", dtype=pl.UInt32)  # likewise
        self._characters = 0
        self.added = pl.DataFrame(schema=dict.fromkeys(Token._fields, pl.Int64))
        """What a token adds to the counts of its text, by `row`."""
        self.end = int(self.numbers(pl.Series([END]))[0])
        """Number of the token `END`."""

    @property
    def full(self) -> bool:
        """Whether it holds so much that a new one should take its place."""
        return self._rows.len() > _MOST_TOKENS or self._characters > _MOST_CHARACTERS

    def numbers(self, tokens: pl.Series) -> pl.Series:
        """Give each token its number, and look at those that are new.

        Args:
            tokens: Strings without white space, or `END`.

        Returns:
            A number for each, the same for equal ones.
        """
        numbers = tokens.cast(self._tokens).to_physical()
        new = (numbers >= self._rows.len()).arg_true()
        if new.len():
            first = new.gather(numbers.gather(new).arg_unique())
            self._learn(tokens.gather(first.gather(numbers.gather(first).arg_sort())))
        return numbers

    def rows(self, numbers: pl.Series) -> pl.Series:
        """Give the row of `added` for each number."""
        return self._rows.gather(numbers)

    def difficult(self, numbers: pl.Series) -> pl.Series:
        """Give, for each number, a number of the difficult word in that token; null where there is none."""
        return self._difficult.gather(numbers)

    def _learn(self, tokens: pl.Series) -> None:
        self._characters += int(tokens.str.len_chars().sum())
        if tokens[0] == END:
            rows = pl.Series([self._reader.row(_CLOSING)], dtype=pl.UInt32)
            difficult = pl.Series([None], dtype=pl.String)
        else:
            rows, difficult = self._reader.read(tokens)
        known = self._reader.rows
        if len(known) > self.added.height:
            self.added = pl.DataFrame(known, schema=self.added.schema, orient="row")
        words = difficult.cast(self._words).to_physical()
        self._rows = pl.concat([self._rows, rows.alias("row")], rechunk=True)
        self._difficult = pl.concat([self._difficult, words.alias("difficult")], rechunk=True)
