"""What is to be run, and how often."""

from dataclasses import dataclass
from pathlib import Path

NAME = "lctrack-upload"


@dataclass(frozen=True, slots=True)
class Job:
    """A command that is repeated."""

    command: tuple[str, ...]
    directory: Path
    """Where it runs; configuration files are looked for there."""
    state: Path
    """The directory it writes: ledger, lock and cache."""
    seconds: int
