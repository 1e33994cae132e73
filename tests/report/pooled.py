"""Traces with what they repeat put back, as `values.js` does it."""

from typing import Any

from lctrack_analysis.report.pool import KEY

__all__ = ["inside"]


def inside(value: Any, pool: list[Any]) -> Any:
    """Put back what stands in a pool, anywhere within a value."""
    if isinstance(value, list):
        return [_placed(each, pool) for each in value]
    return {key: _placed(each, pool) for key, each in value.items()} if isinstance(value, dict) else value


def _placed(value: Any, pool: list[Any]) -> Any:
    if isinstance(value, dict) and list(value) == [KEY]:
        return inside(pool[value[KEY]], pool)
    return inside(value, pool)
