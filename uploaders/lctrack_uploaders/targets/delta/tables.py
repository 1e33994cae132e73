"""Delta tables in a folder or in S3. Needs the extra `delta`."""

import os
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import polars as pl
from deltalake import DeltaTable, QueryBuilder, write_deltalake
from deltalake.exceptions import DeltaError, TableNotFoundError

from lctrack_uploaders.errors import LostError, RefusedError, TransientError, UnreachableError, UploadError
from lctrack_uploaders.targets.lake.places import Place
from lctrack_uploaders.targets.lake.rows import DATE, SESSION

_PASSED_ON = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
)
_PATIENCE = {"timeout": "30s", "connect_timeout": "5s", "max_retries": "2", "retry_timeout": "20s"}
_REFUSED = ("accessdenied", "forbidden", "403", "401", "invalidaccesskeyid", "signaturedoesnotmatch", "credential")


class Tables:
    """The tables of one lake."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._options = _options(place)
        # Reading a table's log takes longer the more sessions it holds: it is read once, and then what is new.
        self._open: dict[str, DeltaTable] = {}

    def identity(self, table: str, like: pl.DataFrame) -> str:
        """Give a table's id; it is made, without rows, if it is not there.

        Args:
            table: Its name.
            like: A frame with its columns.

        Returns:
            The id that Delta gave it.
        """
        with self._explained():
            if (found := self._find(table)) is None:
                empty = like.clear().with_columns(pl.lit(None, pl.Date).alias(DATE))
                write_deltalake(
                    self._uri(table), empty, mode="ignore", partition_by=[DATE], storage_options=self._options
                )
                found = self._open[table] = DeltaTable(self._uri(table), storage_options=self._options)
            return str(found.metadata().id)

    def version(self, table: str) -> int | None:
        """Give a table's version; None where there is no such table."""
        with self._explained():
            found = self._find(table)
            return None if found is None else found.version()

    def replace(self, table: str, session_id: str, frame: pl.DataFrame, day: date) -> None:
        """Replace a session's rows in one transaction.

        Args:
            table: Name of the table; it is made if it is not there, and gets columns that it lacks.
            session_id: The session.
            frame: The rows it has now.
            day: Their partition.
        """
        with self._explained():
            found = self._find(table)
            write_deltalake(
                self._uri(table) if found is None else found,
                frame.with_columns(pl.lit(day).alias(DATE)),
                mode="overwrite",
                predicate=_of(session_id),
                partition_by=[DATE],
                schema_mode="merge",
                storage_options=self._options if found is None else None,
            )

    def remove(self, table: str, session_id: str) -> None:
        """Remove a session's rows, if there are any."""
        with self._explained():
            if (found := self._find(table)) is not None:
                found.delete(_of(session_id))

    def verify(self, table: str, session_id: str, rows: int) -> None:
        """Count a session's rows.

        Raises:
            LostError: There are more or fewer.
        """
        with self._explained():
            found = self._find(table)
            counted = 0
            if found is not None:
                query = QueryBuilder().register("lake", found)
                batches = query.execute(f"SELECT count(*) AS n FROM lake WHERE {_of(session_id)}")  # noqa: S608  # quoted
                counted = int(pl.DataFrame(batches)["n"].sum())
        if counted != rows:
            raise LostError(f"The table {table} has {counted} rows of session {session_id}, not {rows}: try again.")

    def _find(self, table: str) -> DeltaTable | None:
        try:
            if table in self._open:
                self._open[table].update_incremental()
            else:
                self._open[table] = DeltaTable(self._uri(table), storage_options=self._options)
        except TableNotFoundError:
            return None
        return self._open[table]

    def _uri(self, table: str) -> str:
        return f"{self._place.uri}/{table}"

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what Delta's client raises into one of our errors."""
        try:
            yield
        except UploadError:
            raise
        except (DeltaError, OSError, ValueError) as error:
            self._open.clear()  # somebody may have put another table in its place
            if os.environ.get("LCTRACK_DEBUG"):
                traceback.print_exc()
            whole = " ".join(str(error).split())
            reason = whole[:300].rstrip(".")
            if "NoSuchBucket" in whole:
                raise RefusedError(f"There is no bucket {self._place.bucket!r}: make it, or name another.") from error
            if any(word in whole.lower() for word in _REFUSED):
                raise RefusedError(
                    f"The lake {self._place.address} does not let us in ({reason}): check AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY."
                ) from error
            if isinstance(error, OSError):
                raise UnreachableError(f"The lake {self._place.address} cannot be used ({reason}).") from error
            raise TransientError(f"The lake {self._place.address} failed ({reason}); try again later.") from error


def _of(session_id: str) -> str:
    return f"{SESSION} = '{session_id.replace(chr(39), chr(39) * 2)}'"


def _options(place: Place) -> dict[str, str] | None:
    if place.folder is not None:
        return None
    known: Mapping[str, Any] = {name: place.environ.get(name) for name in _PASSED_ON}
    found: dict[str, str] = {name: str(value) for name, value in known.items() if value} | _PATIENCE
    # S3 itself sees to it that of two writers one wins.
    found["AWS_CONDITIONAL_PUT"] = "etag"
    if place.region:
        found["AWS_REGION"] = place.region
    if place.endpoint:
        found["AWS_ENDPOINT_URL"] = place.endpoint
        found["AWS_ALLOW_HTTP"] = str(place.endpoint.startswith("http://")).lower()
    return found
