"""An event that was encoded earlier than it is written, for blobs that no segment may hold."""

from typing import Any

from lctrack._blobs import Blobs, Draft
from lctrack._encode import Encoded

__all__ = ["Recalled"]


class Recalled(dict[str, Any]):
    """Stands for an event whose objects may have changed since.

    Args:
        body: The event as JSON.
        definitions: The blobs it refers to, and perhaps others, in an order in which they can be written.
    """

    def __init__(self, body: bytes, definitions: dict[str, str]) -> None:
        super().__init__()
        self._body = body
        self._definitions = definitions

    def encoded_for(self, blobs: Blobs) -> Encoded:
        """Give the event with the blobs that a segment lacks."""
        draft = Draft(blobs, _refuse)
        draft.definitions |= {digest: text for digest, text in self._definitions.items() if digest not in blobs.defined}
        return Encoded(self._body, draft)


def _refuse(_: Any) -> str:
    raise TypeError("nothing is encoded again")
