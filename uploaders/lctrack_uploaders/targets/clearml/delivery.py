"""The delivery of one session to a server: a new task is imported whole, then what was there before is deleted.

A task cannot be replaced in place: events that are sent twice are there twice. So which task is the session's is told
by its tag, that it is whole by its state, and that it is the newest by the digest among its parameters. A process that
is killed leaves a task that is not whole, or an old one beside the new one; the next one deletes either.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lctrack_uploaders.contract import Delivery, Step
from lctrack_uploaders.errors import LostError
from lctrack_uploaders.targets.clearml import bundle, importing, names
from lctrack_uploaders.targets.clearml.configuration import Configuration
from lctrack_uploaders.targets.clearml.server import COMPLETE, Server
from lctrack_uploaders.units import Unit

TASK, TIDY = "task", "tidy"
"""The steps."""


class ServerDelivery(Delivery):
    """The delivery of one session to a server."""

    def __init__(self, server: Server, settings: Configuration, unit: Unit) -> None:
        self._server = server
        self._settings = settings
        self._unit = unit
        self._tag = names.tag(unit.session_id)
        self._digest = ""
        server.login()

    @property
    def remote_id(self) -> str:
        """The tag by which the task is found: a session that grew has another task."""
        return self._tag

    def do(self, step: Step) -> None:
        """Import the session, or delete what is not the session's any more."""
        self._digest = step.content
        if step.name == TASK:
            self._import(step.content)
        else:
            self._tidy(step.content)

    def verify(self) -> None:
        """See that there is one task, and all in it that was sent."""
        found = self._server.tasks(self._tag)
        whole = [task for task in found if task.get("status") in COMPLETE]
        if not whole or (self._digest and _digest_of(whole[-1]) != self._digest):
            raise LostError(f"ClearML has no task with the tag {self._tag} that is whole: try again.")
        self._compare(whole[-1])

    def _import(self, digest: str) -> None:
        task = self._whole(digest)
        if task is None:
            for broken in self._server.tasks(self._tag):
                if broken.get("status") not in COMPLETE:
                    self._server.delete(broken["id"])
            with tempfile.TemporaryDirectory(prefix="lctrack-clearml-") as scratch:
                file = Path(scratch, "session.zip")
                bundle.write(file, self._unit, self._settings, digest)
                importing.run(file, self._settings, os.environ)
            task = self._whole(digest)
        if task is None:
            raise LostError(f"ClearML has no task with the tag {self._tag} after its import: try again.")
        self._compare(task)
        if self._unit.is_open and task["status"] != "stopped":
            self._server.end(task["id"], "stopped", "No end of the session is recorded.")
        elif self._unit.failed and not self._unit.is_open and task["status"] != "failed":
            self._server.end(task["id"], "failed", "An exception left a root run.")

    def _tidy(self, digest: str) -> None:
        task = self._whole(digest)
        if task is None:
            raise LostError(f"ClearML has no task with the tag {self._tag} that is whole: try again.")
        for other in self._server.tasks(self._tag):
            if other["id"] != task["id"]:
                self._server.delete(other["id"])

    def _whole(self, digest: str) -> Mapping[str, Any] | None:
        found = [task for task in self._server.tasks(self._tag) if task.get("status") in COMPLETE]
        return next((task for task in found if _digest_of(task) == digest), None)

    def _compare(self, task: Mapping[str, Any]) -> None:
        """Count what has arrived: the SDK only warns of what it could not send."""
        expected = bundle.counts(self._unit)
        there = self._server.counts(task["id"])
        artifacts = len((task.get("execution") or {}).get("artifacts") or ())
        missing = [name for name, count in there.items() if count != getattr(expected, name)]
        if missing or artifacts != expected.artifacts:
            self._server.delete(task["id"])
            raise LostError(f"ClearML's task {task['id']} lacks {', '.join(missing) or 'artifacts'}: try again.")


def _digest_of(task: Mapping[str, Any]) -> str | None:
    section = (task.get("hyperparams") or {}).get("lctrack") or {}
    value = (section.get("digest") or {}).get("value")
    return None if value is None else str(value)
