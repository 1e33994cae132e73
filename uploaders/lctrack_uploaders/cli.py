"""The command `lctrack-upload`.

Only what the command line itself needs is imported here, so that `--help` and a wrong option answer at once.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from lctrack_uploaders import __version__, registry
from lctrack_uploaders.errors import UploadError

_INTERRUPTED = 130
"""What a shell calls a command that Ctrl-C ended."""


class _Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence, not with the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command line, with the options of every target.

    Returns:
        The parser.
    """
    made = _Parser(
        prog="lctrack-upload",
        description="Hand recorded sessions to an experiment tracker. What it has already is not sent again.",
        epilog="Exit codes: 0 all done, 1 failed (nothing delivered), 2 wrong usage, 3 partly done.",
    )
    made.add_argument("logs", nargs="+", type=Path, metavar="LOGS", help="log directory or log files")
    made.add_argument(
        "--to", required=True, metavar="TARGET", help=f"where to deliver: {', '.join(sorted(registry.BUILT_IN))}"
    )
    made.add_argument("--state", type=Path, metavar="DIR", help="directory of the ledger; default: LOGS/.lctrack")
    made.add_argument("--dry-run", action="store_true", help="tell what would be delivered, and contact nothing")
    made.add_argument("--json", action="store_true", help="print the result as one JSON object")
    made.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    for name in sorted(registry.BUILT_IN):
        registry.target_module(name).add_arguments(made)
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the command's name; by default, that of the process.

    Returns:
        Exit code.
    """
    options = parser().parse_args(arguments)
    try:
        return _run(options)
    except UploadError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("Interrupted: run the same command again to deliver the rest.", _INTERRUPTED)
    except BrokenPipeError:
        # Keep the interpreter from failing on it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fail("Nobody reads the output any more: run the same command again to deliver the rest.", 1)
    except Exception as error:  # noqa: BLE001  # no traceback reaches a user who did not ask for it
        if os.environ.get("LCTRACK_DEBUG"):
            traceback.print_exc()
        return _fail(f"internal error, {type(error).__name__}: {error}; LCTRACK_DEBUG=1 shows where", 1)


def _run(options: argparse.Namespace) -> int:
    module = registry.target_module(options.to)
    from lctrack_analysis import AnalysisError  # noqa: PLC0415  # polars and DuckDB take their time: not for --help
    from lctrack_uploaders import command  # noqa: PLC0415  # likewise

    try:
        return command.run(options, module)
    except AnalysisError as error:
        return _fail(str(error), error.exit_code)


def _fail(sentence: str, code: int) -> int:
    print(f"lctrack-upload: {sentence}", file=sys.stderr)  # for the person at the terminal
    return code
