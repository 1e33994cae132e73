"""The command as a process: signals, rounds, other people's targets."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lctrack import Recorder
from lctrack_uploaders import registry
from tests.uploaders import kills

ANNOUNCED = """
from lctrack_uploaders.targets.dummy import DummyTarget, Configuration
from pathlib import Path

SECRETS = ()
VARIABLES = {}

def add_arguments(parser):
    parser.add_argument("--notebook", metavar="DIR")

def create(options, state, environ):
    return DummyTarget(Configuration(Path(options.notebook)))
"""


@pytest.fixture
def recorded(logs: Path) -> Path:
    """Record a few sessions."""
    kills.record(logs, "process")
    return logs


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]


def test_sigterm_finishes_the_step_and_the_next_run_does_the_rest(recorded: Path) -> None:
    state = recorded / ".lctrack"
    slow = kills.command(recorded, state, "--to", "dummy", "--dummy-faults", "delay=0.05", "--jobs", "1")
    with subprocess.Popen(slow, stdout=subprocess.PIPE, text=True) as process:
        wait_until(lambda: len(files(state / "dummy")) > 3)
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=60)

    assert process.returncode == 128 + signal.SIGTERM
    assert f"{kills.SESSIONS - told.count(': run ')} left for the next run" in told
    assert [path for path in files(state / "dummy") if path.suffix == ".tmp"] == []
    finished = subprocess.run(
        kills.command(recorded, state, "--to", "dummy"), capture_output=True, text=True, check=True
    )
    assert told.count(": run ") + finished.stdout.count(": run ") == kills.SESSIONS


def test_every_so_often_delivers_what_has_come_until_sigterm(recorded: Path) -> None:
    state = recorded / ".lctrack"
    line = kills.command(recorded, state, "--to", "dummy", "--every", "0.2s", "--json")
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        with Recorder(recorded, project="process", name="late") as recorder, recorder.span("x"):
            pass
        later = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.send_signal(signal.SIGTERM)
        _, complaint = process.communicate(timeout=60)

    assert (process.returncode, complaint) == (0, "")
    assert first["delivered"] == kills.SESSIONS
    assert sum(found["delivered"] for found in later) == 1


def test_a_target_that_another_package_announces_is_found_by_its_name(recorded: Path, tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    announced = packages / "notebook_target-1.0.dist-info"
    announced.mkdir(parents=True)
    (packages / "notebook_target.py").write_text(ANNOUNCED)
    (announced / "METADATA").write_text("Metadata-Version: 2.1\nName: notebook-target\nVersion: 1.0\n")
    (announced / "entry_points.txt").write_text("[lctrack.uploaders]\nnotebook = notebook_target\n")
    line = kills.command(recorded, tmp_path / "state", "--to", "notebook", "--notebook", str(tmp_path / "pages"))
    path = f"{packages}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"

    found = subprocess.run(line, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True)

    assert f"{kills.SESSIONS} delivered" in found.stdout
    assert len(list((tmp_path / "pages").iterdir())) == kills.SESSIONS


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--project", "other"], 0),
        (["--project", "process", "--limit", "2"], 2),
        (["--session", "session 001", "--session", "session 003"], 2),
        (["--since", "2030-01-01"], 0),
        (["--since", "1h"], kills.SESSIONS),
    ],
)
def test_only_the_sessions_that_are_meant_are_delivered(
    options: list[str], expected: int, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from lctrack_uploaders.cli import main

    assert main([str(recorded), "--to", "dummy", "--json", *options]) == 0

    assert json.loads(capsys.readouterr().out)["delivered"] == expected


def test_help_starts_soon_and_names_the_interpreter_s_own_targets() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "lctrack_uploaders", "--help"], capture_output=True, text=True, check=True
    )

    assert ", ".join(registry.kinds()) in " ".join(found.stdout.split())
