"""A run that can find nothing new does not read the logs; one that can, does."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import lctrack_analysis
from lctrack import Recorder
from lctrack_uploaders.cli import main


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Give a list that gets longer each time that the logs are read."""
    times: list[object] = []
    load = lctrack_analysis.load

    def counting(paths: Any) -> Any:
        times.append(paths)
        return load(paths)

    monkeypatch.setattr("lctrack_analysis.load", counting)
    return times


@pytest.fixture
def delivered(logs: Path) -> Path:
    """Give a log directory, all of which was delivered to a directory."""
    record(logs)
    assert upload(logs) == 0
    return logs


def record(logs: Path) -> None:
    with Recorder(logs, project="settled") as recorder, recorder.span("chain"):
        pass


def upload(logs: Path, *options: str) -> int:
    return main([str(logs), "--to", "dummy", *options])


def torn(logs: Path) -> None:
    next(logs.glob("*.jsonl")).open("a").write("{")


def touched(logs: Path) -> None:
    os.utime(next(logs.glob("*.jsonl")), (1, 1))


def drawn(logs: Path) -> None:
    (logs / ".lctrack" / "pictures").mkdir()
    (logs / ".lctrack" / "pictures" / "dep-1.html").write_text("picture")


def upgraded(logs: Path) -> None:
    with closing(sqlite3.connect(logs / ".lctrack" / "ledger.db")) as ledger:
        ledger.execute("UPDATE settled SET mark = 'of another release'")
        ledger.commit()


def forgotten(logs: Path) -> None:
    (logs / ".lctrack" / "ledger.db").unlink()


def emptied(logs: Path) -> None:
    shutil.rmtree(logs / ".lctrack" / "dummy")


def test_nothing_new_is_said_without_reading_the_logs(
    delivered: Path, readings: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert upload(delivered) == 0

    assert readings == []
    assert capsys.readouterr().out.startswith("nothing new: 1 delivered before\n")


@pytest.mark.parametrize("change", [record, torn, touched, drawn, upgraded, forgotten, emptied])
def test_after_any_change_the_logs_are_read(
    change: Callable[[Path], None], delivered: Path, readings: list[object]
) -> None:
    change(delivered)

    assert upload(delivered) == 0

    assert len(readings) == 1


@pytest.mark.parametrize(
    "options", [("--json",), ("--dry-run",), ("--limit", "1"), ("--since", "1d"), ("--retry-failed",)]
)
def test_a_run_that_tells_or_does_something_else_reads_the_logs(
    options: tuple[str, ...], delivered: Path, readings: list[object]
) -> None:
    assert upload(delivered, *options) == 0

    assert len(readings) == 1


def test_a_run_with_another_option_of_the_target_reads_the_logs(delivered: Path, readings: list[object]) -> None:
    assert upload(delivered, "--dummy-faults", "delay=0") == 0

    assert len(readings) == 1


def test_a_session_still_being_recorded_is_looked_at_again(logs: Path, readings: list[object]) -> None:
    recorder = Recorder(logs, project="settled")
    with recorder.span("chain"):
        assert [upload(logs), upload(logs)] == [0, 0]
    recorder.close()

    assert len(readings) == 2


def test_a_copy_of_the_logs_elsewhere_is_read(delivered: Path, readings: list[object], tmp_path: Path) -> None:
    shutil.copytree(delivered, tmp_path / "copy", ignore=shutil.ignore_patterns(".lctrack"))

    assert upload(tmp_path / "copy") == 0

    assert len(readings) == 1
