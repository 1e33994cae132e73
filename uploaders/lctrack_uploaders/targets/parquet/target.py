"""The target: a lake of Parquet files, one for each session and table.

    <table>/date=<day>/<session>.parquet      the rows of a session, whose name follows from its id: so it is replaced
    _lctrack/<session>.json                   which files a session has; readers pass over what begins with `_`

The list is written before the files and after them: before, with all that may be there, so that whatever a crash left
is known; after, with what is there, when files that a session has no more (it starts on another day since older logs
were found) have been removed.

Accepted trade-off: a reader may see some tables of a session before the others. Files are small where sessions are:
what groups them would have to rewrite what others read.
"""

import json
import threading
from functools import cached_property
from io import BytesIO
from typing import ClassVar

from lctrack_uploaders import files
from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import LostError
from lctrack_uploaders.targets.lake import rows
from lctrack_uploaders.targets.lake.places import Place
from lctrack_uploaders.targets.parquet.storage import Storage, storage
from lctrack_uploaders.units import Unit, digest

LIST, END = "files", "end"
TABLES = "tables"
"""Beginning of the steps of which there are several, before a slash."""


class ParquetTarget(Target):
    """Writes the tables of sessions into a lake of Parquet files."""

    jobs: int = 4
    mapping: ClassVar[str] = "1"

    def __init__(self, place: Place) -> None:
        self._place = place
        self._turn = threading.Lock()  # of the threads, so that one alone makes the storage

    @property
    def address(self) -> str:
        """The folder or the place in S3."""
        return self._place.address

    def place(self, unit: Unit) -> str:  # noqa: ARG002  # the contract
        """Give the one place there is: a project is a column."""
        return "tables"

    def is_blank(self) -> bool:
        """Tell whether there is no folder yet."""
        return self._place.folder is not None and not self._place.folder.exists()

    def plan(self, unit: Unit) -> list[Step]:
        """Name a step for each table, between the two that write the list."""
        names = tuple(name(unit, table) for table in unit.tables)
        told = f"{len(names)} names"
        return [
            Step(LIST, digest(names), told, names),
            *(
                Step(
                    f"{TABLES}/{table}", digest(unit.digest_of(table), name(unit, table)), f"{frame.height} rows", table
                )
                for table, frame in unit.tables.items()
            ),
            Step(END, digest(names), told, names),
        ]

    def open(self, unit: Unit) -> Delivery:
        """Begin; a session's files are found by their names."""
        with self._turn:
            return ParquetDelivery(self._storage, unit)

    def check(self) -> str:
        """Look for the folder or the bucket."""
        return f"{self.address} {self._storage.check()}"

    def hint(self) -> str:
        """Give the query that reads a table."""
        return f"duckdb -c \"FROM read_parquet('{self._place.uri}/runs/*/*.parquet')\""

    @cached_property
    def _storage(self) -> Storage:
        return storage(self._place)


class ParquetDelivery(Delivery):
    """The delivery of one session to its files."""

    def __init__(self, place: Storage, unit: Unit) -> None:
        self._storage = place
        self._unit = unit
        self._list = f"_lctrack/{files.key(unit.session_id)}.json"
        self._written: dict[str, int] = {}

    @property
    def remote_id(self) -> str:
        """What its files are called."""
        return files.key(self._unit.session_id)

    def do(self, step: Step) -> None:
        """Write a file or the list, in place of what was there."""
        if step.name == LIST:
            self._put_list({*self._listed(), *step.content})
        elif step.name == END:
            for left in self._listed() - {*step.content}:
                self._storage.remove(left)
            self._put_list({*step.content})
        else:
            buffer = BytesIO()
            rows.of_session(self._unit, step.content).write_parquet(buffer)
            path = name(self._unit, step.content)
            self._storage.put(path, buffer.getvalue())
            self._written[path] = len(buffer.getvalue())

    def verify(self) -> None:
        """See that every file is there, and those written now have their size."""
        for table in self._unit.tables:
            path = name(self._unit, table)
            size = self._storage.size(path)
            if size is None or size != self._written.get(path, size):
                raise LostError(f"The file {path} does not read back as it was written: try again.")

    def _listed(self) -> set[str]:
        found = self._storage.get(self._list)
        try:
            listed = json.loads(found or b"[]")
        except ValueError:
            return set()
        # Nothing else than what we write is ever removed.
        ending = f"/{files.key(self._unit.session_id)}.parquet"
        return {path for path in listed if isinstance(path, str) and path.endswith(ending) and ".." not in path}

    def _put_list(self, names: set[str]) -> None:
        self._storage.put(self._list, f"{json.dumps(sorted(names))}\n".encode())


def name(unit: Unit, table: str) -> str:
    """Give the name of the file with a session's rows of a table."""
    return f"{table}/{rows.DATE}={rows.day(unit)}/{files.key(unit.session_id)}.parquet"
