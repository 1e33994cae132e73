"""Uploads to LangSmith that are killed with -9, over and over, come to what one clean run gives."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.uploaders import kills
from tests.uploaders.langsmith_server import Langsmith, serving


def told(langsmith: Langsmith) -> str:
    """Give all runs, without the ids of projects."""
    text = json.dumps(sorted(langsmith.runs.values(), key=lambda run: run["dotted_order"]), sort_keys=True)
    for project in langsmith.projects.values():
        text = text.replace(project, "(project)")
    return text


def test_killed_uploads_leave_what_a_clean_one_leaves(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills.record(logs, "kills")
    with serving() as clean, serving() as killed:
        monkeypatch.setenv("LANGSMITH_API_KEY", clean.key)
        lines = [
            kills.command(logs, tmp_path / name, "--to", "langsmith", "--langsmith-endpoint", langsmith.url)
            for name, langsmith in (("clean", clean), ("killed", killed))
        ]
        subprocess.run(lines[0], check=True, capture_output=True)

        # Slow enough that there is a middle to be killed in.
        killed.delay = 0.1
        kills.kill_until_done([*lines[1], "--jobs", "1"], tmp_path / "killed", min(kills.KILLS, 3))

        assert len(killed.runs) == 2 * kills.SESSIONS
        assert told(killed) == told(clean)
