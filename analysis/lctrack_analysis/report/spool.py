"""Short texts that wait in a file until they are asked for: those of a million traces take too much memory."""

from pathlib import Path
from tempfile import TemporaryFile

import orjson

__all__ = ["Spool"]


class Spool:
    """Texts by id.

    Args:
        folder: Where the file is; it is gone with the spool.
    """

    def __init__(self, folder: Path) -> None:
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115  # closed with the spool
        self._places: dict[str, int] = {}

    def put(self, key: str, texts: list[str]) -> None:
        """Keep some texts."""
        self._places[key] = self._file.seek(0, 2)
        self._file.write(orjson.dumps(texts) + b"\n")

    def take(self, key: str) -> list[str]:
        """Give the texts that were kept."""
        self._file.seek(self._places[key])
        found: list[str] = orjson.loads(self._file.readline())
        return found

    def close(self) -> None:
        """Forget all."""
        self._file.close()
