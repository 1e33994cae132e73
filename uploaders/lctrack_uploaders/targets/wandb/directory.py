"""The delivery of one session to a directory, as a run directory for `wandb sync`.

W&B's own offline directories leave the files of artifacts elsewhere on the machine, and name them by absolute paths.
Here they are in the run directory, and named by where that lies: `cd DIR && wandb sync .`, on any machine.

`wandb sync` appends: of two run directories of one session it sends both. So a session that grew gets a second run
directory with what is new in its history (configuration, tables and totals whole, which replace what was there), and
what was ever written is noted below `.lctrack`, which stays when run directories are carried away.
"""

import json
import os
import shutil
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from lctrack_uploaders.contract import Delivery, Step
from lctrack_uploaders.errors import LostError, RefusedError, TerminalError, TransientError, UploadError
from lctrack_uploaders.targets.wandb import datastore, names, plan, writing
from lctrack_uploaders.targets.wandb.configuration import Configuration
from lctrack_uploaders.targets.wandb.sdk import Sdk
from lctrack_uploaders.units import Unit

NOTES = ".lctrack"
"""Below the directory: what was written of each session, and what is being made."""
_WRITTEN_AFTER = 60.0
"""Seconds in which the SDK's service writes its file."""
NOTE = "lctrack.json"
"""In a run directory: the digest of the session it was made from, and the marks of its rows of history."""


class DirectoryDelivery(Delivery):
    """The delivery of one session to a directory."""

    def __init__(self, sdk: Sdk, settings: Configuration, entity: str | None, unit: Unit) -> None:
        assert settings.directory is not None  # noqa: S101  # the target sees to it
        self._sdk = sdk
        self._entity = entity
        self._unit = unit
        self._directory = settings.directory
        self._run_id = names.run_id(unit.session_id)
        self._note = self._directory / NOTES / f"{self._run_id}.json"
        self._making = self._directory / NOTES / f"{self._run_id}.making"

    @property
    def remote_id(self) -> str:
        """The run's id, which begins the path that its directories end with."""
        return self._run_id

    def do(self, step: Step) -> None:
        """Make the run directory, or put it into its place."""
        try:
            if step.name == plan.RELEASE:
                self._release(step.content)
            else:
                self._make(step)
        except UploadError:
            raise
        except OSError as error:
            raise RefusedError(f"{self._directory} cannot be written ({error.strerror}).") from error
        except Exception as error:  # whatever an SDK raises must become one sentence
            reason = " ".join(str(error).split())[:300].rstrip(".")
            raise TransientError(f"W&B's client failed ({type(error).__name__}): {reason}; try again later.") from error

    def verify(self) -> None:
        """See that what was released is noted."""
        if not self._known()["digests"]:
            raise LostError(f"The run directory of {self._run_id} is not noted: try again.")

    def _make(self, step: Step) -> None:
        known = self._known()
        if step.digest in known["digests"]:
            return
        shutil.rmtree(self._making, ignore_errors=True)
        self._making.mkdir(mode=0o700, parents=True)
        wandb = self._sdk.load()
        run = self._sdk.begin(self._unit, self._entity, directory=self._making)
        try:
            for inner in step.content:
                if inner.name != plan.RUN:
                    files = self._making / "files" / inner.name
                    writing.artifact(wandb, run, self._unit, inner, files)
            written = writing.fill(wandb, run, self._unit, known["rows"], len(known["rows"]))
        finally:
            writing.finish(run, self._unit)
        made = self._named_apart(_run_directory(self._making))
        _carry_artifacts(made)
        # Logs of the SDK's say where this machine keeps what.
        for name in ("logs", "tmp"):
            shutil.rmtree(made / name, ignore_errors=True)
        note = {"session": self._unit.session_id, "digests": [step.digest], "rows": [row.mark for row in written]}
        (made / NOTE).write_text(json.dumps(note), encoding="utf-8")

    def _named_apart(self, made: Path) -> Path:
        """Give a run directory a name that its place does not have: W&B names them by the second."""
        name = made.name
        while (self._directory / name).exists():
            time.sleep(0.1)
            name = f"offline-run-{datetime.now():%Y%m%d_%H%M%S}-{self._run_id}"  # noqa: DTZ005  # local, as W&B's are
        return made.rename(made.with_name(name))

    def _release(self, digest: str) -> None:
        """Put the run directory into its place, and then note it: in between, the directory itself tells."""
        if digest not in self._known()["digests"]:
            if not self._making.exists():
                raise LostError(f"The run directory of {self._run_id} was not made: try again.")
            made = _run_directory(self._making)
            if json.loads((made / NOTE).read_text(encoding="utf-8"))["digests"] != [digest]:
                raise LostError(f"The run directory of {self._run_id} is not the one that was made: try again.")
            made.replace(self._directory / made.name)
        known = self._known()
        temporary = self._note.with_suffix(".tmp")
        temporary.write_text(json.dumps({key: sorted(values) for key, values in known.items()}), encoding="utf-8")
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(self._note)
        shutil.rmtree(self._making, ignore_errors=True)

    def _known(self) -> Mapping[str, set[str]]:
        """Give what was ever written of the session, as the notes and the directories that are there have it."""
        known: dict[str, set[str]] = {"digests": set(), "rows": set()}
        for path in (self._note, *self._directory.glob(f"offline-run-*-{self._run_id}/{NOTE}")):
            if path.exists():
                found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
                for key, values in known.items():
                    values.update(found[key])
        return known


def _run_directory(making: Path) -> Path:
    found = sorted(making.glob("wandb/offline-run-*"))
    if not found:
        raise TerminalError("W&B's client made no run directory.")
    return found[0]


def _carry_artifacts(made: Path) -> None:
    """Put the files of artifacts into the run directory, and have the run name them by where they are then."""
    (file,) = made.glob("run-*.wandb")
    records = _finished(file)
    for record in records:
        if record.WhichOneof("record_type") == "artifact":
            place = Path("artifacts", record.artifact.name)
            for entry in record.artifact.manifest.contents:
                if entry.local_path:
                    target = made / place / entry.path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(entry.local_path, target)
                    entry.local_path = str(made.name / place / entry.path)
    # Not in place, in case the service still holds the file.
    temporary = file.with_suffix(".tmp")
    datastore.write(temporary, file.read_bytes(), (record.SerializeToString() for record in records))
    temporary.replace(file)


def _finished(file: Path) -> list[Any]:
    """Read the records of a run when the last one is there: the SDK's service writes after the SDK says it has."""
    from wandb.proto import wandb_internal_pb2 as messages  # noqa: PLC0415  # needs the extra `wandb`

    deadline = time.monotonic() + _WRITTEN_AFTER
    while time.monotonic() < deadline:
        records = [messages.Record.FromString(content) for content in datastore.read(file)]
        if records and records[-1].WhichOneof("record_type") == "exit":
            return records
        time.sleep(0.05)
    raise TransientError("W&B's client did not finish its file: try again later.")
