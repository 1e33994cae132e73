"""Fills in what model calls cost, when something first asks for a table that tells it.

A model is looked up once for each half-hour it was called in: prices change, some with the time of day.
"""

import os
import re
from datetime import UTC
from typing import Any

import duckdb

from lctrack_analysis.cost.agreed import read_agreed
from lctrack_analysis.cost.published import is_here, published_price
from lctrack_analysis.cost.rates import Price
from lctrack_analysis.on_demand import OnDemand

__all__ = ["Pricing"]

UNKNOWN = "unknown"
"""What a call is priced by whose model no price table has."""

_CALLED = """
SELECT DISTINCT model, stage.half_hour(start_time, end_time) AS called FROM stage.run_core
WHERE model IS NOT NULL AND coalesce(input_tokens, output_tokens) IS NOT NULL AND called IS NOT NULL
ORDER BY ALL
"""
_COST = """stage.cost(
        core.input_tokens, core.output_tokens, core.cached_tokens, core.cache_write_tokens, core.reasoning_tokens, rates
    )"""
_APPLY = """rates.model = core.model AND rates.called = stage.half_hour(core.start_time, core.end_time)
    AND coalesce(core.input_tokens, 0) > rates.over AND coalesce(core.input_tokens, 0) <= rates.most"""
_FILL_RUNS = f"""
INSERT INTO stage.run_costs BY NAME
SELECT
    core.place,
    core.trace_id,
    core.session_id,
    {_COST} + coalesce(rates.call, 0) AS cost,
    CASE WHEN cost IS NOT NULL THEN rates.source ELSE $unknown END AS priced_by
FROM stage.run_core AS core
LEFT JOIN stage.rates ON {_APPLY}
WHERE core.kind IN ('llm', 'chat_model')
    AND coalesce(core.input_tokens, core.output_tokens, core.total_tokens) IS NOT NULL
"""  # noqa: S608  # our own
_FILL_GENERATIONS = f"""
INSERT INTO stage.generation_costs BY NAME
SELECT
    core.place,
    {_COST}
        + CASE WHEN core.prompt_index = 0 AND core.generation_index = 0 THEN coalesce(rates.call, 0) ELSE 0 END AS cost
FROM stage.generation_core AS core
JOIN stage.rates ON {_APPLY}
WHERE coalesce(core.input_tokens, core.output_tokens) IS NOT NULL
"""  # noqa: S608  # likewise


class Pricing(OnDemand):
    """What is to be filled in, once; nothing at all where there is no price table.

    Args:
        prices: A file of prices of one's own, which go before the published ones.

    Raises:
        UsageError: The file cannot be read, or is not as `read_agreed` says.
    """

    mentions = re.compile("runs|traces|sessions|conversations|generations|query", re.IGNORECASE)

    def __init__(self, prices: str | os.PathLike[str] | None = None) -> None:
        super().__init__()
        self._agreed = read_agreed(prices) if prices is not None else []
        self._published = is_here()

    def _is_wanted(self) -> bool:
        return bool(self._agreed) or self._published

    def _fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        rows: list[tuple[Any, ...]] = []
        for model, at in connection.execute(_CALLED).fetchall():
            price = self._price(model, at)
            if price is not None:
                highest = [*(rates.over for rates in price.rates[1:]), 2**63 - 1]
                rows += [
                    (model, at, most, price.source, *rates) for rates, most in zip(price.rates, highest, strict=True)
                ]
        if rows:
            connection.executemany(
                "INSERT INTO stage.rates (model, called, most, source, over, input, output, cached, cache_write,"
                " reasoning, call) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
        connection.execute(_FILL_RUNS, {"unknown": UNKNOWN})
        connection.execute(_FILL_GENERATIONS)

    def _price(self, model: str, at: Any) -> Price | None:
        for agreed in self._agreed:
            if agreed.covers(model):
                return agreed.price
        return published_price(model, at.replace(tzinfo=UTC)) if self._published else None
