"""What the recorder acknowledged is in the file, however the process ends."""

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.recorder.support import files, names, read


def run(program: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


KILLED = """
    import sys
    from lctrack import Recorder
    recorder = Recorder(sys.argv[1])
    for number in range(10**9):
        recorder.score("n", number, comment="x" * 20_000)
        print(number, flush=True)
"""


@pytest.mark.parametrize("attempt", range(4))
def test_a_killed_process_loses_nothing_it_had_recorded(tmp_path: Path, attempt: int) -> None:
    process = run(KILLED, tmp_path)
    assert process.stdout
    assert process.stdout.readline()
    time.sleep(random.Random(attempt).uniform(0, 0.05))  # noqa: S311  # not for secrets
    process.send_signal(signal.SIGKILL)
    acknowledged = len(process.communicate()[0].splitlines()) + 1
    (file,) = files(tmp_path)
    *lines, last = file.read_bytes().split(b"\n")
    records = [json.loads(line) for line in lines]
    assert list(range(len(records))) == [record["seq"] for record in records]
    scores = [record["value"] for record in records if record["event"] == "score"]
    assert len(scores) >= acknowledged
    assert list(range(len(scores))) == scores
    assert not last.endswith(b"}")


def test_a_process_that_ends_by_itself_ends_its_sessions(tmp_path: Path) -> None:
    program = """
        import sys
        from lctrack import Recorder
        recorder = Recorder(sys.argv[1], name="left open")
        recorder.score("x", 1)
    """
    assert run(program, tmp_path).wait() == 0
    assert names(read(tmp_path)) == ["segment_start", "session_start", "score", "session_end", "segment_end"]


def test_a_recorder_that_is_still_in_use_when_its_process_ends_is_closed(tmp_path: Path) -> None:
    program = """
        import os, sys
        from lctrack import Recorder
        recorder = Recorder(sys.argv[1])
        os.register_at_fork(before=lambda: recorder)  # so that nobody ever forgets it
        recorder.score("x", 1)
    """
    assert run(program, tmp_path).wait() == 0
    assert names(read(tmp_path))[-2:] == ["session_end", "segment_end"]


def test_a_process_that_fails_ends_its_sessions(tmp_path: Path) -> None:
    program = """
        import sys
        from lctrack import Recorder
        recorder = Recorder(sys.argv[1])
        with recorder.span("x"):
            sys.exit(3)
    """
    assert run(program, tmp_path).wait() == 3
    lines = read(tmp_path)
    assert names(lines)[-3:] == ["span_error", "session_end", "segment_end"]
    assert lines[-3]["error"]["type"] == "SystemExit"


def test_a_signal_handler_may_close_the_recording(tmp_path: Path) -> None:
    program = """
        import signal, sys
        from lctrack import Recorder
        recorder = Recorder(sys.argv[1])
        def stop(*_):
            recorder.close()
            sys.exit(0)
        signal.signal(signal.SIGTERM, stop)
        print("ready", flush=True)
        while True:
            recorder.score("n", 1)
    """
    process = run(program, tmp_path)
    assert process.stdout
    process.stdout.readline()
    time.sleep(0.02)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait() == 0
    assert "segment_end" in names(read(tmp_path))
    process.stdout.close()
