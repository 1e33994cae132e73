import os
import subprocess
import sys
from pathlib import Path

import pytest

from lctrack_uploaders import BusyError, lock
from lctrack_uploaders.cli import main

HOLDER = """
import sys
from pathlib import Path
from lctrack_uploaders import lock
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_uploader_is_told_who_is_at_work(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lctrack import Recorder

    with Recorder(logs) as recorder, recorder.span("x"):
        pass
    state = logs / ".lctrack"
    state.mkdir()
    with lock.held(state):
        assert main([str(logs), "--to", "dummy"]) == 1

    expected = f"Another lctrack-upload (process {os.getpid()}) is at work on the ledger in {state}"
    assert expected in capsys.readouterr().err
    assert main([str(logs), "--to", "dummy"]) == 0


def test_the_lock_of_a_killed_owner_is_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"held\n"
        with pytest.raises(BusyError), lock.held(tmp_path):
            pass

        owner.kill()
        owner.wait()

        with lock.held(tmp_path):
            assert (tmp_path / lock.NAME).read_text() == f"{os.getpid()}\n"
