"""The target: one ClearML server, or one directory."""

from functools import cached_property
from typing import ClassVar

from lctrack_uploaders import attachments, files
from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.targets.clearml import bundle, directory, names
from lctrack_uploaders.targets.clearml.configuration import Configuration
from lctrack_uploaders.targets.clearml.delivery import TASK, TIDY, ServerDelivery
from lctrack_uploaders.targets.clearml.server import Server
from lctrack_uploaders.units import Unit, digest


class ClearmlTarget(Target):
    """Delivers sessions to ClearML."""

    jobs: int = 4
    mapping: ClassVar[str] = "1"

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings

    @property
    def address(self) -> str:
        """The address of the server's interface, or the directory's."""
        return self._settings.directory.as_uri() if self._settings.directory else self._settings.api

    def place(self, unit: Unit) -> str:
        """Give the name of the project a session goes to."""
        return names.project(unit, self._settings)

    def plan(self, unit: Unit) -> list[Step]:
        """Name the steps of a session; see `lctrack_uploaders.contract.Target`."""
        sizes = [(file.name, size) for file, size in attachments.sizes(unit).items()]
        whole = digest(unit.digest, sizes, self.mapping, names.project(unit, self._settings))
        found = bundle.counts(unit)
        told = f"{found.scalars} scalars, {found.plots} tables, {found.lines} lines, {found.artifacts} artifacts"
        return [Step(TASK, whole, told, whole), Step(TIDY, whole, "what it replaces is deleted", whole)]

    def open(self, unit: Unit) -> Delivery:
        """Begin: the task of a session is found by its tag."""
        if self._settings.directory:
            return directory.DirectoryDelivery(self._settings.directory, self._settings, unit)
        return ServerDelivery(self._server, self._settings, unit)

    def check(self) -> str:
        """Try the credentials, or whether the directory can be written, and write nothing."""
        if self._settings.directory:
            return files.check(self._settings.directory)
        Server(self._settings).login()
        return f"{self.address} answers"

    def hint(self) -> str:
        """Give the address to look at, or what imports the files."""
        if self._settings.directory:
            return "on a machine with a network, clearml.Task.import_offline_session(file) for each file"
        return f"see {self._settings.web}"

    @cached_property
    def _server(self) -> Server:
        return Server(self._settings)
