"""How much memory a database takes: little for most of what is asked, and all it was given where that is not enough.

DuckDB keeps what it has read as long as there is room, so a database takes what it may, needed or not. Nearly every
question is answered as fast in little. One that runs out of it is asked again with the whole limit.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import TypeVar

import duckdb

from lctrack_analysis.errors import UsageError
from lctrack_analysis.limits import memory_of

__all__ = ["Memory"]

_T = TypeVar("_T")
_LITTLE = 500_000_000


class Memory:
    """The memory of a database; it has little of it at first.

    Args:
        connection: The database. Its configuration can be locked, if `memory_limit` stays allowed.
        given: How much it may take, in DuckDB's words.

    Raises:
        UsageError: That is no amount of memory.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, given: str) -> None:
        self._connection = connection
        self._given = given
        self._in_use: list[int | None] = []
        try:
            connection.execute("SET memory_limit = ?", [given])
        except duckdb.Error as error:
            raise UsageError(f"{given} is no amount of memory: give one such as 2GB or 500MB") from error
        self.bytes = memory_of(connection)
        """All there is; None where it is without end."""
        self._little = min(self.bytes or _LITTLE, _LITTLE)
        self._set()

    def whole(self) -> AbstractContextManager[None]:
        """Let the database take all that it was given for a while."""
        return self._allowed(self.bytes)

    def half(self) -> AbstractContextManager[None]:
        """Let the database take half of that for a while, unless it may take more at the time."""
        return self._allowed(self.bytes and self.bytes // 2)

    @contextmanager
    def _allowed(self, limit: int | None) -> Iterator[None]:
        self._in_use.append(limit)
        self._set()
        try:
            yield
        finally:
            self._in_use.remove(limit)
            with suppress(duckdb.Error):  # it is closed, or what is in use does not fit: then it stays as it is
                self._set()

    def enough(self, work: Callable[[], _T]) -> _T:
        """Do some work that can be done again: in little memory, and where that runs out, in all there is."""
        try:
            return work()
        except duckdb.OutOfMemoryException:
            with self.whole():
                return work()

    def _set(self) -> None:
        most = self._given if None in self._in_use else f"{max([self._little, *filter(None, self._in_use)])}B"
        with closing(self._connection.cursor()) as cursor:  # the connection itself may be within a transaction
            cursor.execute("SET memory_limit = ?", [most])
