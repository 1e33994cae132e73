"""An uploader that is killed with -9, over and over, comes to exactly what one clean run gives."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.uploaders import kills
from tests.uploaders.sagemaker_reading import KEYS, Sagemaker
from tests.uploaders.test_conformance_mlflow import Mlflow


def content(directory: Path) -> dict[str, str]:
    """Read a dummy's directory."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_text() for path in files}


def neutral(found: Any) -> Any:
    """Give what an MLflow store holds, in the order of the sessions' names."""
    return sorted(json.loads(json.dumps(found, default=str)), key=lambda run: run["run"][0])


def test_killed_uploads_to_a_directory_leave_what_a_clean_one_leaves(logs: Path, tmp_path: Path) -> None:
    kills.record(logs, "kills")
    clean = kills.command(logs, tmp_path / "clean", "--to", "dummy")
    subprocess.run(clean, check=True, capture_output=True)
    # Slow enough that there is a middle to be killed in.
    killed = kills.command(logs, tmp_path / "killed", "--to", "dummy", "--dummy-faults", "delay=0.1")

    assert kills.kill_until_done(killed, tmp_path / "killed") == kills.KILLS

    assert content(tmp_path / "killed" / "dummy") == content(tmp_path / "clean" / "dummy")


def test_killed_uploads_to_a_server_leave_what_a_clean_one_leaves(
    logs: Path, tmp_path: Path, server: str, template: Path
) -> None:
    killed = Mlflow(server)
    clean = Mlflow(f"sqlite:///{tmp_path}/mlflow.db", killed.salt)
    shutil.copy(template, tmp_path / "mlflow.db")
    kills.record(logs, f"kills-{killed.salt}")
    line = kills.command(
        logs, tmp_path / "clean", "--to", "mlflow", "--tracking-uri", f"sqlite:///{tmp_path}/mlflow.db"
    )
    subprocess.run(line, check=True, capture_output=True)
    line = kills.command(logs, tmp_path / "killed", "--to", "mlflow", "--tracking-uri", server, "--jobs", "2")

    # Each takes the seconds of MLflow's import, so a short test has few.
    most = kills.KILLS if kills.KILLS >= 20 else kills.KILLS // 2
    assert kills.kill_until_done(line, tmp_path / "killed", most) == most

    found = neutral(killed.everything())
    assert len(found) == kills.SESSIONS
    assert found == neutral(clean.everything())


def test_killed_uploads_to_sagemaker_leave_what_a_clean_one_leaves(
    logs: Path, tmp_path: Path, sagemaker_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    clean, killed = Sagemaker(sagemaker_server), Sagemaker(sagemaker_server)
    kills.record(logs, "kills")
    lines = [
        [
            *kills.command(logs, tmp_path / each.salt, "--to", "sagemaker", "--jobs", "2"),
            *("--sagemaker-experiment", f"kills-{each.salt}", *each.flags),
        ]
        for each in (clean, killed)
    ]
    subprocess.run(lines[0], check=True, capture_output=True)

    assert kills.kill_until_done(lines[1], tmp_path / killed.salt) == kills.KILLS

    found = [json.dumps(each.everything()).replace(each.salt, "(salt)") for each in (clean, killed)]
    assert len(killed.components()) == kills.SESSIONS
    assert found[0] == found[1]
