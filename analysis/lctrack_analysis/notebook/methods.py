"""What the logs are in a notebook: frames of several kinds, a page, sessions."""

from contextlib import suppress
from typing import TYPE_CHECKING, cast

import duckdb
import polars as pl

from lctrack_analysis.columns import TABLES
from lctrack_analysis.errors import QueryError
from lctrack_analysis.notebook.overview import overview, overview_page
from lctrack_analysis.notebook.pandas_frame import pandas_frame
from lctrack_analysis.notebook.session import Session, find_session

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]  # its types are a distribution of their own

    from lctrack_analysis.logs import Logs

__all__ = ["Shown"]


class Shown:
    """The part of `Logs` that is for notebooks."""

    def frame(self, name: str) -> pl.DataFrame:
        """Give a table as a polars frame; the same as the attribute of that name.

        Raises:
            UsageError: There is no such table.
        """
        return self._logs.table(name)

    def lazy(self, name: str) -> pl.LazyFrame:
        """Give a table as a lazy frame: of a large one, only the columns and rows that are used are read.

        Args:
            name: The table. The logs must stay open until the frame is collected.

        Raises:
            UsageError: There is no such table.
        """
        return self._logs.lazy_table(name)

    def to_pandas(self, source: str) -> "pd.DataFrame":
        """Give a table, or the rows of a query, as a pandas frame; pandas is an extra.

        Args:
            source: Name of a table, or SQL.

        Returns:
            Text is `str`, whole numbers are `Int64`, truths `boolean`, times `datetime64[ns, UTC]`.

        Raises:
            QueryError: The statement is wrong or not allowed.
            AnalysisError: pandas is not installed.
        """
        return pandas_frame(self._logs.table(source) if source in TABLES else self._logs.sql(source))

    def session(self, called: str) -> Session:
        """Give one session.

        Args:
            called: Its id, its name, or a beginning of its id that no other has.

        Raises:
            NoMatchError: There is none; the text names what is near.
            UsageError: There are several.
        """
        return find_session(self._logs, called)

    def __repr__(self) -> str:
        with suppress(QueryError, duckdb.Error):
            return f"<Logs: {overview(self._logs)}>"
        return "<Logs: closed>"

    def _repr_html_(self) -> str:
        """Show it in a notebook: counts, the latest sessions, what goes wrong."""
        return overview_page(self._logs)

    @property
    def _logs(self) -> "Logs":
        return cast("Logs", self)
