"""Tables that were made of runs, traces and sessions, kept for the next time.

A snapshot is a database file, `tables-<digest>.duckdb`, and a list of what it was made of, of the same name. It serves
a reading that has the same pieces of logs, and one that has more: then only what these touch is made again.
Both files are complete when they appear under their names; where one is missing or damaged, the tables are made anew.
"""

import json
import os
import secrets
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import duckdb

from lctrack_analysis.ingest import Staged
from lctrack_analysis.ingest.piece import Part, Read
from lctrack_analysis.stage import new_file
from lctrack_analysis.tables import CORE

__all__ = ["Snapshot", "find_snapshot", "keep_snapshot", "let_go", "take_snapshot"]

_LEAST_EVENTS = 20_000
"""Of fewer, the tables are made again as fast as they are found."""
_MOST_SNAPSHOTS = 3
_MOST_NEW = 0.25
"""What has grown by a greater share is worth a new snapshot."""


class Snapshot(NamedTuple):
    """A snapshot that serves a reading: its file, and the parts that it knows nothing of."""

    file: Path
    new: list[Part]


def find_snapshot(staged: Staged) -> Snapshot | None:
    """Find the snapshot that has most of what was read, and nothing else; None if there is none."""
    if staged.cache is None or staged.events < _LEAST_EVENTS:
        return None
    now = _told(staged)
    best: Snapshot | None = None
    most = 0
    for listed in staged.cache.directory.glob("tables-*.json"):
        try:
            content = json.loads(listed.read_bytes())
            told = [tuple(each) for each in content["pieces"]]
            if content["duckdb"] != duckdb.__version__:  # which may not be able to read it
                continue
        except (OSError, ValueError, KeyError, TypeError):
            continue
        known = set(told)
        if known <= now.keys() and _in_order(told, now) and sum(now[each] for each in told) > most:
            new = _new_parts(staged, known)
            if new is not None and sum(now[each] for each in now.keys() - known) <= _MOST_NEW * staged.events:
                best, most = Snapshot(listed.with_suffix(".duckdb"), new), sum(now[each] for each in told)
    return best


def take_snapshot(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> bool:
    """Attach a snapshot as `kept`.

    Returns:
        Whether it is there, and has all tables.
    """
    if not snapshot.file.is_file():
        return False
    try:
        connection.execute(f"ATTACH '{_quoted(snapshot.file)}' AS kept (READ_ONLY)")
    except duckdb.Error:
        return False
    try:
        for name in CORE:
            connection.execute(f"SELECT 1 FROM kept.{name.partition('.')[2]} LIMIT 0")  # noqa: S608  # our own
    except duckdb.Error:
        let_go(connection)
        return False
    with suppress(OSError):
        os.utime(snapshot.file)
    return True


def let_go(connection: duckdb.DuckDBPyConnection) -> None:
    """Detach what was attached as `kept`."""
    connection.execute("DETACH kept")


def keep_snapshot(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    """Keep the tables for the next time; where that fails, they are made again."""
    if staged.cache is None or staged.kept is None or staged.events < _LEAST_EVENTS:
        return
    pieces = list(_told(staged))
    digest = blake2b(json.dumps([pieces, duckdb.__version__]).encode(), digest_size=12).hexdigest()
    snapshot = staged.cache.directory / f"tables-{digest}.duckdb"
    made = snapshot.with_name(f".{secrets.token_hex(8)}.duckdb")
    try:
        connection.execute(f"ATTACH '{_quoted(made)}' AS made")
        try:
            for name in CORE:
                connection.execute(f"CREATE TABLE made.{name.partition('.')[2]} AS FROM {name}")  # our own
        finally:
            connection.execute("DETACH made")
        made.chmod(0o600)
        made.replace(snapshot)
        with new_file(made.with_suffix(".json")) as stream:
            stream.write(json.dumps({"pieces": pieces, "duckdb": duckdb.__version__}).encode())
        made.with_suffix(".json").replace(snapshot.with_suffix(".json"))
        others = sorted(snapshot.parent.glob("tables-*.duckdb"), key=lambda file: file.stat().st_mtime)
        for old in others[:-_MOST_SNAPSHOTS]:
            old.with_suffix(".json").unlink(missing_ok=True)
            old.unlink(missing_ok=True)
    except (duckdb.Error, OSError):
        with suppress(OSError):
            made.unlink(missing_ok=True)


Told = tuple[int | str | None, ...]


def _told(staged: Staged) -> dict[Told, int]:
    """Give what was read, in the order of the files, with the number of events of each."""
    pieces = sorted(staged.pieces(), key=lambda each: (each[0], each[1].start, each[1].torn))
    return {_of_piece(read): read.events for _, read in pieces}


def _of_piece(read: Read) -> Told:
    return read.source, read.start, read.stop, *read.identity


def _in_order(told: list[Told], now: dict[Told, int]) -> bool:
    """Tell whether the files come in the order in which they came then: of equal times, the first line counts."""
    known = set(told)
    return told == [each for each in now if each in known]


def _new_parts(staged: Staged, known: set[Told]) -> list[Part] | None:
    """Give the parts that have nothing of what is known; None if some part has both."""
    sources = {source.number for source in staged.sources}
    new = []
    for part in staged.parts:
        is_known = {_of_piece(read) in known for read in part.pieces if read.source in sources}
        if len(is_known) > 1:
            return None
        if is_known == {False}:
            new.append(part)
    return new


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
