"""Who waits for a report sees how far it is, over all that is written."""

import re
from pathlib import Path

import pytest

from lctrack_analysis import Logs, progress
from lctrack_analysis.report import stages, write_report
from tests.analysis.conftest import sample_files, samples  # noqa: F401  # fixtures
from tests.analysis.test_progress import Terminal


def test_the_bar_goes_through_all_parts_and_never_back(
    samples: Logs,  # noqa: F811  # a fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "_PATIENCE", 0)
    monkeypatch.setattr(progress, "_PAUSE", 0)
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    begun: list[str] = []
    begin = stages.Stages.begin

    def noted(self: stages.Stages, part: str) -> None:
        begun.append(part)
        begin(self, part)

    monkeypatch.setattr(stages.Stages, "begin", noted)
    write_report(samples, tmp_path / "report", "logs")
    told = [int(number) for number in re.findall(r"(\d+) of 100 %", terminal.getvalue())]
    assert list(stages.SHARES) == begun
    assert sum(stages.SHARES.values()) == 100
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 100)
    assert len(set(told)) > len(stages.SHARES)
