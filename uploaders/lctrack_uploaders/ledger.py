"""The ledger: what each destination has acknowledged, so that a second run delivers only what is new.

It is a cache of the destinations' own knowledge, never the only copy of anything: with the ledger gone, every session
is delivered again as an update of the run that is there. An entry is written only after the destination was read
back, so a crash at any moment costs a repetition at most. It holds no credentials and no content of the logs.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from lctrack_uploaders.errors import LedgerError

FORMAT = 1
"""Version of the ledger's layout, kept in SQLite's `user_version`."""

_SCHEMA = """
CREATE TABLE deliveries (
    target       TEXT NOT NULL,
    address      TEXT NOT NULL,
    place        TEXT NOT NULL,
    session_id   TEXT NOT NULL,
    digest       TEXT NOT NULL,
    remote_id    TEXT NOT NULL,
    delivered_at INTEGER NOT NULL,
    PRIMARY KEY (target, address, place, session_id)
) WITHOUT ROWID, STRICT
"""


@dataclass(frozen=True, slots=True)
class Destination:
    """One place at one address of one target."""

    target: str
    address: str
    place: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a destination acknowledged of a session: which content, under which id of its own."""

    digest: str
    remote_id: str


class Ledger:
    """The ledger in one SQLite file; with no path, an empty one in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        with self._explained():
            if path is not None:
                # The file exists with its mode before SQLite writes the first byte.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=10)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def get(self, destination: Destination, session_id: str) -> Entry | None:
        """Give what a destination last acknowledged of a session, or None."""
        query = "SELECT digest, remote_id FROM deliveries WHERE (target, address, place, session_id) = (?, ?, ?, ?)"
        with self._explained():
            row = self._connection.execute(query, (*_key(destination), session_id)).fetchone()
        return None if row is None else Entry(*row)

    def put(self, destination: Destination, session_id: str, entry: Entry) -> None:
        """Note what a destination has acknowledged of a session, in place of what it had before."""
        row = (*_key(destination), session_id, entry.digest, entry.remote_id, time.time_ns())
        with self._explained():
            self._connection.execute("INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def forget(self, target: str, address: str) -> None:
        """Drop everything acknowledged by a target at an address."""
        with self._explained():
            self._connection.execute("DELETE FROM deliveries WHERE (target, address) = (?, ?)", (target, address))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > FORMAT:
            raise LedgerError(
                f"{self._path} was written by a newer lctrack-uploaders (ledger format {version}, this one knows "
                f"{FORMAT}): upgrade lctrack-uploaders, or name another directory with --state."
            )
        self._connection.execute("PRAGMA journal_mode = WAL")
        # Two first runs at once must not both create the table.
        self._connection.execute("BEGIN IMMEDIATE")
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            self._connection.execute(_SCHEMA)
            self._connection.execute(f"PRAGMA user_version = {FORMAT}")
        self._connection.execute("COMMIT")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what SQLite and the file system raise into one sentence."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise LedgerError(
                f"The ledger {self._path} cannot be used ({error}): try again, or name another directory with --state."
            ) from error
        except sqlite3.DatabaseError as error:
            raise LedgerError(
                f"The ledger {self._path} is damaged ({error}): delete it and run again; what was delivered is found "
                "again, not doubled."
            ) from error
        except OSError as error:
            raise LedgerError(
                f"The ledger {self._path} cannot be opened ({error.strerror}): name a writable directory with --state."
            ) from error


def _key(destination: Destination) -> tuple[str, str, str]:
    return destination.target, destination.address, destination.place
