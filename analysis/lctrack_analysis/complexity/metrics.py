"""The sixteen metrics, in the order of LangChain's trackers. Adding one is one entry here, and a new schema version."""

from collections.abc import Callable
from typing import NamedTuple

import polars as pl

from lctrack_analysis.complexity import formulas
from lctrack_analysis.complexity.languages import Language
from lctrack_analysis.complexity.standard import text_standard

__all__ = ["METRICS", "Metric", "evaluate"]


class Metric(NamedTuple):
    """A metric.

    `formula` makes an expression over the counts. Where it is null, the metric is a count itself, or made of others.
    """

    name: str
    type: str
    doc: str
    formula: Callable[[Language], pl.Expr] | None = None


METRICS = (
    Metric("flesch_reading_ease", "DOUBLE", "higher is easier", formulas.flesch_reading_ease),
    Metric("flesch_kincaid_grade", "DOUBLE", "school grade", formulas.flesch_kincaid_grade),
    Metric("smog_index", "DOUBLE", "school grade", formulas.smog_index),
    Metric("coleman_liau_index", "DOUBLE", "school grade", formulas.coleman_liau_index),
    Metric("automated_readability_index", "DOUBLE", "school grade", formulas.automated_readability_index),
    Metric("dale_chall_readability_score", "DOUBLE", "higher is harder", formulas.dale_chall_readability_score),
    Metric("difficult_words", "BIGINT", "distinct words not on the list of easy words, of two syllables or more"),
    Metric("linsear_write_formula", "DOUBLE", "school grade", formulas.linsear_write_formula),
    Metric("gunning_fog", "DOUBLE", "school grade", formulas.gunning_fog),
    Metric("text_standard", "VARCHAR", "the grade that most of the others agree on, in words"),
    Metric("fernandez_huerta", "DOUBLE", "Spanish: higher is easier", formulas.fernandez_huerta),
    Metric("szigriszt_pazos", "DOUBLE", "Spanish: higher is easier", formulas.szigriszt_pazos),
    Metric("gutierrez_polini", "DOUBLE", "Spanish: higher is easier", formulas.gutierrez_polini),
    Metric("crawford", "DOUBLE", "Spanish: years of schooling", formulas.crawford),
    Metric("gulpease_index", "DOUBLE", "Italian: higher is easier", formulas.gulpease_index),
    Metric("osman", "DOUBLE", "Arabic: higher is easier", formulas.osman),
)
"""What textstat computes for each text, under its names."""


def evaluate(counts: pl.DataFrame, language: Language) -> pl.DataFrame:
    """Compute the metrics.

    Args:
        counts: A row for each text, as `counts.count` gives them.
        language: Language of the texts.

    Returns:
        The same with a column for each metric.
    """
    with_formulas = counts.with_columns(
        metric.formula(language).alias(metric.name) for metric in METRICS if metric.formula
    )
    return with_formulas.with_columns(text_standard(with_formulas))
