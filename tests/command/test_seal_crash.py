"""Whatever fails or is killed while a segment is sealed, the segment is there: as it was, or sealed and complete."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lctrack._seal import seal
from lctrack._sealed import read_sealed
from tests.command.logs import NAME, finished, listing

STEPS = ("open", "fsync", "replace", "unlink")
KILLS = 20
# Forks for each path it reads, and seals in the child: pyarrow takes too long to be imported each time.
SEALER = """
import os, sys
import pyarrow.parquet
from lctrack._seal import seal
for path in sys.stdin:
    child = os.fork()
    if child == 0:
        seal(path.strip())
        os._exit(0)
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class _Failing:
    """Makes system calls fail from one of them on, or that one alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException, *, ever_after: bool) -> None:
        self._at, self._error, self._ever_after = at, error, ever_after
        self.calls = 0
        for name in STEPS:
            monkeypatch.setattr(os, name, self._wrapped(getattr(os, name)))

    def _wrapped(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            if self.calls == self._at or (self._ever_after and self.calls > self._at):
                raise self._error
            return real(*arguments, **named)

        return call


def sound(directory: Path, expected: bytes) -> None:
    """Check that what readers see of the segment is all of it."""
    jsonl, sealed = directory / f"{NAME}.jsonl", directory / f"{NAME}.parquet"
    assert jsonl.exists() or sealed.exists()
    if jsonl.exists():
        assert expected == jsonl.read_bytes()
    if sealed.exists():
        assert expected == b"".join(line.content for line in read_sealed(sealed))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
@pytest.mark.parametrize("ever_after", [False, True], ids=["once", "from then on"])
def test_a_failure_at_any_step_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, ever_after: bool
) -> None:
    failures = 0
    for at in range(1, 30):
        path = finished(tmp_path)
        expected = path.read_bytes()
        with monkeypatch.context() as patch:
            failing = _Failing(patch, at, error, ever_after=ever_after)
            try:
                seal(path)
            except type(error):
                failures += 1
        sound(tmp_path, expected)
        seal(path)
        assert [f"{NAME}.parquet"] == listing(tmp_path)
        sound(tmp_path, expected)
        (tmp_path / f"{NAME}.parquet").unlink()
        if failing.calls < at:
            break
    # Open, three times fsync, open of the directory twice, replace, unlink; cleaning up may fail without harm.
    assert failures >= 8


def test_the_new_name_is_on_the_disk_before_the_old_one_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = finished(tmp_path)
    content = path.read_bytes()
    for again in (False, True):
        path.write_bytes(content)
        done: list[str] = []
        with monkeypatch.context() as patch:
            for name in ("fsync", "replace", "unlink"):
                patch.setattr(os, name, _told(done, name, getattr(os, name)))
            seal(path)
        before, _, after = " ".join(done).partition("unlink")
        assert before.endswith("fsync ")
        assert after.endswith("fsync")
        assert ("replace" in before) is not again


def _told(done: list[str], name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        done.append(name)
        return real(*arguments, **named)

    return call


def test_an_error_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = finished(tmp_path)
    with monkeypatch.context() as patch:
        _Failing(patch, 2, OSError(5, "Input/output error"), ever_after=False)
        with pytest.raises(OSError, match="Input/output error"):
            seal(path)
    assert [path.name] == listing(tmp_path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_kill_9_at_any_time_loses_nothing(tmp_path: Path) -> None:
    sealer = subprocess.Popen([sys.executable, "-c", SEALER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert sealer.stdin
    assert sealer.stdout
    takes, killed = 0.0, 0
    with sealer:
        for _ in range(4 * KILLS):
            path = finished(tmp_path, events=600, filler="x" * 200)
            expected = path.read_bytes()
            began = time.perf_counter()
            print(path, file=sealer.stdin, flush=True)
            child = int(sealer.stdout.readline())
            if takes:  # the first is let through, to know how long it takes
                time.sleep(random.uniform(0, takes))  # noqa: S311  # chance, not secrecy
                with contextlib.suppress(ProcessLookupError):  # it was faster
                    os.kill(child, signal.SIGKILL)
            if int(sealer.stdout.readline()):
                killed += 1
            else:
                takes = min(takes or 1, time.perf_counter() - began)
            sound(tmp_path, expected)
            seal(path)
            assert [f"{NAME}.parquet"] == listing(tmp_path)
            (tmp_path / f"{NAME}.parquet").unlink()
            if killed == KILLS:
                break
        sealer.stdin.close()
    assert killed == KILLS
