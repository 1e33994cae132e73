"""A ledger of the first format is brought up to date, and keeps what it knew."""

import sqlite3
from pathlib import Path

from lctrack_uploaders.ledger import FORMAT, Destination, Entry, Failure, Ledger

HERE = Destination("mlflow", "http://here", "maths")
FIRST = """
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


def first_format(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(FIRST)
        connection.execute(
            "INSERT INTO deliveries VALUES ('mlflow', 'http://here', 'maths', 's', 'digest', 'run-1', 5)"
        )
        connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_what_was_delivered_is_still_known(tmp_path: Path) -> None:
    first_format(tmp_path / "ledger.db")

    with Ledger(tmp_path / "ledger.db") as ledger:
        assert ledger.get(HERE, "s") == Entry("digest", "run-1")
        assert ledger.delivered("mlflow", "http://here") == {"s": {"digest"}}


def test_a_ledger_that_was_brought_up_to_date_is_one_that_was_made_so(tmp_path: Path) -> None:
    first_format(tmp_path / "old.db")
    for name in ("old.db", "new.db"):
        with Ledger(tmp_path / name) as ledger:
            ledger.put_step(HERE, "s", "run-1", "metrics", "digest")
            ledger.put_failure(HERE, Failure("s", "maths", "digest", terminal=True, reason="no"))
            ledger.put_round("mlflow", "http://here", "mlflow", None)

    def layout(name: str) -> list[tuple[str, ...]]:
        connection = sqlite3.connect(tmp_path / name)
        try:
            assert connection.execute("PRAGMA user_version").fetchone() == (FORMAT,)
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema ORDER BY name")]
            return [row[:3] for table in tables for row in connection.execute(f"PRAGMA table_info({table})")]
        finally:
            connection.close()

    assert layout("old.db") == layout("new.db")


def test_attempts_at_a_session_are_counted_until_it_is_delivered() -> None:
    with Ledger() as ledger:
        for _ in range(2):
            ledger.put_failure(HERE, Failure("s", "maths", "digest", terminal=True, reason="no"))
        (failure,) = ledger.failures("mlflow", "http://here")
        assert (failure.attempts, failure.terminal, failure.reason) == (2, True, "no")

        ledger.put(HERE, "s", Entry("digest", "run-1"))

        assert ledger.failures("mlflow", "http://here") == []


def test_steps_belong_to_the_run_that_they_were_done_for() -> None:
    with Ledger() as ledger:
        ledger.put_step(HERE, "s", "run-1", "metrics", "digest")

        assert ledger.steps(HERE, "s", "run-1") == {"metrics": "digest"}
        assert ledger.steps(HERE, "s", "run-2") == {}
