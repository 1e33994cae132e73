"""Published prices: the table that the package `genai-prices` carries, by model and date.

It is read from the installed package, which only ever asks its makers for news when it is told to: nobody tells it.
"""

from datetime import datetime
from functools import cache, lru_cache
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from lctrack_analysis.cost.rates import Price, Rates

__all__ = ["PACKAGE", "is_here", "published_price"]

PACKAGE = "genai-prices"
_MODULE = "genai_prices"
_UNITS = ("input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "output_reasoning_mtok")
"""What the table calls the prices that `Rates` has, in that order."""


def is_here() -> bool:
    """Tell whether the package is installed."""
    return find_spec(_MODULE) is not None


def published_price(model: str, at: datetime) -> Price | None:
    """Find the price of a model.

    Args:
        model: Its name, as the provider or the parameters of the call give it.
        at: When it was called, with a time zone.

    Returns:
        The price at that time; None where the table has none, or none by tokens.
    """
    found = _found(model, None, at) or ((provider := _only_provider(model)) and _found(model, provider, at))
    if not found:
        return None
    parts = [getattr(found.model_price, unit) for unit in _UNITS]
    if parts[0] is None and parts[1] is None:
        return None  # by the hour, the page or the picture
    # As the package itself has it: what a model is not made for costs nothing.
    parts[:2] = [part if part is not None else 0 for part in parts[:2]]
    steps = sorted({-1, *(tier.start for part in parts for tier in getattr(part, "tiers", ()))})
    source = f"{PACKAGE} {_release()}: {found.provider.id}/{found.model.id}"
    call = float(found.model_price.requests_kcount or 0) / 1_000
    rates = (Rates(over, *(_at(part, over) for part in parts)) for over in steps)
    return Price(source, tuple(each._replace(call=call) for each in rates))


def _found(model: str, provider: str | None, at: datetime | None) -> Any:
    """Ask the package; gives None where it does not know the model, or not whose it is."""
    prices: Any = import_module(_MODULE)
    try:
        return prices.calc_price(prices.Usage(), model, provider_id=provider, genai_request_timestamp=at)
    except LookupError:
        return None


@cache
def _release() -> str:
    return version(PACKAGE)  # which reads a file


@lru_cache(maxsize=10_000)
def _only_provider(model: str) -> str | None:
    """Find who offers a model whose name does not tell; where several do, at prices of their own, nobody knows."""
    providers = import_module(f"{_MODULE}.data_snapshot").get_snapshot().providers
    offering = [provider.id for provider in providers if _found(model, provider.id, None)]
    return offering[0] if len(offering) == 1 else None


def _at(part: Any, over: int) -> float | None:
    """Give a price for calls with more input tokens than some number."""
    if part is None:
        return None
    if not hasattr(part, "tiers"):
        return float(part)
    reached = [tier for tier in part.tiers if tier.start <= over]
    return float(max(reached, key=lambda tier: tier.start).price if reached else part.base)
