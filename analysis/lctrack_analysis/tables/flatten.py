"""The SQL function `flattened`: a record as LangChain's trackers keep it, without objects in objects.

It is called for the column `record` alone, when a query asks for that, and on whole vectors of rows.
"""

from typing import Any

import duckdb
import orjson
import pyarrow as pa
from duckdb.func import PythonUDFType

__all__ = ["add_flattened"]

_NESTED = frozenset({1, 3})


def add_flattened(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the function to a database.

    Args:
        connection: The database; its SQL can then call `flattened(parts)`, both sides JSON text.
    """
    connection.create_function("flattened", _flattened, ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)


def _flattened(column: Any) -> Any:  # DuckDB evaluates the annotations, and pyarrow's class takes no subscript
    return pa.array([_record(parts) for parts in column.to_pylist()], pa.string())


def _record(parts: str) -> str:
    """Merge the objects of a list into one, the second and fourth flattened; later ones win."""
    record: dict[str, Any] = {}
    for place, part in enumerate(orjson.loads(parts)):
        if isinstance(part, dict):
            if place in _NESTED:
                _flatten(part, "", record)
            else:
                record.update(part)
    return orjson.dumps(record).decode()


def _flatten(nested: dict[str, Any], prefix: str, record: dict[str, Any]) -> None:
    """Write out what objects hold under the names on the way to it, with `_` between them."""
    for key, value in nested.items():
        name = f"{prefix}_{key}" if prefix else key
        if isinstance(value, dict):
            _flatten(value, name, record)
        else:
            record[name] = value
