"""What systemd and cron are given, and what they make of it."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lctrack_uploaders import UploadError, UsageError
from lctrack_uploaders.cli import main
from lctrack_uploaders.schedule import cron, systemd
from lctrack_uploaders.schedule.job import Job

Captured = pytest.CaptureFixture[str]


def job(tmp_path: Path, *more: str, seconds: int = 900) -> Job:
    return Job((sys.executable, "-m", "lctrack_uploaders", *more), tmp_path, tmp_path / ".lctrack", seconds)


@pytest.fixture
def crontab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a `crontab` on the path that keeps the table in a file."""
    table = tmp_path / "table"
    program = tmp_path / "bin" / "crontab"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = -l ]; then cat "{table}"; else cat > "{table}.new" && mv "{table}.new" "{table}"; fi\n'
    )
    program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return table


def test_a_schedule_is_printed_and_nothing_written(
    logs: Path, crontab: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(logs.parent)

    assert main(["logs", "--to", "dummy", "--every", "30m", "--install-schedule", "cron"]) == 0

    captured = capsys.readouterr()
    command = f"cd {logs.parent} && umask 077 && exec {sys.executable} -m lctrack_uploaders {logs} --to dummy"
    assert captured.out == f"# lctrack-upload: begin\n*/30 * * * * {command}\n# lctrack-upload: end\n"
    assert captured.err == "Nothing was written: the same with --yes installs it.\n"
    assert not crontab.exists()
    assert list(logs.iterdir()) == []


def test_installing_again_replaces_the_line_and_keeps_the_others(logs: Path, crontab: Path) -> None:
    crontab.write_text("0 3 * * * backup\n")

    for every in ("15m", "1h"):
        assert main([str(logs), "--to", "dummy", "--every", every, "--install-schedule", "cron", "--yes"]) == 0

    lines = crontab.read_text().splitlines()
    assert (lines[0], len(lines)) == ("0 3 * * * backup", 4)
    assert lines[2].startswith("0 */1 * * * ")


def test_the_line_runs_as_it_stands(tmp_path: Path) -> None:
    odd = tmp_path / "it's 100% odd"
    odd.mkdir()
    printing = Job(
        (sys.executable, "-c", "import os, sys; print(os.getcwd(), *sys.argv[1:])", "50% $HOME"), odd, odd, 900
    )
    line = cron.text(printing).splitlines()[1].split(" ", 5)[5]

    # What cron makes of an escaped percent sign.
    found = subprocess.run(["sh", "-c", line.replace("\\%", "%")], capture_output=True, text=True, check=True)

    assert found.stdout == f"{odd} 50% $HOME\n"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(60, "*/1 * * * *"), (900, "*/15 * * * *"), (3600, "0 */1 * * *"), (21600, "0 */6 * * *"), (86400, "0 0 */1 * *")],
)
def test_intervals_that_cron_knows(seconds: int, expected: str, tmp_path: Path) -> None:
    assert f"\n{expected} cd " in cron.text(job(tmp_path, seconds=seconds))


@pytest.mark.parametrize("seconds", [90, 420, 5400, 18000, 100000])
def test_intervals_that_cron_does_not_know_are_refused(seconds: int, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="such as 5m"):
        cron.text(job(tmp_path, seconds=seconds))


def test_without_cron_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UploadError, match="no crontab here"):
        cron.install(job(tmp_path))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_takes_the_units_as_they_are(tmp_path: Path) -> None:
    for name, text in systemd._units(job(tmp_path, "a b", "50%", '"x"')).items():
        (tmp_path / name).write_text(text)

    units = [str(tmp_path / name) for name in ("lctrack-upload.service", "lctrack-upload.timer")]
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    assert [line for line in found.stderr.splitlines() if "lctrack-upload" in line] == []


def test_units_are_written_and_the_timer_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = tmp_path / "called"
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{called}"\n')
    program.chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(systemd, "_is_root", lambda: False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    systemd.install(job(tmp_path))

    units = tmp_path / "config" / "systemd" / "user"
    assert sorted(path.name for path in units.iterdir()) == ["lctrack-upload.service", "lctrack-upload.timer"]
    assert called.read_text() == "--user daemon-reload\n--user enable --now lctrack-upload.timer\n"
    assert f"ReadWritePaths={tmp_path / '.lctrack'}\n" in (units / "lctrack-upload.service").read_text()


def test_an_interval_below_a_minute_is_none(logs: Path, capsys: Captured) -> None:
    assert main([str(logs), "--to", "dummy", "--every", "30s", "--install-schedule", "systemd"]) == 2

    assert "must be a minute or more" in capsys.readouterr().err
