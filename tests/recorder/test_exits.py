"""However a process ends, if any of it can still run, it leaves closed segments, and ends as it would have."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.recorder.support import files, names, read, read_file

BEGIN = """
import os, signal, sys, threading, time
from lctrack import Recorder, _segment, _turns

LOGS = sys.argv[1]

def terminate():
    os.kill(os.getpid(), signal.SIGTERM)
"""


def run(program: str, directory: Path) -> int:
    """Run a program to its end, and give its status: negative for the signal that ended it."""
    command = [sys.executable, "-c", BEGIN + textwrap.dedent(program), str(directory)]
    return subprocess.run(command, check=False, stderr=subprocess.PIPE, timeout=60).returncode


def scores(directory: Path) -> list[int]:
    return [line["value"] for line in read(directory) if line["event"] == "score"]


def all_are_closed(directory: Path) -> bool:
    return [read_file(file)[-1]["event"] for file in files(directory)] == ["segment_end"] * len(files(directory)) != []


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("pass", 0),
        ("sys.exit(3)", 3),
        ("raise ValueError", 1),
        ("raise KeyboardInterrupt", -signal.SIGINT),
        ("os.kill(os.getpid(), signal.SIGINT); time.sleep(60)", -signal.SIGINT),
        ("terminate(); time.sleep(60)", -signal.SIGTERM),
        ("threading.Timer(0.1, terminate).start(); time.sleep(60)", -signal.SIGTERM),
        ("threading.Timer(0.1, terminate).start(); threading.Lock().acquire(); threading.Event().wait()", -15),
        ("import asyncio; threading.Timer(0.1, terminate).start(); asyncio.run(asyncio.sleep(60))", -15),
        ("t = threading.Thread(target=lambda: (time.sleep(0.1), recorder.score('n', 2))); t.start()", 0),
    ],
)
def test_the_segment_is_closed_and_the_status_is_what_it_would_be(tmp_path: Path, end: str, status: int) -> None:
    program = f"""
        recorder = Recorder(LOGS)
        recorder.score("n", 1)
        {end}
    """
    assert run(program, tmp_path) == status
    assert names(read(tmp_path))[-2:] == ["session_end", "segment_end"]


def test_sigterm_in_the_middle_of_a_write_ends_the_process_after_it(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS)
        recorder.score("n", 1)
        write = os.write
        def interrupted(descriptor, line):
            os.write = write
            terminate()
            return write(descriptor, line)
        os.write = interrupted
        recorder.score("n", 2)
        time.sleep(60)
    """
    assert run(program, tmp_path) == -signal.SIGTERM
    assert scores(tmp_path) == [1, 2]
    assert all_are_closed(tmp_path)


def test_sigterm_in_the_middle_of_two_recorders_closes_both(tmp_path: Path) -> None:
    program = """
        outer, inner = Recorder(LOGS), Recorder(LOGS)
        outer.score("n", 1)
        inner.score("n", 2)
        write = os.write
        def second(descriptor, line):
            os.write = write
            terminate()
            return write(descriptor, line)
        def first(descriptor, line):
            os.write = second
            inner.score("n", 3)
            return write(descriptor, line)
        os.write = first
        outer.score("n", 4)
        time.sleep(60)
    """
    assert run(program, tmp_path) == -signal.SIGTERM
    assert sorted(scores(tmp_path)) == [1, 2, 3, 4]
    assert all_are_closed(tmp_path)


def test_sigterm_while_threads_write_closes_after_whole_lines(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS, rotate_bytes=20_000)
        def work():
            while True:
                recorder.score("n", 1, comment="x" * 500)
        for _ in range(4):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.2)
        terminate()
        time.sleep(60)
    """
    assert run(program, tmp_path) == -signal.SIGTERM
    kept = files(tmp_path)
    # A thread may begin another segment between the closing and the end.
    assert [read_file(file)[-1]["event"] for file in kept[:-1]] == ["segment_end"] * (len(kept) - 1)
    assert len(kept) > 3


def test_a_thread_that_never_lets_go_does_not_keep_the_process_alive(tmp_path: Path) -> None:
    program = """
        _turns._PATIENCE = 0.1
        recorder = Recorder(LOGS)
        recorder.score("n", 1)
        def hold():
            with recorder._turns.lock:
                time.sleep(60)
        threading.Thread(target=hold, daemon=True).start()
        time.sleep(0.1)
        terminate()
        time.sleep(60)
    """
    assert run(program, tmp_path) == -signal.SIGTERM
    assert scores(tmp_path) == [1]


def test_a_recorder_used_by_other_threads_only_is_closed(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS)
        thread = threading.Thread(target=recorder.score, args=("n", 1))
        thread.start()
        thread.join()
        terminate()
        time.sleep(60)
    """
    assert run(program, tmp_path) == -signal.SIGTERM
    assert all_are_closed(tmp_path)


def test_a_recorder_that_no_main_thread_ever_saw_leaves_what_it_wrote(tmp_path: Path) -> None:
    program = """
        thread = threading.Thread(target=lambda: Recorder.score(recorders.setdefault(1, Recorder(LOGS)), "n", 1))
        recorders = {}
        thread.start()
        thread.join()
        terminate()
        time.sleep(60)
    """
    assert run(program, tmp_path) == -signal.SIGTERM
    assert names(read(tmp_path)) == ["segment_start", "session_start", "score"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_handler_of_the_application_goes_first(tmp_path: Path, when: str) -> None:
    program = f"""
        def leave(*_):
            recorder.score("n", 2)
            sys.exit(7)
        if {when!r} == "before":
            signal.signal(signal.SIGTERM, leave)
        recorder = Recorder(LOGS)
        recorder.score("n", 1)
        if {when!r} == "after":
            signal.signal(signal.SIGTERM, leave)
        terminate()
        time.sleep(60)
    """
    assert run(program, tmp_path) == 7
    assert scores(tmp_path) == [1, 2]
    assert all_are_closed(tmp_path)


def test_a_handler_of_the_application_may_close_in_the_middle_of_anything(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS, rotate_bytes=5_000)
        def leave(*_):
            recorder.close()
            sys.exit(0)
        signal.signal(signal.SIGTERM, leave)
        threading.Timer(0.1, terminate).start()
        while True:
            recorder.score("n", 1)
    """
    assert run(program, tmp_path) == 0
    assert all_are_closed(tmp_path)


def test_a_span_that_the_end_of_the_process_leaves_ends_with_it(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS)
        with recorder.span("x"):
            sys.exit(3)
    """
    assert run(program, tmp_path) == 3
    lines = read(tmp_path)
    assert names(lines)[-3:] == ["span_error", "session_end", "segment_end"]
    assert lines[-3]["error"]["type"] == "SystemExit"


def test_a_process_that_ignores_sigterm_goes_on_ignoring_it(tmp_path: Path) -> None:
    program = """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        recorder = Recorder(LOGS)
        recorder.score("n", 1)
        terminate()
        recorder.score("n", 2)
    """
    assert run(program, tmp_path) == 0
    assert scores(tmp_path) == [1, 2]
    assert len(files(tmp_path)) == 1


def test_sigterm_can_be_left_alone(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS, close_on_sigterm=False)
        recorder.score("n", 1)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
        terminate()
        time.sleep(60)
    """
    assert run(program, tmp_path) == -signal.SIGTERM
    assert names(read(tmp_path)) == ["segment_start", "session_start", "score"]


def test_importing_installs_no_signal_handler(tmp_path: Path) -> None:
    program = """
        import lctrack, lctrack._handler
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    """
    assert run(program, tmp_path) == 0


def test_programs_that_the_application_starts_do_not_inherit_it(tmp_path: Path) -> None:
    program = """
        import subprocess
        recorder = Recorder(LOGS)
        recorder.score("n", 1)
        other = "import signal; assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL"
        subprocess.run([sys.executable, "-c", other], check=True)
    """
    assert run(program, tmp_path) == 0


def test_a_forked_child_that_is_terminated_closes_its_own(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS)
        recorder.score("n", 1)
        ready, tell = os.pipe()
        child = os.fork()
        if child == 0:
            recorder.score("n", 2)
            os.write(tell, b"x")
            time.sleep(60)
        os.read(ready, 1)
        os.kill(child, signal.SIGTERM)
        assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGTERM
        recorder.score("n", 3)
    """
    assert run(program, tmp_path) == 0
    assert [[line["value"] for line in read_file(file) if line["event"] == "score"] for file in files(tmp_path)] == [
        [1, 3],
        [2],
    ]
    assert all_are_closed(tmp_path)


def test_a_process_that_skips_its_own_ending_lacks_the_end_and_nothing_else(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS)
        recorder.score("n", 1)
        os._exit(0)
    """
    assert run(program, tmp_path) == 0
    assert names(read(tmp_path)) == ["segment_start", "session_start", "score"]


WORKERS = """
import multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor
from lctrack import Recorder

recorder = Recorder(os.environ["LOGS"])

def work(number):
    with recorder.span("work"):
        recorder.score("n", number)

def record(kind):
    context = multiprocessing.get_context(sys.argv[1])
    if kind == "process":
        workers = [context.Process(target=work, args=(number,)) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    elif kind == "pool":
        with context.Pool(2) as pool:  # which terminates its workers
            pool.map(work, range(4), chunksize=1)
    elif kind == "patient pool":
        pool = context.Pool(2, maxtasksperchild=1)
        pool.map(work, range(4), chunksize=1)
        pool.close()
        pool.join()
    else:
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            list(pool.map(work, range(4)))

if __name__ == "__main__":
    work(-1)
    record(sys.argv[2])
    work(-2)
"""


@pytest.mark.parametrize("kind", ["process", "pool", "patient pool", "executor"])
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_leave_closed_segments(tmp_path: Path, method: str, kind: str) -> None:
    (tmp_path / "program.py").write_text(WORKERS)
    logs = tmp_path / "logs"
    command = [sys.executable, str(tmp_path / "program.py"), method, kind]
    subprocess.run(command, env={**os.environ, "LOGS": str(logs)}, check=True, timeout=60)
    assert sorted(scores(logs)) == [-2, -1, 0, 1, 2, 3]
    assert all_are_closed(logs)
    assert len({read_file(file)[0]["pid"] for file in files(logs)}) == len(files(logs)) > 1


PREFORK = """
    recorder = Recorder(LOGS)  # loaded before the workers are forked
    ready, tell = os.pipe()

    def serve(number):
        def stop(*_):
            sys.exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, stop)
        with recorder.span("request", inputs=number):
            recorder.score("n", number)
        os.write(tell, b"x")
        while True:
            time.sleep(1)

    workers = []
    for number in range(4):
        worker = os.fork()
        if worker == 0:
            serve(number)
        workers.append(worker)
    for _ in workers:
        os.read(ready, 1)
    for worker in workers:
        os.kill(worker, signal.SIGTERM)
        assert os.waitpid(worker, 0)[1] == 0
"""


def test_the_workers_of_a_server_that_forks_them_leave_closed_segments(tmp_path: Path) -> None:
    assert run(PREFORK, tmp_path) == 0
    assert sorted(scores(tmp_path)) == [0, 1, 2, 3]
    assert len(files(tmp_path)) == 4
    assert all_are_closed(tmp_path)
