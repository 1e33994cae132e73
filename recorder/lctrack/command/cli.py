"""The command `lctrack`: one parser, one module for each subcommand."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import lctrack
from lctrack._sealed import SealError
from lctrack.command import bundle, prune, seal, status, tail, unbundle, verify
from lctrack.command.errors import CommandError, Exit
from lctrack.command.output import note

__all__ = ["main", "parser"]

SUBCOMMANDS = {
    "status": status,
    "verify": verify,
    "tail": tail,
    "seal": seal,
    "bundle": bundle,
    "unbundle": unbundle,
    "prune": prune,
}
_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """Reports wrong usage in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(Exit.WRONG_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command's arguments."""
    made = _Parser(
        prog="lctrack",
        description="Look after lctrack's log files.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 partly done, 4 problems found.",
    )
    made.add_argument("--version", action="version", version=f"%(prog)s {lctrack.__version__}")
    subparsers = made.add_subparsers(metavar="COMMAND", required=True)
    for name, module in SUBCOMMANDS.items():
        subparser = subparsers.add_parser(name, help=module.DOES, description=f"{module.DOES.capitalize()}.")
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run, command=f"lctrack {name}")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: What follows its name; by default the process's own.

    Returns:
        The exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # an alphabet that the terminal lacks must not end the command
            stream.reconfigure(errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output has what it wants; keep the interpreter from failing on it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001  # no traceback reaches a user who did not ask for it
        if os.environ.get("LCTRACK_DEBUG"):
            traceback.print_exc()
        note(f"{options.command}: {_sentence(error)}")
        return error.exit_code if isinstance(error, CommandError) else Exit.FAILED
    return code


def _sentence(error: Exception) -> str:
    if isinstance(error, CommandError | SealError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return f"internal error, {type(error).__name__}: {error}; LCTRACK_DEBUG=1 shows where"


if __name__ == "__main__":
    sys.exit(main())
