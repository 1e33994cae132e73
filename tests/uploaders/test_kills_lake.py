"""Lakes that are written by processes which are killed with -9, over and over, come to what one clean run gives."""

import subprocess
from pathlib import Path

import pytest

from tests.uploaders import kills
from tests.uploaders.lake_reading import FolderRoot, Lake


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_killed_uploads_leave_what_a_clean_one_leaves(kind: str, logs: Path, tmp_path: Path) -> None:
    if kind == "delta":
        pytest.importorskip("deltalake")
    kills.record(logs, "kills")
    clean, killed = (Lake(kind, FolderRoot(tmp_path)) for _ in range(2))
    lines = [
        kills.command(logs, tmp_path / lake.salt, "--to", kind, f"--{kind}-path", lake.root.path, "--jobs", "1")
        for lake in (clean, killed)
    ]
    subprocess.run(lines[0], check=True, capture_output=True)

    kills.kill_until_done(lines[1], tmp_path / killed.salt, min(kills.KILLS, 3))

    assert killed.tables()["sessions"].height == kills.SESSIONS
    assert killed.everything() == clean.everything()
