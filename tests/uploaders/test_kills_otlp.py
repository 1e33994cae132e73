"""Uploads as OTLP that are killed with -9, over and over, come to what one clean run gives."""

import subprocess
from pathlib import Path
from typing import Any

from tests.uploaders import kills
from tests.uploaders.otlp_collector import collecting


def neutral(spans: list[dict[str, Any]]) -> list[str]:
    """Give spans without an order."""
    return sorted(map(str, spans))


def test_killed_uploads_to_a_back_end_leave_what_a_clean_one_leaves(logs: Path, tmp_path: Path) -> None:
    kills.record(logs, "kills")
    with collecting() as clean, collecting() as killed:
        line = kills.command(logs, tmp_path / "clean", "--to", "otlp", "--otlp-endpoint", clean.url)
        subprocess.run(line, check=True, capture_output=True)
        # Slow enough that there is a middle to be killed in.
        killed.delay = 0.1
        line = kills.command(logs, tmp_path / "killed", "--to", "otlp", "--otlp-endpoint", killed.url, "--jobs", "1")
        most = min(kills.KILLS, 3)

        assert kills.kill_until_done(line, tmp_path / "killed", most) == most

        assert len(killed.spans) == 2 * kills.SESSIONS
        assert neutral(killed.spans_plain()) == neutral(clean.spans_plain())


def test_killed_uploads_to_files_leave_what_a_clean_one_leaves(logs: Path, tmp_path: Path) -> None:
    kills.record(logs, "kills")
    for name in ("clean", "killed"):
        line = kills.command(logs, tmp_path / name, "--to", "otlp-file", "--jobs", "1")
        if name == "clean":
            subprocess.run(line, check=True, capture_output=True)
        else:
            # It may be done before it is killed: then there is nothing left to do.
            kills.kill_until_done(line, tmp_path / name)
    clean, killed = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "otlp").glob("[!.]*")}
        for name in ("clean", "killed")
    )
    assert len(killed) == kills.SESSIONS
    assert killed == clean
