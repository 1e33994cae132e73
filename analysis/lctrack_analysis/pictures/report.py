"""What came of drawing, in sentences for the person who asked for it."""

from collections.abc import Iterator

from lctrack_analysis.pictures.annotate import LONGEST
from lctrack_analysis.pictures.gallery import Drawn

__all__ = ["sentences"]

_PARTS = {"dependencies": "parser", "entities": "entity recogniser"}


def sentences(drawn: Drawn) -> Iterator[str]:
    """Tell what came of drawing.

    Args:
        drawn: What `Logs.draw` gave.

    Yields:
        One sentence, and one more for each thing that is not as was wished.
    """
    yield f"{_texts(drawn.drawn)} drawn into {drawn.directory}, {drawn.kept:,} drawn before"
    for what in drawn.lacking:
        yield f"the spaCy model {drawn.model} draws no {what}: it has no {_PARTS[what]}"
    if drawn.left_out:
        yield f"{_texts(drawn.left_out)} left out: --visualize-max says how many are drawn"
    if drawn.shortened:
        yield f"{_texts(drawn.shortened)} drawn in part, and not counted: beyond {LONGEST:,} characters"
    if drawn.failures:
        yield f"{_texts(len(drawn.failures))} not drawn: the model failed, first with {drawn.failures[0]}"


def _texts(count: int) -> str:
    return "1 text" if count == 1 else f"{count:,} texts"
