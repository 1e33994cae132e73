import sqlite3
import stat
from pathlib import Path

import pytest

from lctrack_uploaders import LedgerError
from lctrack_uploaders.ledger import FORMAT, Destination, Entry, Ledger

HERE = Destination("mlflow", "http://here", "maths")


def test_what_was_acknowledged_is_known_to_the_next_process(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db") as ledger:
        ledger.put(HERE, "s", Entry("old", "run-1"))
        ledger.put(HERE, "s", Entry("new", "run-1"))

    with Ledger(tmp_path / "ledger.db") as ledger:
        assert ledger.get(HERE, "s") == Entry("new", "run-1")


@pytest.mark.parametrize(
    "elsewhere",
    [Destination("other", "http://here", "maths"), Destination("mlflow", "http://there", "maths"),
     Destination("mlflow", "http://here", "art")],
)  # fmt: skip
def test_each_destination_has_its_own_entries(elsewhere: Destination) -> None:
    with Ledger() as ledger:
        ledger.put(HERE, "s", Entry("digest", "run-1"))

        assert ledger.get(elsewhere, "s") is None


def test_forgetting_an_address_leaves_the_others() -> None:
    there = Destination("mlflow", "http://there", "maths")
    with Ledger() as ledger:
        ledger.put(HERE, "s", Entry("digest", "run-1"))
        ledger.put(there, "s", Entry("digest", "run-2"))

        ledger.forget("mlflow", "http://here")

        assert (ledger.get(HERE, "s"), ledger.get(there, "s")) == (None, Entry("digest", "run-2"))


def test_only_its_owner_can_read_the_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.db"):
        assert stat.S_IMODE((tmp_path / "ledger.db").stat().st_mode) == 0o600


def test_a_ledger_of_a_newer_format_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    before = path.read_bytes()

    with pytest.raises(LedgerError, match=r"newer lctrack-uploaders .* upgrade"):
        Ledger(path)

    assert path.read_bytes() == before


def test_a_damaged_ledger_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"this was a database once" * 100)

    with pytest.raises(LedgerError, match=r"is damaged .* delete it and run again"):
        Ledger(path)


def test_a_ledger_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").mkdir()

    with pytest.raises(LedgerError, match=r"cannot be opened .* --state"):
        Ledger(tmp_path / "ledger.db")
