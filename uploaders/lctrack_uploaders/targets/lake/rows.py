"""A session's rows as lakes take them: one day a session, times that every reader knows.

Accepted trade-off: times are microseconds in UTC. Spark reads no nanoseconds from Parquet, and Delta has none; columns
of durations keep what lies below.
"""

from datetime import UTC, date, datetime

import polars as pl

from lctrack_uploaders.units import Unit

SESSION = "lctrack_session"
"""Column with the session that a row was delivered with: that of its trace's root."""
DATE = "date"
"""Column, or partition, with the day on which that session started, in UTC: all its rows have the same."""


def day(unit: Unit) -> date:
    """Give the day on which a session started.

    Args:
        unit: The session.

    Returns:
        The day in UTC.
    """
    return datetime.fromtimestamp(unit.start // 1_000_000_000, UTC).date()


def of_session(unit: Unit, table: str) -> pl.DataFrame:
    """Give the rows of a table that belong to a session.

    Args:
        unit: The session.
        table: Name of the table.

    Returns:
        The rows, times in microseconds of UTC, with the session as last column.
    """
    frame = unit.tables[table]
    times = pl.selectors.datetime().cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return frame.with_columns(times, pl.lit(unit.session_id).alias(SESSION))
