"""Real `lctrack-upload` processes, killed with -9 while they deliver."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from lctrack import Recorder

KILLS = int(os.environ.get("LCTRACK_KILLS", "4"))
"""How often; the whole test takes LCTRACK_KILLS=100 LCTRACK_KILL_SESSIONS=200."""
SESSIONS = int(os.environ.get("LCTRACK_KILL_SESSIONS", "10"))
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


def kill_until_done(line: Sequence[str], state: Path, most: int = KILLS) -> int:
    """Run an uploader and kill it at a random moment, again and again; then let it finish.

    Most moments are soon after a step was noted, so that each run comes further; one in five is anywhere.

    Args:
        line: The command line.
        state: Its state directory.
        most: How often.

    Returns:
        How often it was killed.
    """
    kills = 0
    while kills < most:
        with subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            before = _last_step(state)
            _wait_until(process, partial(_holds_the_lock, process.pid, state))
            if random.random() < 0.2:  # noqa: S311  # a moment, not a secret
                time.sleep(random.uniform(0, 2))  # noqa: S311  # likewise
            else:
                _wait_until(process, partial(_has_come_further, state, before))
                time.sleep(random.uniform(0, 0.3))  # noqa: S311  # likewise
            process.kill()
            _, complaint = process.communicate()
        assert process.returncode in (0, -9), complaint.decode()
        if process.returncode == 0:
            break
        kills += 1
    finished = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (finished.returncode, finished.stderr) == (0, "")
    return kills


def _wait_until(process: "subprocess.Popen[bytes]", true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while process.poll() is None and not true():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def _holds_the_lock(pid: int, state: Path) -> bool:
    lock = state / "ledger.lock"
    return lock.exists() and lock.read_text() == f"{pid}\n"


def _has_come_further(state: Path, before: int | None) -> bool:
    return _last_step(state) != before


def _last_step(state: Path) -> int | None:
    try:
        with closing(sqlite3.connect(f"file:{state}/ledger.db?mode=ro", uri=True)) as ledger:
            (last,) = ledger.execute("SELECT max(done_at) FROM steps").fetchone()
    except sqlite3.OperationalError:
        return None
    return None if last is None else int(last)
