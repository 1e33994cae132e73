"""The shapes that targets and their callers agree on."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:  # a unit brings polars along, which `lctrack-upload --help` need not wait for
    from lctrack_uploaders.units import Unit


Row = Mapping[str, Any]
"""One row of a table by column; times are integers, Unix nanoseconds."""


class Logs(Protocol):
    """The tables, as `lctrack_analysis.load` gives them: an attribute for each."""

    def __getattr__(self, name: str) -> Any:
        """Give a table as a polars frame."""


class Receipt(NamedTuple):
    """What a target says it has stored, after reading it back."""

    remote_id: str
    """The tracker's own id of the run."""
    traces: int
    """How many of the session's traces it holds."""


class Target(Protocol):
    """Delivers sessions to one destination. A new instance has contacted nothing yet."""

    @property
    def address(self) -> str:
        """Where it delivers to, without credentials: part of the ledger's key, and shown to the user."""

    def place(self, unit: "Unit") -> str:
        """Give the experiment or project within the address that a session goes to."""

    def is_blank(self) -> bool:
        """Tell whether the destination certainly holds nothing, which makes the ledger's memory of it void."""

    def deliver(self, unit: "Unit") -> Receipt:
        """Deliver a session, anew or as an update of what the destination has of it, and read it back.

        Args:
            unit: The session.

        Returns:
            What the destination holds now.

        Raises:
            TerminalError: Trying again changes nothing.
            TransientError: It may work later.
        """

    def hint(self) -> str | None:
        """Give the command or address with which to look at what was delivered."""


class TargetModule(Protocol):
    """What a module of `lctrack_uploaders.targets` offers. Importing it imports no tracker's SDK."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the target's options to a parser, in a group of their own."""

    def create(self, options: argparse.Namespace, state: Path, environ: Mapping[str, str]) -> Target:
        """Make the target.

        Args:
            options: The parsed command line.
            state: Directory for what lctrack keeps beside the logs; it may not exist yet.
            environ: Environment variables.

        Returns:
            The target, not connected yet.

        Raises:
            UsageError: If an option cannot be right.
        """
