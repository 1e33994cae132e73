"""What a query may take, and the watch that ends it.

A query that takes too long or too much memory is interrupted. DuckDB heeds that between the pieces of its work, and
counts neither a single value nor a computed constant against its own memory limit: one operation on one value, such as
`range(1000000000)`, goes on. Whoever can then end the process says so in `give_up`; nobody else can do more than wait.
Accepted: memory is seen on Linux only, and what other threads take in the meantime counts too.
"""

import os
import re
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import duckdb

from lctrack_analysis.errors import QueryError

__all__ = ["NO_LIMITS", "Limits", "memory_of", "watched"]

_T = TypeVar("_T")
_SIZE = re.compile(r"([\d.]+) (bytes?|KiB|MiB|GiB|TiB|PiB)")
_POWERS = {"byte": 0, "bytes": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4, "PiB": 5}
_POLL_SECONDS = 0.1
_GRACE_SECONDS = 2.0
_STATUS = Path("/proc/self/statm")
_LEEWAY = 256_000_000


def _once(work: Callable[[], Any]) -> Any:
    return work()


class Limits(NamedTuple):
    """What a query may take; None is without end.

    Attributes:
        seconds: How long.
        memory: Bytes that its rows may fill; the whole process may grow by twice that.
        give_up: Ends the process with a sentence, where a query cannot be stopped.
        enough: Does some work, again with more memory where the database ran out of it.
    """

    seconds: float | None = None
    memory: int | None = None
    give_up: Callable[[str], NoReturn] | None = None
    enough: Callable[[Callable[[], Any]], Any] = _once


NO_LIMITS = Limits()
"""For queries of our own."""


def memory_of(connection: duckdb.DuckDBPyConnection) -> int | None:
    """Give the memory limit of a connection in bytes, or None where it has none."""
    row = connection.execute("SELECT current_setting('memory_limit')").fetchone()
    match = _SIZE.fullmatch(str(row[0])) if row else None
    return round(float(match.group(1)) * 1024 ** _POWERS[match.group(2)]) if match else None


def watched(connection: duckdb.DuckDBPyConnection, work: Callable[[], _T], limits: Limits) -> _T:
    """Do some work with a connection so that Ctrl-C and limits end it.

    It is done on a thread of its own: on the main thread, DuckDB may not notice the signal.

    Args:
        connection: The connection.
        work: What uses it.
        limits: What it may take.

    Returns:
        What it gives.

    Raises:
        QueryError: It took too much.
        KeyboardInterrupt: The user stopped it.
    """
    began, memory = time.monotonic(), _memory()
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(work)
        try:
            while not running.done():  # a signal that another thread received wakes nobody here
                wait([running], timeout=_POLL_SECONDS)
                reason = _too_much(limits, began, memory)
                if reason and not running.done():
                    _stop(connection, running, limits, reason)
                    raise QueryError(reason)
        except KeyboardInterrupt:
            _stop(connection, running, limits, "the query was stopped")
            raise
        return running.result()


def _too_much(limits: Limits, began: float, memory: int) -> str:
    if limits.seconds is not None and time.monotonic() - began >= limits.seconds:
        return f"the query was stopped after {limits.seconds:g} s: --timeout gives it more"
    if limits.memory is not None and _memory() - memory > 2 * limits.memory + _LEEWAY:
        return "the query was stopped, for it took too much memory: --memory-limit gives it more"
    return ""


def _stop(connection: duckdb.DuckDBPyConnection, running: "Future[_T]", limits: Limits, reason: str) -> None:
    until = time.monotonic() + _GRACE_SECONDS
    while not running.done():  # it may not have begun, and then does not notice either
        connection.interrupt()
        wait([running], timeout=_POLL_SECONDS)
        if limits.give_up is not None and time.monotonic() > until and not running.done():
            limits.give_up(reason)


def _memory() -> int:
    """Give the bytes of memory that the process has now; 0 where that is not told."""
    try:
        return int(_STATUS.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
