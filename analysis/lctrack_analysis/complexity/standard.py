"""textstat's `text_standard`: the school grade that most of eight grades agree on."""

import polars as pl

__all__ = ["text_standard"]

_GRADES = (
    "smog_index",
    "coleman_liau_index",
    "automated_readability_index",
    "dale_chall_readability_score",
    "linsear_write_formula",
    "gunning_fog",
)
# Reading ease below which it votes for which grade, from the hardest on; from 100 on it counts as hard again.
_EASE = ((30, 13), (40, 12), (50, 11), (60, 10), (70, 8), (80, 7), (90, 6), (100, 5))
_HARDEST, _LOWEST, _HIGHEST = 13, 1, 18
_PLACES = 32  # more than there are votes
_GRADE_BITS, _OFFSET = 2**40, 2**39


def text_standard(metrics: pl.DataFrame) -> pl.Series:
    """Give the grade in words.

    Every grade votes for itself rounded down, up and to the nearest, reading ease for one grade or two; of those with
    most votes the first wins.

    Args:
        metrics: The metrics of some texts, a column each.

    Returns:
        For example `7th and 8th grade`, a row for each text.
    """
    ease = _ease(pl.col("flesch_reading_ease"))
    votes = [*_rounded("flesch_kincaid_grade"), ease, pl.when(ease == 8).then(9)]  # noqa: PLR2004  # 8 brings 9 along
    votes += [vote for grade in _GRADES for vote in _rounded(grade)]
    columns = [vote.cast(pl.Int64).alias(str(place)) for place, vote in enumerate(votes)]
    cast = (
        metrics.select(columns)
        .with_row_index("text")
        .unpivot(index="text", variable_name="place", value_name="grade")
        .with_columns(place=pl.int_range(pl.len()) // metrics.height)
        .drop_nulls("grade")
    )
    # The most votes win, then the first place, then there is but one: all three in one number, to take the greatest.
    strength = pl.len().cast(pl.Int64) * _PLACES + (_PLACES - 1 - pl.col("place").min())
    winners = (
        cast.group_by("text", "grade")
        .agg(strength=strength)
        .select("text", winner=pl.col("strength") * _GRADE_BITS + pl.col("grade") + _OFFSET)
        .group_by("text")
        .agg(pl.col("winner").max())
        .sort("text")
    )
    grade = (winners["winner"] % _GRADE_BITS - _OFFSET).clip(_LOWEST, _HIGHEST)
    return pl.Series("text_standard", _NAMES).gather(grade - _LOWEST)


def _rounded(grade: str) -> list[pl.Expr]:
    value = pl.col(grade)
    return [value.floor(), value.ceil(), value.round(0, mode="half_to_even")]


def _ease(ease: pl.Expr) -> pl.Expr:
    vote = pl.lit(_HARDEST)
    for below, grade in reversed(_EASE):
        vote = pl.when(ease < below).then(grade).otherwise(vote)
    return vote


def _name(grade: int) -> str:
    return f"{_ordinal(grade - 1)} and {_ordinal(grade)} grade"


def _ordinal(number: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number, "th")  # up to 18, where 11, 12 and 13 take "th" too
    return f"{number}{suffix}"


_NAMES = [_name(grade) for grade in range(_LOWEST, _HIGHEST + 1)]
