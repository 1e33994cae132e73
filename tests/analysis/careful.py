"""The oracle of the fast ways to read: one file after the other, line by line, in one process, with nothing kept."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lctrack_analysis import Logs
from lctrack_analysis.extract import extract
from lctrack_analysis.read import Reader, find_files
from lctrack_analysis.stage import STAGES

Rows = dict[str, list[tuple[Any, ...]]]
FINAL = ("events", "assets", "problems")


class Collected:
    """Receives rows and keeps them."""

    def __init__(self) -> None:
        self.rows: Rows = {name: [] for name in STAGES}

    def add(self, table: str, row: Iterable[Any]) -> None:
        self.rows[table].append(tuple(row))


def carefully(*paths: Path) -> Rows:
    """Read paths, and give the rows of the staging tables but for their ids."""
    reader = Reader(find_files(paths))
    stage = Collected()
    for event in reader.events():
        before = len(stage.rows["events"])
        extract(event, stage)  # type: ignore[arg-type]  # it only adds
        number, *rest = stage.rows["events"][before]
        assert number == event.id
        stage.rows["events"][before] = (*rest[:2], event.file, event.line, *rest[2:])
    rows = {name: [row if name == "events" else row[1:] for row in found] for name, found in stage.rows.items()}
    return {**rows, "problems": [tuple(problem) for problem in reader.problems]}


def staged(logs: Logs) -> Rows:
    """Give the same of loaded logs, as they were staged."""
    return {name: _fetched(logs, name) for name in STAGES}


def _fetched(logs: Logs, table: str) -> list[tuple[Any, ...]]:
    columns = [name for name, _ in STAGES[table]]
    names = columns[1:]
    if table == "events":
        names[2:2] = ["file", "line"]
    elif table == "problems":
        names[:0] = ["file", "line"]
    types = dict(STAGES[table])
    selected = [f"epoch_ns({name})" if types.get(name) == "TIMESTAMP_NS" else name for name in names]
    place, order = ("main", "") if table in FINAL else ("stage", "ORDER BY id")
    query = f"SELECT {', '.join(selected)} FROM {place}.{table} {order}"  # noqa: S608  # names of our own
    return logs._connection.execute(query).fetchall()


def same(expected: Rows, actual: Rows) -> None:
    """Compare row for row; rows of one event may come in any order."""
    for name in STAGES:
        assert sorted(map(repr, expected[name])) == sorted(map(repr, actual[name])), name
    for name in ("events", "problems"):
        assert expected[name] == actual[name], name
