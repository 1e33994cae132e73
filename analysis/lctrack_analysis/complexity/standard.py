"""textstat's `text_standard`: the school grade that most of eight grades agree on."""

from collections import Counter

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
# Reading ease from which on it votes for which grades.
_EASE = ((90, (5,)), (80, (6,)), (70, (7,)), (60, (8, 9)), (50, (10,)), (40, (11,)), (30, (12,)))
_EASIEST, _HARDEST = 100, (13,)
_HIGHEST = 18


def text_standard(metrics: pl.DataFrame) -> pl.Series:
    """Give the grade in words.

    Every grade votes for itself rounded down, up and to the nearest; of those with most votes the first wins.

    Args:
        metrics: The metrics of some texts, a column each.

    Returns:
        For example `7th and 8th grade`, a row for each text.
    """
    kincaid = _votes(metrics, ("flesch_kincaid_grade",))
    others = _votes(metrics, _GRADES)
    names = [
        _name(_first_of_most([*first, *_ease(ease), *rest]))
        for first, ease, rest in zip(kincaid, metrics["flesch_reading_ease"], others, strict=True)
    ]
    return pl.Series("text_standard", names, dtype=pl.String)


def _votes(metrics: pl.DataFrame, grades: tuple[str, ...]) -> list[list[int]]:
    votes = [
        vote
        for grade in map(pl.col, grades)
        for vote in (grade.floor(), grade.ceil(), grade.round(0, mode="half_to_even"))
    ]
    return metrics.select(pl.concat_list(vote.cast(pl.Int64) for vote in votes)).to_series().to_list()


def _ease(ease: float) -> tuple[int, ...]:
    if ease < _EASIEST:
        for least, grades in _EASE:
            if ease >= least:
                return grades
    return _HARDEST


def _first_of_most(votes: list[int]) -> int:
    return Counter(votes).most_common(1)[0][0]


def _name(grade: int) -> str:
    return _NAMES[max(1, min(grade, _HIGHEST))]


def _ordinal(number: int) -> str:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number, "th")  # up to 18, where 11, 12 and 13 take "th" too
    return f"{number}{suffix}"


_NAMES = {grade: f"{_ordinal(grade - 1)} and {_ordinal(grade)} grade" for grade in range(1, _HIGHEST + 1)}
