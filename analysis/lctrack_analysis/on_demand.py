"""What is filled into the tables when something first asks for it: most questions do not, and it takes its time."""

import re
from abc import ABC, abstractmethod
from copy import copy
from typing import ClassVar, Self

import duckdb

__all__ = ["OnDemand"]


class OnDemand(ABC):
    """Something that is filled in once, whole or not at all."""

    mentions: ClassVar[re.Pattern[str]]
    """What a query that may want it has in it. A table must be named to be read."""

    def __init__(self) -> None:
        self._done = False

    def before(self, connection: duckdb.DuckDBPyConnection, query: str) -> None:
        """Fill in what a query may want; nothing, where that is done.

        Args:
            connection: Database that holds the tables, the same each time.
            query: Any SQL.
        """
        if self.mentions.search(query):
            self.fill(connection)

    def fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Fill it in now, unless that is done or there is nothing to be filled in.

        Args:
            connection: Likewise.
        """
        if self._done or not self._is_wanted():
            return
        connection.execute("BEGIN")  # what is interrupted begins again with the next query
        try:
            self._fill(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        self._done = True

    def again(self) -> Self:
        """Give the same for another database."""
        other = copy(self)
        other._done = False  # noqa: SLF001  # of this class
        return other

    def _is_wanted(self) -> bool:
        return True

    @abstractmethod
    def _fill(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Do it, within a transaction."""
