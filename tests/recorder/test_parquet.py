"""With `format="parquet"` finished segments are sealed, and whatever goes wrong, the JSONL is there."""

import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lctrack import Recorder, _disk, _sealer, _segment
from lctrack._lines import decode
from lctrack._seal import seal
from lctrack.command.check import Check
from lctrack.command.segments import find_segments, lines_of
from tests.recorder import crashing
from tests.recorder.power import Disk
from tests.recorder.support import Line
from tests.recorder.test_fork import in_child

pytest.importorskip("pyarrow")


def endings(directory: Path) -> list[str]:
    return sorted(path.suffix for path in directory.iterdir())


def lines(directory: Path) -> list[Line]:
    """Give the lines of all segments in either form, which must be sound."""
    found = []
    for segment in find_segments([str(directory)]):
        check = Check()
        for line in lines_of(segment):
            check.add(line)
            record = None if line.torn else decode(line)
            if record:
                found.append(record)
        check.finish()
        assert [finding for finding in check.findings if finding.kind == "problem"] == []
    return found


def scores(directory: Path) -> list[Any]:
    return [line["value"] for line in lines(directory) if line["event"] == "score"]


def run(program: str, directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", textwrap.dedent(program), str(directory)]
    return subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True, timeout=60)


def test_closing_returns_when_all_segments_are_sealed(tmp_path: Path) -> None:
    with Recorder(tmp_path, format="parquet", rotate_bytes=2_000) as recorder:
        for number in range(30):
            recorder.score("n", number, comment="x" * 300)
    assert len(endings(tmp_path)) > 3
    assert set(endings(tmp_path)) == {".parquet"}
    assert scores(tmp_path) == list(range(30))


def test_rotated_segments_are_sealed_while_the_application_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = threading.Event()

    def watched(path: Path, **options: Any) -> Path:
        assert threading.current_thread() is not threading.main_thread()
        try:
            return seal(path, **options)
        finally:
            sealed.set()

    monkeypatch.setattr(_sealer, "seal", watched)
    recorder = Recorder(tmp_path, format="parquet", rotate_bytes=1)
    recorder.score("n", 1)
    recorder.score("n", 2)
    assert sealed.wait(30)
    monkeypatch.undo()
    recorder.score("n", 3)
    recorder.close()
    assert endings(tmp_path) == [".parquet"] * 3


def test_without_pyarrow_the_constructor_says_what_to_install(tmp_path: Path) -> None:
    program = """
        import sys
        sys.modules["pyarrow"] = None
        from lctrack import Recorder
        Recorder(sys.argv[1], format="parquet")
    """
    assert run(program, tmp_path).stderr.endswith("ImportError: sealed segments need pyarrow: pip install pyarrow\n")


def test_what_cannot_be_sealed_stays_and_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(tmp_path, format="parquet")
    for number in range(3):
        recorder.score("n", number)
        for segment in tmp_path.glob("*.jsonl"):
            segment.with_suffix(".parquet").write_text("somebody else's")
        recorder.close()
    assert endings(tmp_path) == [".jsonl"] * 3 + [".parquet"] * 3
    (record,) = caplog.records
    assert "could not seal" in record.message
    assert "`lctrack seal`" in record.message
    assert recorder.stats()["dropped"] == 0


def test_a_segment_that_the_disk_refused_is_not_sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(Random(0))  # noqa: S311  # not for secrets
    for module in (_segment, _disk):
        monkeypatch.setattr(module, "os", disk)
    with Recorder(tmp_path, format="parquet", fsync="always") as recorder:
        recorder.score("n", 1)
        disk.refusing = 1.0
        recorder.score("n", 2)
        disk.refusing = 0.0
        recorder.score("n", 3)
        monkeypatch.undo()
    assert endings(tmp_path) == [".jsonl", ".parquet"]


def test_a_process_that_ends_by_itself_seals_first(tmp_path: Path) -> None:
    program = """
        import sys
        from lctrack import Recorder
        recorder = Recorder(sys.argv[1], format="parquet", rotate_bytes=500)
        for number in range(20):
            recorder.score("n", number, comment="x" * 300)
        forgotten = Recorder(sys.argv[1], format="parquet")
        forgotten.score("n", 20)
        del forgotten
    """
    assert run(program, tmp_path).stderr == ""
    assert set(endings(tmp_path)) == {".parquet"}
    assert sorted(scores(tmp_path)) == list(range(21))


def test_a_process_that_is_terminated_leaves_closed_segments_for_later(tmp_path: Path) -> None:
    program = """
        import os, signal, sys, time
        from lctrack import Recorder
        recorder = Recorder(sys.argv[1], format="parquet")
        recorder.score("n", 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)
    """
    assert run(program, tmp_path).returncode == -signal.SIGTERM
    assert endings(tmp_path) == [".jsonl"]
    assert lines(tmp_path)[-1]["event"] == "segment_end"


def test_a_signal_handler_may_close_and_seal(tmp_path: Path) -> None:
    program = """
        import os, signal, sys, time
        from lctrack import Recorder
        recorder = Recorder(sys.argv[1], format="parquet", rotate_bytes=20_000)
        def leave(*_):
            recorder.close()
            sys.exit(0)
        signal.signal(signal.SIGALRM, leave)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        while True:
            recorder.score("n", 1, comment="x" * 300)
    """
    assert run(program, tmp_path).returncode == 0
    assert set(endings(tmp_path)) == {".parquet"}


def _closing(recorder: Recorder, number: int) -> Callable[[], None]:
    def close() -> None:
        recorder.score("n", number)
        recorder.close()

    return close


def test_a_forked_child_seals_its_own(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, format="parquet", rotate_bytes=1)
    recorder.score("n", 1)
    recorder.score("n", 2)
    recorder.close()
    recorder.score("n", 3)
    in_child(_closing(recorder, 4))
    assert endings(tmp_path) == [".jsonl"] + [".parquet"] * 3
    recorder.close()
    assert endings(tmp_path) == [".parquet"] * 4
    assert sorted(scores(tmp_path)) == [1, 2, 3, 4]


def test_a_child_that_is_forked_in_the_middle_of_sealing_leaves_that_for_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(_: Path, **_options: Any) -> None:
        begun.set()
        go_on.wait(30)

    monkeypatch.setattr(_sealer, "seal", slow)
    recorder = Recorder(tmp_path, format="parquet", rotate_bytes=1)
    recorder.score("n", 1)
    recorder.score("n", 2)
    assert begun.wait(30)
    in_child(_closing(recorder, 3))
    assert len(endings(tmp_path)) == 3
    go_on.set()
    recorder.close()
    assert endings(tmp_path) == [".jsonl"] * 3


def test_the_workers_of_a_pool_seal_their_own(tmp_path: Path) -> None:
    program = """
        import multiprocessing, sys
        from lctrack import Recorder
        recorder = Recorder(sys.argv[1], format="parquet")
        def work(number):
            recorder.score("n", number)
        pool = multiprocessing.get_context("fork").Pool(2)
        pool.map(work, range(10))
        pool.close()
        pool.join()
    """
    assert run(program, tmp_path).stderr == ""
    assert set(endings(tmp_path)) == {".parquet"}
    assert sorted(scores(tmp_path)) == list(range(10))


def test_a_process_that_is_killed_while_it_seals_loses_nothing(tmp_path: Path) -> None:
    kills = 20
    command = [sys.executable, crashing.__file__, str(tmp_path), str(kills), "parquet"]
    subprocess.run(command, check=True, timeout=120)
    forms = set()
    for number in range(kills):
        told = (tmp_path / f"{number}.told").read_text().split()[::2]
        if not told:
            continue
        texts = "".join(map(str, lines(tmp_path / str(number))))
        assert [name for name in told if f"{name} " not in texts] == []
        forms |= set(endings(tmp_path / str(number)))
    assert {".jsonl", ".parquet"} <= forms
