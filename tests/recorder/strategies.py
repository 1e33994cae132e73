"""Arbitrary data for hypothesis, and how to compare it with its recording."""

import base64
import math
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters(exclude_categories=()))
"""Text with lone surrogates too."""

_KEYS = st.one_of(st.sampled_from(["$blob", "$append", "$literal", "a/b", "~", ""]), st.text(), ANY_TEXT)

INTEGERS = st.integers(-(2**63), 2**64 - 1)
"""Integers that other readers take."""

PLAIN = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
"""Data that JSON can hold."""

_NEAR_THE_LIMITS = st.sampled_from(
    [sign * 2**power + by for sign in (1, -1) for power in (63, 64) for by in (-1, 0, 1)]
)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.binary() | _NEAR_THE_LIMITS,
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(_KEYS, inner),
    max_leaves=20,
)
"""Data that JSON can hold only in part, some of which looks like references."""


def differences(expected: Any, actual: Any, pointer: str = "") -> Iterator[str]:
    """Give a JSON pointer to each place where a recording is not what was recorded."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            name = sound(key)
            place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name != key:
                yield place
            yield from differences(value, actual.get(name), place)
    elif isinstance(expected, list | tuple) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (left, right) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(left, right, f"{pointer}/{index}")
    elif type(expected) is not type(actual) or expected != actual:
        yield pointer


def sound(text: str) -> str:
    """Do to lone surrogates what the format says."""
    paired = text.encode("utf-16-le", "surrogatepass")
    return paired.decode("utf-16-le", "replace")


def substitutes(value: Any) -> Any:
    """Give what the format says is written in place of a scalar that JSON cannot hold."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return sound(value) if isinstance(value, str) else value
