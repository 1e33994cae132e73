"""`--install-schedule`: makes systemd or cron run this command every so often."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lctrack_uploaders.errors import UsageError
from lctrack_uploaders.schedule import cron, systemd
from lctrack_uploaders.schedule.job import Job

__all__ = ["install"]

_EVERY = 900.0
_NOT_REPEATED = ("--install-schedule", "--every")


def install(options: argparse.Namespace, arguments: Sequence[str], state: Path) -> int:
    """Print the schedule, or with `--yes` install it.

    Args:
        options: The options of the command.
        arguments: The command line, which the schedule repeats.
        state: The state directory, which the job writes.

    Returns:
        Exit code 0.

    Raises:
        UploadError: It cannot be installed, or the interval is none that the scheduler knows.
    """
    if (options.every or _EVERY) < 60:  # noqa: PLR2004  # seconds of a minute
        raise UsageError("--every must be a minute or more for a schedule.")
    job = Job(
        command=(sys.executable, "-m", "lctrack_uploaders", *_repeated(arguments, options.logs)),
        directory=Path.cwd(),
        state=state,
        seconds=int(options.every or _EVERY),
    )
    scheduler = systemd if options.install_schedule == "systemd" else cron
    if options.yes:
        print(scheduler.install(job), flush=True)  # noqa: T201  # the command's result
    else:
        print(scheduler.text(job), flush=True)  # noqa: T201  # likewise
        print("Nothing was written: the same with --yes installs it.", file=sys.stderr)  # noqa: T201  # for a person
    return 0


def _repeated(arguments: Sequence[str], logs: Sequence[Path]) -> list[str]:
    """Give the command line without what belongs to the schedule, with absolute paths of logs."""
    paths = {str(path) for path in logs}
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
        elif argument in _NOT_REPEATED:
            skip = True
        elif argument != "--yes" and not argument.startswith(tuple(f"{name}=" for name in _NOT_REPEATED)):
            kept.append(str(Path(argument).absolute()) if argument in paths else argument)
    return kept
