"""The target: a lake of Delta tables, partitioned by the day on which a session started.

A step is one transaction that replaces a session's rows of one table by those it has now: so it is there whole or not
at all, and done again it changes nothing that a reader could see.

Accepted trade-offs: each session and table is a transaction of its own, so tables are written one session at a time. A
reader may see some tables of a session before the others: Delta has no transaction over several tables.
"""

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from lctrack_uploaders import files
from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import MissingExtraError, UnreachableError
from lctrack_uploaders.targets.lake import rows
from lctrack_uploaders.targets.lake.places import Place
from lctrack_uploaders.units import TABLES, Unit, digest

if TYPE_CHECKING:  # needs the extra `delta`
    from lctrack_uploaders.targets.delta.tables import Tables

FIRST = "sessions"
"""The table that every session has a row in; its id stands for the lake."""
END = "end"


class DeltaTarget(Target):
    """Writes the tables of sessions into a lake of Delta tables."""

    jobs: int = 1
    mapping: ClassVar[str] = "1"
    verifies = False  # a transaction is there or not, and counting reads the whole table

    def __init__(self, place: Place) -> None:
        self._place = place

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
        """Name a step for each table, and one for those in which the session has no rows any more."""
        day = str(rows.day(unit))
        steps = [
            Step(f"tables/{table}", digest(unit.digest_of(table), day), f"{frame.height} rows", table)
            for table, frame in unit.tables.items()
        ]
        return [*steps, Step(END, digest(list(unit.tables)), f"{len(steps)} tables")]

    def open(self, unit: Unit) -> Delivery:
        """Make the first table, if it is not there."""
        self._refuse_if_blocked()
        tables = self._tables
        return DeltaDelivery(tables, unit, tables.identity(FIRST, rows.of_session(unit, FIRST)))

    def check(self) -> str:
        """Look for the first table, with the credentials there are."""
        self._refuse_if_blocked()
        there = self._tables.version(FIRST)
        return f"{self.address} {'will be made' if there is None else f'is there (version {there} of {FIRST})'}"

    def hint(self) -> str:
        """Give the query that reads a table."""
        return f"duckdb -c \"FROM delta_scan('{self._place.uri}/runs')\""

    def _refuse_if_blocked(self) -> None:
        folder = self._place.folder
        blocked = folder and next((path for path in (folder, *folder.parents) if path.exists()), None)
        if blocked and not blocked.is_dir():
            raise UnreachableError(f"{blocked} is not a directory: name another with --delta-path.")

    @cached_property
    def _tables(self) -> "Tables":
        try:
            from lctrack_uploaders.targets.delta.tables import Tables  # noqa: PLC0415  # needs the extra
        except ImportError as error:
            raise MissingExtraError(
                f"The target delta needs packages that are not installed ({error}): "
                'pip install "lctrack-uploaders[delta]".'
            ) from error
        return Tables(self._place)


class DeltaDelivery(Delivery):
    """The delivery of one session to the tables."""

    def __init__(self, tables: "Tables", unit: Unit, identity: str) -> None:
        self._tables = tables
        self._unit = unit
        self._identity = identity

    @property
    def remote_id(self) -> str:
        """The lake's id with the session's: a lake that was deleted and made again has none of its rows."""
        return f"{self._identity}/{files.key(self._unit.session_id)}"

    def do(self, step: Step) -> None:
        """Replace the session's rows of a table, or remove what is left where it has none."""
        if step.name == END:
            for left in set(TABLES) - self._unit.tables.keys():
                self._tables.remove(left, self._unit.session_id)
            return
        table: str = step.content
        day = rows.day(self._unit)
        self._tables.replace(table, self._unit.session_id, rows.of_session(self._unit, table), day)

    def verify(self) -> None:
        """Count the session's rows in each table."""
        for table, frame in self._unit.tables.items():
            self._tables.verify(table, self._unit.session_id, frame.height)
