"""Values that a trace repeats, written once: an agent's calls each hold all messages before them.

A repeated object or list stands in the pool, and `{"$pool": n}` in its place. An object of the logs that looks like
this itself is always put into the pool, and what stands in the pool is taken as it is but for what is inside of it; so
there is no mistaking one for the other.
"""

from typing import Any

from lctrack_analysis.report.safe import as_json

__all__ = ["KEY", "NoPool", "Pool"]

KEY = "$pool"
_SMALL = 120
"""Bytes of JSON that are not worth a place in the pool."""


class Pool:
    """The pool of one trace; `values` is what is in it."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[bytes, int] = {}

    def taken(self, value: Any) -> Any:
        """Give a value with places of the pool in it."""
        if isinstance(value, list):
            return [self._placed(each) for each in value]
        if isinstance(value, dict):
            return {key: self._placed(each) for key, each in value.items()}
        return value

    def _placed(self, value: Any) -> Any:
        if not isinstance(value, list | dict):
            return value
        looks_alike = isinstance(value, dict) and list(value) == [KEY]
        # What was put in the pool is short in here, so this takes little more time than the value is new.
        inside = self.taken(value)
        json = as_json(inside)
        if len(json) < _SMALL and not looks_alike:
            return inside
        if json not in self._places:
            self._places[json] = len(self.values)
            self.values.append(inside)
        return {KEY: self._places[json]}


class NoPool(Pool):
    """Leaves values as they are."""

    def taken(self, value: Any) -> Any:
        """Give the value."""
        return value
