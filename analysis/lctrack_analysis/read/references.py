"""Blob references of one segment, resolved: what a reader sees is what was recorded.

`docs/log-format.md` defines the references. Values are shared, not copied, but what a line would come to when
written out is counted, so that a few lines cannot stand for more than memory holds.
"""

from typing import Any

from lctrack.format import APPEND, BLOB, LITERAL
from lctrack_analysis.read.lines import MAX_LINE, BadLineError

__all__ = ["MARKERS", "References"]

MARKERS = (f'"{BLOB}"'.encode(), f'"{LITERAL}"'.encode())
"""What a line contains if it may hold a reference."""


class References:
    """The blobs of one segment so far."""

    def __init__(self) -> None:
        self._blobs: dict[str, tuple[Any, int]] = {}

    def define(self, record: dict[str, Any], size: int) -> None:
        """Remember the value of a `blob` event.

        Args:
            record: The event.
            size: Length of its line in bytes.

        Raises:
            BadLineError: It has no digest or no value, or refers to a blob that was not seen.
        """
        digest = record.get("digest")
        if not isinstance(digest, str) or "value" not in record:
            raise BadLineError("a blob without digest or value")
        value, extra = self._resolve(record["value"])
        self._blobs[digest] = (value, self._bounded(size + extra))

    def resolve(self, record: dict[str, Any], size: int) -> dict[str, Any]:
        """Give an event with its references replaced by what they stand for.

        Args:
            record: The event.
            size: Length of its line in bytes.

        Raises:
            BadLineError: It refers to a blob that was not seen, or would be longer than `MAX_LINE` written out.
        """
        resolved = {}
        for key, value in record.items():
            resolved[key], extra = self._resolve(value)
            size = self._bounded(size + extra)
        return resolved

    @staticmethod
    def _bounded(size: int) -> int:
        if size > MAX_LINE:
            raise BadLineError(f"stands for more than {MAX_LINE // 1024**2} MiB once its references are resolved")
        return size

    def _resolve(self, value: Any) -> tuple[Any, int]:
        """Give a value without references, and how many bytes they added."""
        if isinstance(value, list):
            return self._items(value)
        if not isinstance(value, dict):
            return value, 0
        if BLOB in value:
            return self._blob(value)
        inner = value.get(LITERAL) if len(value) == 1 else None
        added = 0
        plain = {}
        for key, item in (inner if isinstance(inner, dict) else value).items():
            plain[key], more = self._resolve(item)
            added += more
        return plain, added

    def _items(self, items: list[Any]) -> tuple[list[Any], int]:
        pairs = [self._resolve(item) for item in items]
        return [item for item, _ in pairs], sum(added for _, added in pairs)

    def _blob(self, reference: dict[str, Any]) -> tuple[Any, int]:
        digest = reference[BLOB]
        if not isinstance(digest, str) or digest not in self._blobs:
            raise BadLineError(f"refers to a blob that this segment does not hold before it: {str(digest)[:80]}")
        value, size = self._blobs[digest]
        if APPEND not in reference:
            return value, size
        if not isinstance(value, list) or not isinstance(reference[APPEND], list):
            raise BadLineError(f"appends to a blob something that is no list, or to one that is none: {digest[:80]}")
        following, added = self._items(reference[APPEND])
        return [*value, *following], size + added
