"""Whether the references of one segment lead to blobs that were written before them.

`docs/log-format.md` defines the references. Values are not kept: only which blobs there are, and which are lists.
"""

from collections.abc import Iterator
from typing import Any

from lctrack.format import APPEND, BLOB, LITERAL

__all__ = ["References"]


class References:
    """The blobs of one segment so far."""

    def __init__(self) -> None:
        self._is_list: dict[str, bool] = {}

    def broken(self, record: dict[str, Any]) -> list[str]:
        """Say what is wrong with the references in an event, and remember the blob it defines.

        Returns:
            A reason for each that leads nowhere.
        """
        if record["event"] != "blob":
            return list(self._follow(record))
        digest = record.get("digest")
        if not isinstance(digest, str) or "value" not in record:
            return ["a blob without digest or value"]
        value = record["value"]
        reasons = list(self._follow(value))
        self._is_list[digest] = self._gives_list(value)
        return reasons

    def _follow(self, value: Any) -> Iterator[str]:
        if isinstance(value, list):
            for item in value:
                yield from self._follow(item)
        elif isinstance(value, dict):
            if BLOB in value:
                yield from self._reference(value)
                return
            inner = value.get(LITERAL) if len(value) == 1 else None
            for item in (inner if isinstance(inner, dict) else value).values():
                yield from self._follow(item)

    def _reference(self, reference: dict[str, Any]) -> Iterator[str]:
        digest = reference[BLOB]
        if not isinstance(digest, str) or digest not in self._is_list:
            yield f"refers to a blob that this segment does not hold before it: {str(digest)[:80]}"
        elif APPEND in reference and not (self._is_list[digest] and isinstance(reference[APPEND], list)):
            yield f"appends to a blob something that is no list, or to one that is none: {digest[:80]}"
        yield from self._follow(reference.get(APPEND))

    def _gives_list(self, value: Any) -> bool:
        if isinstance(value, dict) and isinstance(value.get(BLOB), str):
            return self._is_list.get(value[BLOB], False)
        return isinstance(value, list)
