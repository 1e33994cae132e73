"""What is said where the cache was deleted while it is in use: it may be at any time, and nothing was lost."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from lctrack_analysis.errors import QueryError
from lctrack_analysis.ingest import Staged

__all__ = ["asking_again"]


@contextmanager
def asking_again(staged: Staged) -> Iterator[None]:
    """Tell that staged rows are gone, where that is why something failed.

    Raises:
        QueryError: They are gone, and the user should run it again.
    """
    try:
        yield
    except (QueryError, duckdb.Error) as error:
        closed = not staged.workplace.is_dir()  # which the sentence says
        if closed or all(part.directory.is_dir() for part in staged.parts):
            raise
        raise QueryError("what was read of the logs was deleted meanwhile: run this again") from error
