"""Files that are there whole or not at all.

What is written goes to a temporary file beside its place, and replaces what was there when all of it is on the disk. A
device or a pipe is written to as it is. A process that is killed may leave the temporary file behind.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lctrack_analysis.errors import UsageError

__all__ = ["whole_file"]


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to be written whole.

    Args:
        path: The file; one of that name is replaced when the block is left without an exception.

    Yields:
        What to write into.

    Raises:
        UsageError: It cannot be written.
    """
    temporary: Path | None = None
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as stream:
                yield stream
            return
        path = path.resolve()  # what a link points to is replaced, not the link
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as stream:
            temporary = Path(stream.name)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
