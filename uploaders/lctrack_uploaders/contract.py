"""What a target promises: the contract between the engine and every destination, built in or somebody else's.

A session is delivered in steps. `Target.plan` names them without contacting anything, each with a digest of what it
would send; the ledger keeps the digests that were acknowledged, and the engine does the others, in their order.
So whatever ends a delivery in the middle, the next one continues it, and a session that grew sends what is new.

What the engine relies on:

- `open` finds the session's run again by something that was derived from the session, or makes it. It never makes a
  second one, also where the ledger is gone.
- When `do` returns, what the step sends is stored. A buffer that is written later belongs into the step.
- A step may be done again at any time, whole, after it was interrupted anywhere: it then replaces what it had sent.
- Errors are those of `lctrack_uploaders.errors`: `TerminalError` (this session, whatever is tried), `TransientError`
  (worth another attempt), `LostError` (what was acknowledged is not there), `UnreachableError` (the destination is
  down), `RefusedError` (it does not let us in).
- No message, address or hint holds a credential.

Accepted trade-off: the engine knows nothing of a tracker's own parallelism. It hands over whole sessions, as many at a
time as `Target.jobs` allows, each in one thread from `open` to `close`.
"""

import abc
import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

if TYPE_CHECKING:  # a unit brings polars along, which `lctrack-upload --help` need not wait for
    from lctrack_uploaders.units import Unit


@dataclass(frozen=True, slots=True)
class Step:
    """One part of a session's delivery that is acknowledged as a whole."""

    name: str
    """Unlike those of the other steps of the session, and the same when the session has grown: `tables/runs`."""
    digest: str
    """Equal as long as the step would send the same; `Unit.digest_of` makes one from the tables that go into it."""
    summary: str
    """What it sends, in a few words for `--dry-run`: `120 rows`."""
    content: Any = field(default=None, compare=False, repr=False)
    """Whatever the target wants to find again in `do`."""


class Delivery(abc.ABC):
    """The delivery of one session, begun: the tracker has a run for it."""

    @property
    @abc.abstractmethod
    def remote_id(self) -> str:
        """The tracker's own id of the run; another one than last time voids what was acknowledged of the session."""

    @abc.abstractmethod
    def do(self, step: Step) -> None:
        """Do a step of the session's plan, and return when it is stored.

        Args:
            step: The step.

        Raises:
            OmittedError: There is nothing to store, and the user should know why; the other steps are done.
            UploadError: It is not stored, or not known to be.
        """

    def verify(self) -> None:  # noqa: B027  # a tracker that cannot be read has nothing to compare
        """Read the session back and compare it with what was sent.

        Raises:
            LostError: Something is missing or different: all steps are done again.
            UploadError: The tracker cannot be read now.
        """

    def close(self) -> None:  # noqa: B027  # most have nothing to release
        """Release what the delivery held, whether it succeeded or not. Nothing is sent any more."""


class Target(abc.ABC):
    """Delivers sessions to one destination. A new instance has contacted nothing yet."""

    jobs: int = 1
    """How many sessions it takes at the same time, in threads."""
    verifies: bool = True
    """Whether sessions are read back unless the user says otherwise: where that is cheap."""
    mapping: ClassVar[str] = "1"
    """Changed when a session becomes something else at this target, so that delivered ones are delivered again."""

    extent: str = ""
    """A word for what is sent beyond the usual, where the user has the choice: sessions delivered without it are
    taken up again for the steps that are missing."""

    @property
    @abc.abstractmethod
    def address(self) -> str:
        """Where it delivers to, without credentials: part of the ledger's key, and shown to the user."""

    @abc.abstractmethod
    def place(self, unit: "Unit") -> str:
        """Give the experiment or project within the address that a session goes to."""

    @abc.abstractmethod
    def plan(self, unit: "Unit") -> Sequence[Step]:
        """Name the steps in which a session is delivered, in their order; contacts nothing.

        Args:
            unit: The session.

        Returns:
            The same steps for the same session, whatever was delivered before.
        """

    @abc.abstractmethod
    def open(self, unit: "Unit") -> Delivery:
        """Find the run of a session, or make it.

        Args:
            unit: The session.

        Returns:
            The delivery; the engine closes it.

        Raises:
            UploadError: There is none and none can be made.
        """

    @abc.abstractmethod
    def check(self) -> str:
        """Try the destination with the credentials there are, and write nothing.

        Returns:
            What was found, as a sentence.

        Raises:
            UploadError: A delivery would fail.
        """

    def is_blank(self) -> bool:
        """Tell whether the destination certainly holds nothing, which makes the ledger's memory of it void."""
        return False

    def hint(self) -> str | None:
        """Give the command or address with which to look at what was delivered."""
        return None

    def close(self) -> None:  # noqa: B027  # most have nothing to release
        """Release what the target held, such as a connection."""


class TargetModule(Protocol):
    """What a module of `lctrack_uploaders.targets`, or an entry point of `lctrack.uploaders`, offers.

    Importing it imports no tracker's SDK.
    """

    SECRETS: Sequence[str]
    """Environment variables that hold its credentials: their values never leave the process but to the tracker."""
    VARIABLES: Mapping[str, str]
    """The tracker's own variables that `create` reads for want of an option, by the option's name (`tracking_uri`)."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the target's options to a parser, in a group of their own. They are the keys of a configuration file."""

    def create(self, options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:
        """Make the target.

        Args:
            options: Its options, with their defaults.
            state: Directory for what lctrack keeps beside the logs; it may not exist yet.
            environ: Environment variables, those meant for this target alone among them.

        Returns:
            The target, not connected yet.

        Raises:
            UsageError: An option cannot be right.
        """
