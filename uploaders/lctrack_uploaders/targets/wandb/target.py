"""The target: one W&B server, asked at the first delivery; or one directory."""

import threading
from functools import cached_property
from importlib.util import find_spec
from shlex import quote
from typing import ClassVar

from lctrack_uploaders import files
from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import MissingExtraError, RefusedError
from lctrack_uploaders.targets.wandb import directory, names, plan
from lctrack_uploaders.targets.wandb.configuration import Configuration
from lctrack_uploaders.targets.wandb.delivery import WandbDelivery
from lctrack_uploaders.targets.wandb.sdk import Sdk
from lctrack_uploaders.targets.wandb.server import Server
from lctrack_uploaders.units import Unit


class WandbTarget(Target):
    """Delivers sessions to W&B."""

    jobs: int = 4
    mapping: ClassVar[str] = "1"

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self._sdk = Sdk(settings)
        self._turn = threading.Lock()  # of the threads, so that the server is asked once who we are

    @property
    def address(self) -> str:
        """The server's address, or the directory's; a user or team that was named is part of it."""
        if self._settings.directory:
            return self._settings.directory.as_uri()
        return f"{self._settings.url}/{self._settings.entity}" if self._settings.entity else self._settings.url

    def place(self, unit: Unit) -> str:
        """Give the project a session goes to, with the user or team where the session names one."""
        return "/".join(filter(None, (names.entity(unit, self._settings), names.project(unit, self._settings))))

    def plan(self, unit: Unit) -> list[Step]:
        """Name the steps of a session; see `lctrack_uploaders.contract.Target`."""
        return list(plan.offline(unit) if self._settings.directory else plan.steps(unit))

    def open(self, unit: Unit) -> Delivery:
        """Find the run of a session by its id; it is made by the first step."""
        self._need_extra()
        entity = names.entity(unit, self._settings)
        if self._settings.directory:
            return directory.DirectoryDelivery(self._sdk, self._settings, entity, unit)
        with self._turn:
            entity = entity or self._own_entity
        return WandbDelivery(self._sdk, self._server, self._settings, entity, unit)

    def check(self) -> str:
        """Ask the server who we are, or whether the directory can be written, and write nothing."""
        if self._settings.directory:
            return files.check(self._settings.directory)
        with self._turn:
            return f"{self.address} answers (as {self._own_entity})"

    def hint(self) -> str:
        """Give the address to look at, or the command that takes the directories to a server."""
        if self._settings.directory:
            return f"cd {quote(str(self._settings.directory))} && wandb sync ."
        return f"see {self._settings.app}/{self._settings.entity or ''}".rstrip("/")

    def close(self) -> None:
        """End the SDK's service process, and leave nothing of it behind."""
        self._sdk.close()

    @cached_property
    def _server(self) -> Server:
        return Server(self._settings)

    @cached_property
    def _own_entity(self) -> str:
        viewer = self._server.viewer()
        found = viewer.get("entity") or viewer.get("username")
        if not found:
            raise RefusedError("W&B's key has no user or team of its own: name one with --wandb-entity.")
        return str(found)

    def _need_extra(self) -> None:
        found = find_spec("wandb")
        # A directory that is called so, as W&B makes them, looks like a package too.
        if found is None or found.origin is None:
            raise MissingExtraError(
                'The target wandb needs a package that is not installed: pip install "lctrack-uploaders[wandb]".'
            )
