"""What model calls cost, from their tokens and a price table that is here: nothing is ever looked up elsewhere."""

from lctrack_analysis.cost.fill import Pricing

__all__ = ["Pricing"]
