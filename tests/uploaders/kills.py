"""Real `lctrack-upload` processes, killed with -9 while they deliver."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from lctrack import Recorder

KILLS = int(os.environ.get("LCTRACK_KILLS", "6"))
"""How often; the whole test takes LCTRACK_KILLS=100 LCTRACK_KILL_SESSIONS=200."""
SESSIONS = int(os.environ.get("LCTRACK_KILL_SESSIONS", "12"))
_PATIENCE = 120


def record(logs: Path, project: str) -> None:
    """Record sessions of two runs each, one in five of which fails."""
    for number in range(SESSIONS):
        with (
            Recorder(logs, project=project, name=f"session {number:03}") as recorder,
            recorder.span("chain", kind="chain", inputs={"number": number}) as chain,
        ):
            with recorder.span("model", kind="llm", model="some-model") as model:
                model.set_usage(input_tokens=10 + number, output_tokens=number)
            chain.set_outputs({"number": number})


def command(logs: Path, state: Path, *options: str) -> list[str]:
    """Give the command line of an uploader."""
    return [sys.executable, "-m", "lctrack_uploaders", str(logs), "--state", str(state), *options]


def kill_until_done(line: Sequence[str], state: Path, longest: float, most: int = KILLS) -> int:
    """Run an uploader and kill it at a random moment of its delivery, again and again; then let it finish.

    Args:
        line: The command line.
        state: Its state directory.
        longest: The most seconds between taking the lock and the kill.
        most: How often.

    Returns:
        How often it was killed.
    """
    kills = 0
    for _ in range(10 * most):
        if kills == most:
            break
        with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            _wait_for_the_lock(process, state / "ledger.lock")
            time.sleep(random.uniform(0, longest))  # noqa: S311  # a moment, not a secret
            process.kill()
            _, complaint = process.communicate()
        assert process.returncode in (0, -9), complaint.decode()
        if process.returncode == 0:
            break
        kills += 1
    finished = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stderr) == (0, "")
    return kills


def _wait_for_the_lock(process: "subprocess.Popen[bytes]", lock: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if lock.exists() and lock.read_text() == f"{process.pid}\n":
            return
        time.sleep(0.002)
