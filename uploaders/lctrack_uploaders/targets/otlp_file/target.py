"""The target: a directory of files, one for each portion of a session's traces.

A file has one line for each trace, in the order of their starts: so a session that goes on adds lines, and a collector
that has read the file continues where it was. Every file is renamed into place.

Accepted trade-off: where a trace that was written while it ran has ended since, its line changes in place, and a
collector that follows the file by its length misses the change. Sessions are delivered when they have ended.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import ClassVar

from lctrack_uploaders import files
from lctrack_uploaders.attributes import Value
from lctrack_uploaders.contract import Delivery, Step, Target
from lctrack_uploaders.errors import LostError, MissingExtraError, UnreachableError
from lctrack_uploaders.targets.mlflow.batches import batches
from lctrack_uploaders.targets.otlp import plan
from lctrack_uploaders.units import Unit, digest

END = "end"


class OtlpFileTarget(Target):
    """Writes the traces of sessions into a directory."""

    jobs: int = 4
    mapping: ClassVar[str] = "1"

    def __init__(self, directory: Path, resource: Mapping[str, str]) -> None:
        self._directory = directory
        self._resource = resource

    @property
    def address(self) -> str:
        """The directory, as an address."""
        return self._directory.as_uri()

    def place(self, unit: Unit) -> str:
        """Give the name of the service that a session is shown as."""
        return plan.service(unit, self._resource)

    def is_blank(self) -> bool:
        """Tell whether there is no directory yet."""
        return not self._directory.exists()

    def plan(self, unit: Unit) -> list[Step]:
        """Name a step for each file, and one for those that are too many."""
        written = list(plan.steps(unit, self._resource))
        names = tuple(_name(unit, number) for number, _ in enumerate(written, 1))
        return [*written, Step(END, digest(names), f"{len(names)} file{'' if len(names) == 1 else 's'}", names)]

    def open(self, unit: Unit) -> Delivery:
        """Make the directory."""
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self._directory, error) from error
        return OtlpFileDelivery(self._directory, unit, plan.resource(unit, self._resource))

    def check(self) -> str:
        """Tell whether the directory can be written."""
        there = next(path for path in (self._directory, *self._directory.parents) if path.exists())
        if not there.is_dir():
            raise UnreachableError(f"{there} is not a directory: name another with --otlp-file-directory.")
        return f"{self.address} {'is there' if there == self._directory else 'will be made'}"

    def hint(self) -> str:
        """Give the command that lists the files."""
        return f"ls {quote(str(self._directory))}"


class OtlpFileDelivery(Delivery):
    """The delivery of one session to its files."""

    def __init__(self, directory: Path, unit: Unit, resource: Mapping[str, Value]) -> None:
        self._directory = directory
        self._unit = unit
        self._resource = resource
        self._written: dict[str, int] = {}

    @property
    def remote_id(self) -> str:
        """What its files' names begin with."""
        return files.key(self._unit.session_id)

    def do(self, step: Step) -> None:
        """Write a file in place of what was there, or remove those of an earlier delivery that had more."""
        try:
            if step.name == END:
                self._remove_all_but(step.content)
                return
            name = _name(self._unit, int(step.name.rpartition("/")[2]))
            content = self._lines(step.content)
            files.put(self._directory / name, content)
            self._written[name] = len(content)
        except OSError as error:
            raise _unwritable(self._directory, error) from error

    def verify(self) -> None:
        """See that every file is there, and those written now have their length."""
        for number, _ in enumerate(batches(self._unit), 1):
            name = _name(self._unit, number)
            path = self._directory / name
            if not path.is_file() or path.stat().st_size != self._written.get(name, path.stat().st_size):
                raise LostError(f"The file {path} does not read back as it was written: try again.")

    def _lines(self, content: plan.Content) -> bytes:
        try:
            from lctrack_uploaders import otlp  # noqa: PLC0415  # needs the extra
            from lctrack_uploaders.targets.otlp.encoding import messages  # noqa: PLC0415  # likewise
        except ImportError as error:
            raise MissingExtraError(
                f"The target otlp-file needs packages that are not installed ({error}): "
                'pip install "lctrack-uploaders[otlp]".'
            ) from error
        lines = (otlp.as_json(otlp.request(messages(trace), self._resource)) for trace in content)
        return "".join(f"{line}\n" for line in lines).encode()

    def _remove_all_but(self, names: tuple[str, ...]) -> None:
        ours = re.compile(rf"{re.escape(self.remote_id)}-\d+\.jsonl")
        for path in self._directory.iterdir():
            if ours.fullmatch(path.name) and path.name not in names:
                path.unlink()


def _name(unit: Unit, number: int) -> str:
    return f"{files.key(unit.session_id)}-{number:04}.jsonl"


def _unwritable(directory: Path, error: OSError) -> UnreachableError:
    return UnreachableError(
        f"{directory} cannot be written ({error.strerror}): make room, or name another with --otlp-file-directory."
    )
