"""What tokens of a model cost, as numbers that SQL can calculate with."""

from typing import NamedTuple

__all__ = ["Price", "Rates"]


class Rates(NamedTuple):
    """What tokens cost, in US dollars per million; None where a kind of tokens has no price of its own.

    Attributes:
        over: More input tokens than this make a call cost so; -1 for any.
        input: Prompt tokens.
        output: Completion tokens.
        cached: Prompt tokens read from the provider's cache; as `input` where there is no price.
        cache_write: Prompt tokens written to it; likewise.
        reasoning: Completion tokens spent on reasoning; as `output` where there is no price.
        call: The call itself, in US dollars.
    """

    over: int
    input: float | None
    output: float | None
    cached: float | None = None
    cache_write: float | None = None
    reasoning: float | None = None
    call: float | None = None


class Price(NamedTuple):
    """The price of a model at some time.

    Attributes:
        source: Where it is from, for people: a price table, its version, and the entry in it.
        rates: By the size of the call, in rising order of `over`; the last one that applies is the one.
    """

    source: str
    rates: tuple[Rates, ...]
