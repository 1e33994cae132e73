"""A polars frame as a pandas frame in which nothing changes its meaning.

Text is `str` and whole numbers are `Int64`, so that a null does not make floats of ids and counts; truths are
`boolean`; times are `datetime64[ns, UTC]`, which cannot be taken for local ones; other numbers are `float64`, with NaN
for null. Lists are Python lists, in a column of objects. pandas is an extra, and imported here alone.
"""

from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from lctrack_analysis.errors import AnalysisError

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]  # its types are a distribution of their own

__all__ = ["pandas_frame"]


def pandas_frame(frame: pl.DataFrame) -> "pd.DataFrame":
    """Convert a frame.

    Args:
        frame: Rows of a table or of a query; times without a zone are UTC.

    Returns:
        The same rows and columns, in the same order.

    Raises:
        AnalysisError: pandas is not installed.
    """
    try:
        import pandas as pd  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise AnalysisError("pandas is not installed: pip install 'lctrack-analysis[pandas]'") from error
    text = pd.StringDtype(na_value=float("nan"))
    kinds = {
        pa.string(): text,
        pa.large_string(): text,
        pa.string_view(): text,
        pa.int64(): pd.Int64Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.bool_(): pd.BooleanDtype(),
    }
    naive = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone is None]
    zoned = frame.with_columns(pl.col(naive).dt.replace_time_zone("UTC"))
    made: pd.DataFrame = zoned.to_arrow().to_pandas(types_mapper=kinds.get)
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.List):
            made[name] = pd.Series(frame[name].to_list(), dtype=object, index=made.index)
    return made
