"""Blob references of one segment, resolved: what a reader sees is what was recorded.

`docs/log-format.md` defines the references. Values are shared, not copied, but what a line would come to when
written out is counted, so that a few lines cannot stand for more than memory holds.
"""

from typing import Any

from lctrack.format import APPEND, BLOB, LITERAL
from lctrack_analysis.read.lines import MAX_LINE, BadLineError

__all__ = ["MARK", "MARKERS", "MissingBlobError", "References"]

MARKERS = (f'"{BLOB}"'.encode(), f'"{LITERAL}"'.encode())
"""What a line contains if it may hold a reference."""


MARK = b'"$'
"""What both begin with."""


# Fields that recorders write references into.
_LIKELY = ("messages", "inputs", "outputs", "output", "generations")


class MissingBlobError(BadLineError):
    """A line refers to a blob that is not before it."""


class References:
    """The blobs of one segment so far."""

    def __init__(self) -> None:
        # With what each comes to when written out, and a bound of how deep it is nested.
        self._blobs: dict[str, tuple[Any, int, int]] = {}
        # Of the line at hand: how deep what it refers to is nested, and how many of its texts were references.
        self._deepest = self._met = 0

    def define(self, record: dict[str, Any], size: int, brackets: int, *, plain: bool = False) -> None:
        """Remember the value of a `blob` event.

        Args:
            record: The event.
            size: Length of its line in bytes.
            brackets: What its line opens.
            plain: Whether its line has none of the `MARKERS`.

        Raises:
            BadLineError: It has no digest or no value, or refers to a blob that was not seen.
        """
        digest = record.get("digest")
        if not isinstance(digest, str) or "value" not in record:
            raise BadLineError("a blob without digest or value")
        if plain:
            self._blobs[digest] = (record["value"], self._bounded(size), brackets)
            return
        holder = {"": record["value"]}
        self._deepest = 0
        size = self._bounded(size + self._inside(holder))
        self._blobs[digest] = (holder[""], size, brackets + self._deepest)

    def resolve(self, record: dict[str, Any], size: int, brackets: int, marks: int = -1) -> int:
        """Replace the references of an event by what they stand for.

        Args:
            record: The event; it is changed.
            size: Length of its line in bytes.
            brackets: What its line opens.
            marks: How many texts in its line begin as references do: where so many were resolved, there are no more.

        Returns:
            A bound of how deep it is nested now.

        Raises:
            BadLineError: It refers to a blob that was not seen, or would be longer than `MAX_LINE` written out.
        """
        self._deepest = self._met = 0
        likely = {name: record[name] for name in _LIKELY if name in record}
        added = self._inside(likely)
        record.update(likely)
        if self._met != marks:
            rest = {name: value for name, value in record.items() if name not in likely}
            added += self._inside(rest)
            record.update(rest)
        self._bounded(size + added)
        return brackets + self._deepest

    @staticmethod
    def _bounded(size: int) -> int:
        if size > MAX_LINE:
            raise BadLineError(f"stands for more than {MAX_LINE // 1024**2} MiB once its references are resolved")
        return size

    def _inside(self, container: Any) -> int:
        """Replace the references within a dict or a list, which is nobody else's; give how many bytes they added."""
        added = 0
        # Members are replaced, never added, while they are gone through.
        for key, item in container.items() if type(container) is dict else enumerate(container):
            kind = type(item)
            if kind is list:
                added += self._inside(item)
            elif kind is dict:
                if BLOB in item:
                    container[key], more = self._blob(item)
                    added += more
                    continue
                if len(item) == 1 and type(item.get(LITERAL)) is dict:
                    self._met += 1
                    container[key] = item = item[LITERAL]  # noqa: PLW2901  # what it wraps is gone through instead
                added += self._inside(item)
        return added

    def _blob(self, reference: dict[str, Any]) -> tuple[Any, int]:
        digest = reference[BLOB]
        if not isinstance(digest, str) or digest not in self._blobs:
            raise MissingBlobError(f"refers to a blob that this segment does not hold before it: {str(digest)[:80]}")
        value, size, depth = self._blobs[digest]
        self._deepest = max(self._deepest, depth)
        self._met += 1
        if APPEND not in reference:
            return value, size
        self._met += 1
        following = reference[APPEND]
        if not isinstance(value, list) or not isinstance(following, list):
            raise BadLineError(f"appends to a blob something that is no list, or to one that is none: {digest[:80]}")
        added = self._inside(following)
        return [*value, *following], size + added
