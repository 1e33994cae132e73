"""The life of a process: what becomes of its recorders when it forks, ends, or is told to end.

Promises: a process that ends by itself, or by SIGTERM where nobody else attends to that, leaves closed segments; a
forked one writes its own. Accepts: `os._exit`, `os.exec…` and signals that nobody handles skip all of this; the segment
then has no end, and everything else. `docs/durability.md` lists the cases.
"""

import atexit
import contextlib
import os
import signal
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["attend", "await_at_end", "watch"]


class _Recorder(Protocol):
    def close(self) -> None: ...
    def after_fork(self) -> None: ...
    def close_before(self, action: Callable[[], None]) -> bool: ...


class _Worker(Protocol):
    def finish(self) -> None: ...


_recorders: "weakref.WeakSet[_Recorder]" = weakref.WeakSet()
_workers: "weakref.WeakSet[_Worker]" = weakref.WeakSet()
_attended = 0
"""The process that has been attended to."""


def watch(recorder: _Recorder, *, sigterm: bool) -> None:
    """Look after a recorder until it is forgotten.

    Args:
        recorder: The recorder.
        sigterm: Whether to close its segment when SIGTERM ends the process, unless the application attends to that.
    """
    _recorders.add(recorder)
    attend(sigterm=sigterm)


def await_at_end(worker: _Worker) -> None:
    """Have a process that ends by itself wait for something, even where its recorder is forgotten by then."""
    _workers.add(worker)


def attend(*, sigterm: bool) -> None:
    """Look after this process: a recorder was made here, or begins to write, perhaps after a fork."""
    global _attended  # noqa: PLW0603  # there is one process too
    if sigterm:
        _attend_to_sigterm()
    if _attended != os.getpid() and _attend_to_multiprocessing():
        _attended = os.getpid()


def _attend_to_sigterm() -> None:
    """Close the segments before SIGTERM ends the process, where that is what it would do.

    Nothing else changes: the process still ends by that signal, and a handler that is installed later takes the place
    of this one. Only the main thread can install one; Windows knows no such signal from outside.
    """
    if os.name == "nt" or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        with contextlib.suppress(ValueError):  # within an interpreter that is not the process's main one
            signal.signal(signal.SIGTERM, _end_by_sigterm)


def _end_by_sigterm(*_: Any) -> None:
    for recorder in _living():
        if not recorder.close_before(_end_by_sigterm):
            return  # the signal came in the middle of a write, after which this is called again
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)


def _attend_to_multiprocessing() -> bool:
    """Have this process close its segments where multiprocessing started it, which skips `atexit` at its end."""
    process, util = (sys.modules.get(f"multiprocessing.{name}") for name in ("process", "util"))
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, _close_all, exitpriority=-1)  # after what the application has there
        return True
    return False


def _living() -> list[_Recorder]:
    while True:
        try:
            return list(_recorders)
        except RuntimeError:  # noqa: PERF203  # another thread has just made one
            continue


def _close_all() -> None:
    for recorder in _living():
        recorder.close()
    for worker in list(_workers):
        worker.finish()


def _before_fork() -> None:
    # Python forgets what reaches a child before it has come up: a pool that ends at once would wait for it for ever.
    if signal.getsignal(signal.SIGTERM) == _end_by_sigterm:
        _forking.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})


def _after_fork() -> None:
    mask = _forking.__dict__.pop("mask", None)
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _after_fork_in_child() -> None:
    for recorder in _living():
        recorder.after_fork()
    if signal.getsignal(signal.SIGTERM) == _end_by_sigterm:
        # Nothing is open yet; what begins to write here attends to it again.
        with contextlib.suppress(ValueError):  # within an interpreter that is not the process's main one
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _after_fork()


_forking = threading.local()
"""The signals that were blocked before this thread began to fork."""

atexit.register(_close_all)
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)
