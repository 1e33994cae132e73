"""What is filled in when something first asks for it, because most questions do not and it takes its time."""

from typing import NamedTuple

import duckdb

from lctrack_analysis.complexity.fill import Filling as Measuring
from lctrack_analysis.cost import Pricing
from lctrack_analysis.errors import QueryError
from lctrack_analysis.pictures.fill import Drawing

__all__ = ["Fillings"]


class Fillings(NamedTuple):
    """All that is filled in: complexity, cost, and what spaCy says."""

    measuring: Measuring
    pricing: Pricing
    drawing: Drawing

    def before(self, connection: duckdb.DuckDBPyConnection, query: str) -> None:
        """Fill in what a query may want; nothing, where that is done.

        Args:
            connection: Database that holds the tables, the same each time.
            query: Any SQL.

        Raises:
            QueryError: The database is closed.
        """
        try:
            for part in self:
                part.before(connection, query)
        except duckdb.ConnectionException as error:
            raise QueryError(str(error)) from error

    def again(self) -> "Fillings":
        """Give the same for another database."""
        return Fillings(self.measuring.again(), self.pricing.again(), self.drawing.again())
