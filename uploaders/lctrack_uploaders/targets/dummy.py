"""A tracker that is a directory, and fails as often as it is told to: for tests, trials and rehearsals.

Each session is a directory, each step a file in it, put there whole. Faults are drawn for each call, so that a test of
the engine meets what networks do: a request that never arrived, an answer that was lost though the request arrived, a
destination that is down, a session that is refused.
"""

import argparse
import hashlib
import json
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NoReturn

from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import RefusedError, TerminalError, TransientError, UnreachableError, UsageError

if TYPE_CHECKING:  # a unit brings polars along, which `--help` need not wait for
    from lctrack_uploaders.units import Unit

SECRETS = ("LCTRACK_DUMMY_TOKEN",)
VARIABLES: Mapping[str, str] = {}
FAULTS = ("transient", "lost", "terminal", "down", "refused", "delay")
_END = "end"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A directory, and the probability of each fault."""

    directory: Path
    faults: Mapping[str, float] = field(default_factory=dict)
    """`transient`: the request does not arrive; `lost`: it arrives, its answer does not; `terminal`: the session is
    refused; `down`: nothing answers; `refused`: nobody is let in; `delay`: seconds that each request takes."""
    token: str | None = field(default=None, repr=False)
    """A credential that is good for nothing but to be kept secret; `wrong` is refused."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this target; see `lctrack_uploaders.contract.TargetModule`."""
    group = parser.add_argument_group("dummy", "a directory that stands for a tracker, for trials")
    group.add_argument("--dummy-directory", metavar="DIR", help="where to; default: dummy in the state directory")
    group.add_argument(
        "--dummy-faults",
        metavar="NAME=P,…",
        help=f"probability of each fault ({', '.join(FAULTS)}), such as transient=0.1,lost=0.1",
    )


def create(options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:
    """Make the target; see `lctrack_uploaders.contract.TargetModule`."""
    directory = Path(options.dummy_directory).absolute() if options.dummy_directory else state / "dummy"
    return DummyTarget(Configuration(directory, _faults(options.dummy_faults or ""), environ.get(SECRETS[0])))


class DummyTarget(Target):
    """Delivers sessions to a directory."""

    jobs: int = 8
    mapping: ClassVar[str] = "1"

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings

    @property
    def address(self) -> str:
        """The directory, as an address."""
        return self._settings.directory.as_uri()

    def place(self, unit: "Unit") -> str:
        """Give the name of the project's directory."""
        return unit.labels.get("project") or "lctrack"

    def is_blank(self) -> bool:
        """Tell whether there is no directory yet."""
        return not self._settings.directory.exists()

    def plan(self, unit: "Unit") -> list[Step]:
        """Name a step for each table, and one for the end."""
        tables = [
            Step(f"tables/{name}", unit.digest_of(name), f"{frame.height} rows", frame.write_ndjson())
            for name, frame in unit.tables.items()
        ]
        return [*tables, Step(_END, unit.digest, "end", json.dumps({"name": unit.name, "digest": unit.digest}) + "\n")]

    def open(self, unit: "Unit") -> Delivery:
        """Find or make the session's directory."""
        self._meet("open")
        name = hashlib.blake2b(f"{self.place(unit)}/{unit.session_id}".encode(), digest_size=12).hexdigest()
        directory = self._settings.directory / name
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _DummyDelivery(self, directory)

    def check(self) -> str:
        """Tell whether the directory can be written."""
        self._meet("check")
        parent = next(path for path in (self._settings.directory, *self._settings.directory.parents) if path.exists())
        if not os.access(parent, os.W_OK):
            raise RefusedError(f"{parent} cannot be written.")
        return f"{self.address} can be written"

    def hint(self) -> str:
        """Give the command that lists what arrived."""
        return f"ls {self._settings.directory}"

    def _meet(self, what: str, *, after: bool = False) -> None:
        """Fail, if the dice say so."""
        if not after:
            time.sleep(self._settings.faults.get("delay", 0))
            if self._settings.token == "wrong":  # noqa: S105  # its purpose
                _refuse()
        for name in ("lost",) if after else ("transient", "terminal", "down", "refused"):
            if random.random() < self._settings.faults.get(name, 0):  # noqa: S311  # a fault, not a secret
                raise _ERRORS[name](f"The dummy was told to fail: {name} at {what}.")


class _DummyDelivery(Delivery):
    """The delivery of one session to its directory."""

    def __init__(self, target: DummyTarget, directory: Path) -> None:
        self._target = target
        self._directory = directory
        self._sent: dict[str, str] = {}

    @property
    def remote_id(self) -> str:
        """The directory's name."""
        return self._directory.name

    def do(self, step: Step) -> None:
        """Put a step's content into its file, in place of what was there."""
        self._target._meet(step.name)  # noqa: SLF001  # the other half of this file
        file = self._directory / f"{step.name.replace('/', '-')}.jsonl"
        temporary = file.with_suffix(".tmp")
        temporary.write_text(step.content, encoding="utf-8")
        temporary.replace(file)
        self._sent[file.name] = step.content
        self._target._meet(step.name, after=True)  # noqa: SLF001  # likewise

    def verify(self) -> None:
        """Compare the files with what was sent."""
        for name, content in self._sent.items():
            if (self._directory / name).read_text(encoding="utf-8") != content:
                raise TransientError(f"The dummy's file {name} does not read back as it was written.")


_ERRORS = {
    "transient": TransientError,
    "lost": TransientError,
    "terminal": TerminalError,
    "down": UnreachableError,
    "refused": RefusedError,
}


def _refuse() -> NoReturn:
    raise RefusedError(f"The dummy does not let us in: check {SECRETS[0]}.")


def _faults(text: str) -> dict[str, float]:
    found = {}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            found[name.strip()] = -1.0
    if set(found) - set(FAULTS) or not all(value >= 0 for value in found.values()):
        raise UsageError(f"--dummy-faults must be such as transient=0.1, with names from {', '.join(FAULTS)}.")
    return found
