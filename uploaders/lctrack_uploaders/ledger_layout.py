"""The ledger's tables, and how a ledger of an older format is brought up to date.

A format is only ever added at the end: what is in a ledger says which of the changes it has seen.
"""

import sqlite3

_DESTINATION = "target TEXT NOT NULL, address TEXT NOT NULL"
_SESSION = f"{_DESTINATION}, place TEXT NOT NULL, session_id TEXT NOT NULL"
_KEY = "target, address, place, session_id"

CHANGES = (
    (
        f"""CREATE TABLE deliveries (
            {_SESSION}, digest TEXT NOT NULL, remote_id TEXT NOT NULL, delivered_at INTEGER NOT NULL,
            PRIMARY KEY ({_KEY})
        ) WITHOUT ROWID, STRICT""",
    ),
    (
        "ALTER TABLE deliveries ADD COLUMN mapping TEXT NOT NULL DEFAULT ''",
        f"""CREATE TABLE steps (
            {_SESSION}, step TEXT NOT NULL, remote_id TEXT NOT NULL, digest TEXT NOT NULL, done_at INTEGER NOT NULL,
            PRIMARY KEY ({_KEY}, step)
        ) WITHOUT ROWID, STRICT""",
        f"""CREATE TABLE failures (
            {_SESSION}, digest TEXT NOT NULL, terminal INTEGER NOT NULL, reason TEXT NOT NULL,
            attempts INTEGER NOT NULL, failed_at INTEGER NOT NULL,
            PRIMARY KEY ({_KEY})
        ) WITHOUT ROWID, STRICT""",
        f"""CREATE TABLE rounds (
            {_DESTINATION}, name TEXT NOT NULL, tried_at INTEGER NOT NULL, succeeded_at INTEGER, reason TEXT,
            PRIMARY KEY (target, address)
        ) WITHOUT ROWID, STRICT""",
    ),
    (
        f"""CREATE TABLE settled (
            {_DESTINATION}, mark TEXT NOT NULL, sessions INTEGER NOT NULL,
            PRIMARY KEY (target, address)
        ) WITHOUT ROWID, STRICT""",
    ),
)
"""What makes each format of the one before; the first of nothing."""

FORMAT = len(CHANGES)
"""Version of the layout, kept in SQLite's `user_version`."""


def version(connection: sqlite3.Connection) -> int:
    """Give the format of a ledger; 0 is an empty file."""
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    return int(found)


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Make the tables, or change those of an older format, in one transaction.

    Args:
        connection: The ledger, in autocommit mode.
    """
    # Two first runs at once must not both create the tables.
    connection.execute("BEGIN IMMEDIATE")
    try:
        for change in CHANGES[version(connection) :]:
            for statement in change:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
