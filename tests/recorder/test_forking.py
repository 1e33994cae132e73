"""SIGTERM while a process forks: it neither is lost nor ends anything else."""

import signal
from pathlib import Path

from tests.recorder.support import names, read
from tests.recorder.test_exits import run


def test_a_forked_child_that_is_terminated_before_it_has_come_up_ends(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS)
        for number in range(200):
            child = os.fork()
            if child == 0:
                time.sleep(20)
                os._exit(1)
            os.kill(child, signal.SIGTERM)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
        assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
        recorder.score("n", 1)
        os.kill(os.getpid(), signal.SIGTERM)
    """
    assert run(program, tmp_path) == -signal.SIGTERM
    assert names(read(tmp_path))[-1] == "segment_end"


def test_what_was_blocked_before_a_fork_is_blocked_after_it(tmp_path: Path) -> None:
    program = """
        recorder = Recorder(LOGS)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        child = os.fork()
        assert signal.SIGTERM in signal.pthread_sigmask(signal.SIG_BLOCK, [])
        if child:
            assert os.waitpid(child, 0)[1] == 0
    """
    assert run(program, tmp_path) == 0
