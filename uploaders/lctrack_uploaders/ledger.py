"""The ledger: what each destination has acknowledged, so that a second run delivers only what is new.

It is a cache of the destinations' own knowledge, never the only copy of anything: with the ledger gone, every session
is delivered again as an update of the run that is there. A step is noted after the destination has stored it, a
session after its last step, so a crash at any moment costs the repetition of one step; a failure of the power costs
that of the steps of the last moments, which is cheaper than waiting for the disk at each. It holds no credentials and
no content of the logs, but the reasons of failures, which the caller has cleared of credentials.

One process writes it at a time (`lctrack_uploaders.lock`); its threads take turns.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from lctrack_uploaders import ledger_layout
from lctrack_uploaders.errors import LedgerError
from lctrack_uploaders.ledger_layout import FORMAT

__all__ = ["FORMAT", "Destination", "Entry", "Failure", "Ledger", "Round"]


class Destination(NamedTuple):
    """One place at one address of one target."""

    target: str
    address: str
    place: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a destination acknowledged of a session: which content, in which mapping, under which id of its own."""

    digest: str
    remote_id: str
    mapping: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A session that could not be delivered, and why."""

    session_id: str
    place: str
    digest: str
    terminal: bool
    """Whether it is left alone until it changes or the user asks for it: a dead letter."""
    reason: str
    attempts: int = 1
    failed_at: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """The last time a target was tried. Times are Unix nanoseconds."""

    target: str
    address: str
    name: str
    tried_at: int
    succeeded_at: int | None
    """When everything was last delivered."""
    reason: str | None
    """Why it was not, the last time."""


class Ledger:
    """The ledger in one SQLite file; with no path, an empty one in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._turn = threading.Lock()  # of the threads, for the one connection
        with self._explained():
            if path is not None:
                # The file exists with its mode before SQLite writes the first byte.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                path or ":memory:", isolation_level=None, timeout=10, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def get(self, destination: Destination, session_id: str) -> Entry | None:
        """Give what a destination last acknowledged of a whole session, or None."""
        rows = self._do("SELECT digest, remote_id, mapping FROM deliveries WHERE", (*destination, session_id))
        return Entry(*rows[0]) if rows else None

    def put(self, destination: Destination, session_id: str, entry: Entry) -> None:
        """Note what a destination has acknowledged of a session, in place of what it had before."""
        row = (*destination, session_id, entry.digest, entry.remote_id, time.time_ns(), entry.mapping)
        self._write(
            ("INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row),
            (
                "DELETE FROM failures WHERE (target, address, place, session_id) = (?, ?, ?, ?)",
                (*destination, session_id),
            ),
        )

    def steps(self, destination: Destination, session_id: str, remote_id: str | None) -> Mapping[str, str]:
        """Give the digest of each step that was acknowledged for the run with this id, or whichever there is."""
        rows = self._do("SELECT step, digest, remote_id FROM steps WHERE", (*destination, session_id))
        return {step: digest for step, digest, of in rows if remote_id in (of, None)}

    def put_step(self, destination: Destination, session_id: str, remote_id: str, step: str, digest: str) -> None:
        """Note that a destination has acknowledged a step."""
        row = (*destination, session_id, step, remote_id, digest, time.time_ns())
        self._write(("INSERT OR REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row))

    def forget_steps(self, destination: Destination, session_id: str) -> None:
        """Drop the steps of a session, which are then done again."""
        statement = "DELETE FROM steps WHERE (target, address, place, session_id) = (?, ?, ?, ?)"
        self._write((statement, (*destination, session_id)))

    def failure(self, destination: Destination, session_id: str) -> Failure | None:
        """Give the failure of a session that was not delivered since, or None."""
        rows = self._do(
            "SELECT session_id, place, digest, terminal, reason, attempts, failed_at FROM failures WHERE",
            (*destination, session_id),
        )
        return _failure(rows[0]) if rows else None

    def put_failure(self, destination: Destination, failure: Failure) -> None:
        """Note a failure; the attempts at the same session are counted."""
        last = self.failure(destination, failure.session_id)
        attempts = 1 + (last.attempts if last else 0)
        row = (failure.digest, int(failure.terminal), failure.reason, attempts, time.time_ns())
        statement = "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._write((statement, (*destination, failure.session_id, *row)))

    def failures(self, target: str, address: str) -> list[Failure]:
        """Give the failures of a target at an address, the oldest first."""
        query = (
            "SELECT session_id, place, digest, terminal, reason, attempts, failed_at FROM failures "
            "WHERE (target, address) = (?, ?) ORDER BY failed_at"
        )
        return [_failure(row) for row in self._read(query, (target, address))]

    def delivered(self, target: str, address: str) -> Mapping[str, set[str]]:
        """Give the digests that a target at an address has acknowledged, at whatever place, by session."""
        found: dict[str, set[str]] = {}
        query = "SELECT session_id, digest FROM deliveries WHERE (target, address) = (?, ?)"
        for session_id, digest in self._read(query, (target, address)):
            found.setdefault(session_id, set()).add(digest)
        return found

    def put_round(self, target: str, address: str, name: str, reason: str | None) -> None:
        """Note that a target was tried just now, and why not everything was delivered, if so."""
        now = time.time_ns()
        known = [found.succeeded_at for found in self.rounds() if (found.target, found.address) == (target, address)]
        row = (target, address, name, now, now if reason is None else next(iter(known), None), reason)
        self._write(("INSERT OR REPLACE INTO rounds VALUES (?, ?, ?, ?, ?, ?)", row))

    def rounds(self) -> list[Round]:
        """Give the last time that each target was tried."""
        query = "SELECT target, address, name, tried_at, succeeded_at, reason FROM rounds ORDER BY name, address"
        return [Round(*row) for row in self._read(query, ())]

    def settled(self, target: str, address: str, mark: str) -> int | None:
        """Give how many sessions a target had when what there was to read had this mark and all of it was delivered."""
        rows = self._read(
            "SELECT sessions FROM settled WHERE (target, address, mark) = (?, ?, ?)", (target, address, mark)
        )
        return int(rows[0][0]) if rows else None

    def put_settled(self, target: str, address: str, mark: str, sessions: int) -> None:
        """Note that all there is to read is delivered."""
        self._write(("INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?)", (target, address, mark, sessions)))

    def forget(self, target: str, address: str) -> None:
        """Drop everything acknowledged by a target at an address."""
        tables = ("deliveries", "steps", "settled")
        self._write(*((f"DELETE FROM {name} WHERE (target, address) = (?, ?)", (target, address)) for name in tables))  # noqa: S608  # our own names

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _do(self, query: str, key: Sequence[Any]) -> list[Any]:
        return self._read(f"{query} (target, address, place, session_id) = (?, ?, ?, ?)", key)

    def _read(self, query: str, values: Sequence[Any]) -> list[Any]:
        with self._explained(), self._turn:
            return self._connection.execute(query, values).fetchall()

    def _write(self, *statements: tuple[str, Sequence[Any]]) -> None:
        """Execute some statements in one transaction."""
        with self._explained(), self._turn:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for statement, values in statements:
                    self._connection.execute(statement, values)
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _prepare(self) -> None:
        version = ledger_layout.version(self._connection)
        if version > FORMAT:
            raise LedgerError(
                f"{self._path} was written by a newer lctrack-uploaders (ledger format {version}, this one knows "
                f"{FORMAT}): upgrade lctrack-uploaders, or name another directory with --state."
            )
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A commit is the operating system's before it returns; only the power's failure can take the last ones away.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if version < FORMAT:
            ledger_layout.bring_up_to_date(self._connection)

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


def _failure(row: Sequence[Any]) -> Failure:
    session_id, place, digest, terminal, *rest = row
    return Failure(session_id, place, digest, bool(terminal), *rest)
