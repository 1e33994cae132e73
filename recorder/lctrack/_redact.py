"""What the application wants redacted: patterns and functions, applied to each of its texts."""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from lctrack._structure import MASK

__all__ = ["Redaction", "Redactor"]

Redactor: TypeAlias = str | re.Pattern[str] | Callable[[str], str]
"""A regular expression, what matches it being masked; or a function that gives what is written in place of a text."""

_log = logging.getLogger("lctrack")


class Redaction:
    """Redactors, one after the other.

    Args:
        redact: One, or several.

    Raises:
        ValueError: It is neither a pattern nor a function, or a pattern is none.

    Attributes:
        failures: How many texts were masked because a function raised, or gave no text.
    """

    def __init__(self, redact: "Redactor | Sequence[Redactor]") -> None:
        given: Sequence[Any] = [redact] if isinstance(redact, str | re.Pattern) or callable(redact) else redact
        try:
            self._steps = [_step(one) for one in given]
        except TypeError as error:
            raise ValueError(f"redact is a pattern, a function, or a list of these, not {redact!r}") from error
        self.failures = 0

    def __call__(self, text: str) -> str:
        """Redact a text; where a function fails, all of it."""
        try:
            for step in self._steps:
                text = step(text)
                if not isinstance(text, str):
                    raise TypeError("no text")  # noqa: TRY301  # as bad as raising
            return str.__str__(text)
        except Exception as error:  # noqa: BLE001  # the application's function may raise anything
            self.failures += 1
            if self.failures == 1:
                # The message of the error may quote the text.
                _log.warning("redact failed with %s; such texts are masked whole", type(error).__name__)
            return MASK


def _step(redactor: Any) -> Callable[[str], str]:
    if isinstance(redactor, str):
        try:
            redactor = re.compile(redactor)
        except re.error as error:
            raise ValueError(f"redact is no regular expression: {redactor!r}: {error}") from error
    if isinstance(redactor, re.Pattern):
        if not isinstance(redactor.pattern, str):
            raise TypeError("a pattern of bytes")
        return _masking(redactor)
    if not callable(redactor):
        raise TypeError("neither a pattern nor a function")
    return redactor  # type: ignore[no-any-return]  # what it gives is checked each time


def _masking(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def mask(text: str) -> str:
        return pattern.sub(lambda found: MASK if found[0] else "", text)

    return mask
