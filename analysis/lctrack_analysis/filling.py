"""What is filled in when something first asks for it, because most questions do not and it takes its time."""

from typing import Protocol

import duckdb

from lctrack_analysis.errors import QueryError

__all__ = ["Filling", "Fillings"]


class Filling(Protocol):
    """Something that is filled in once."""

    def before(self, connection: duckdb.DuckDBPyConnection, query: str) -> None:
        """Fill in what a query may want; nothing, where that is done.

        Args:
            connection: Database that holds the tables, the same each time.
            query: Any SQL.
        """

    def again(self) -> "Filling":
        """Give the same for another database."""


class Fillings:
    """All that is filled in.

    Args:
        *parts: What it is made of.
    """

    def __init__(self, *parts: Filling) -> None:
        self._parts = parts

    def before(self, connection: duckdb.DuckDBPyConnection, query: str) -> None:
        """Fill in what a query may want, as `Filling` says.

        Raises:
            QueryError: The database is closed.
        """
        try:
            for part in self._parts:
                part.before(connection, query)
        except duckdb.ConnectionException as error:
            raise QueryError(str(error)) from error

    def again(self) -> "Fillings":
        """Give the same for another database."""
        return Fillings(*(part.again() for part in self._parts))
