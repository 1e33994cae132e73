"""The target: one LangSmith, in which a session is the runs of its traces in a project."""

import threading
import time
from functools import cached_property
from typing import ClassVar

from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import LostError
from lctrack_uploaders.targets.langsmith import plan, runs
from lctrack_uploaders.targets.langsmith.configuration import DEFAULT_PROJECT, Configuration
from lctrack_uploaders.targets.langsmith.connection import Connection
from lctrack_uploaders.units import Unit

UNTIL_SHOWN = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds before each look at what LangSmith shows: it takes runs before it stores them."""


class LangsmithTarget(Target):
    """Delivers traces and scores to LangSmith."""

    jobs: int = 4
    mapping: ClassVar[str] = "1"

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self._projects: dict[str, str] = {}
        self._turn = threading.Lock()  # of the threads, so that no project is made twice

    @property
    def address(self) -> str:
        """The API's address, and the workspace where one is named."""
        workspace = self._settings.workspace
        return f"{self._settings.url}{'/' if workspace else ''}{workspace or ''}"

    def place(self, unit: Unit) -> str:
        """Give the name of the project a session goes to."""
        return self._settings.project or unit.labels.get("project") or DEFAULT_PROJECT

    def plan(self, unit: Unit) -> list[Step]:
        """Name the steps of a session; see `lctrack_uploaders.contract.Target`."""
        return list(plan.steps(unit))

    def open(self, unit: Unit) -> Delivery:
        """Find the project of a session, or make it."""
        name = self.place(unit)
        with self._turn:
            if name not in self._projects:
                self._projects[name] = self._connection.project(name)
        return LangsmithDelivery(self._connection, unit, self._projects[name])

    def check(self) -> str:
        """Ask for a project."""
        self._connection.check()
        return f"{self.address} answers"

    def hint(self) -> str:
        """Tell how a session is found."""
        return f"look for the metadata lctrack.session at {self._settings.url.replace('://api.', '://', 1)}"

    @cached_property
    def _connection(self) -> Connection:
        return Connection(self._settings)


class LangsmithDelivery(Delivery):
    """The delivery of one session to its project."""

    def __init__(self, connection: Connection, unit: Unit, project: str) -> None:
        self._connection = connection
        self._unit = unit
        self._project = project

    @property
    def remote_id(self) -> str:
        """The project's id with the session's: a project that was deleted and made again has none of its runs."""
        return f"{self._project}/{self._unit.session_id}"

    def do(self, step: Step) -> None:
        """Send runs or scores; those that are there are brought up to date."""
        if step.name == plan.FEEDBACK:
            self._connection.give(step.content)
        else:
            self._connection.send([{**run, "session_id": self._project} for run in step.content])

    def verify(self) -> None:
        """Look for every run until LangSmith shows it."""
        missing = {runs.run_id(span.run_id) for trace in self._unit.traces for span in trace.spans}
        for pause in UNTIL_SHOWN:
            if not missing:
                return
            time.sleep(pause)
            missing -= self._connection.known(sorted(missing))
        if missing:
            raise LostError(
                f"LangSmith took the runs of session {self._unit.session_id}, but {len(missing)} of them cannot be "
                "read back; it may not keep runs that are as old."
            )
