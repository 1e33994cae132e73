"""The delivery of one session to a directory, as a file for `Task.import_offline_session`."""

import os
from pathlib import Path

from lctrack_uploaders.contract import Delivery, Step
from lctrack_uploaders.errors import LostError, RefusedError
from lctrack_uploaders.targets.clearml import bundle, delivery, names
from lctrack_uploaders.targets.clearml.configuration import Configuration
from lctrack_uploaders.units import Unit


class DirectoryDelivery(Delivery):
    """The delivery of one session to a directory. What grew replaces what lies there."""

    def __init__(self, directory: Path, settings: Configuration, unit: Unit) -> None:
        self._directory = directory
        self._settings = settings
        self._unit = unit
        self._key = names.key(unit.session_id)

    @property
    def remote_id(self) -> str:
        """The tag that its task will have."""
        return names.tag(self._unit.session_id)

    def do(self, step: Step) -> None:
        """Write the file, or remove those of the session as it was."""
        file = self._directory / f"{self._key}-{step.content[:12]}.zip"
        try:
            if step.name == delivery.TASK:
                self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
                temporary = file.with_suffix(".tmp")
                bundle.write(temporary, self._unit, self._settings, step.content)
                with temporary.open("rb") as written:
                    os.fsync(written.fileno())
                temporary.replace(file)
            else:
                for other in self._directory.glob(f"{self._key}-*"):
                    if other != file:
                        other.unlink()
        except OSError as error:
            raise RefusedError(f"{self._directory} cannot be written ({error.strerror}).") from error

    def verify(self) -> None:
        """See that the directory is there; its files may have been carried away."""
        if not self._directory.is_dir():
            raise LostError(f"{self._directory} is not there: try again.")
