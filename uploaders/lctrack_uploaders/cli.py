"""The command `lctrack-upload`.

Only what the command line itself needs is imported here, so that `--help` and a wrong option answer at once.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from lctrack_uploaders import destinations, options, registry, settings
from lctrack_uploaders.errors import UploadError, UsageError
from lctrack_uploaders.secrets import Redactor

_INTERRUPTED = 130
"""What a shell calls a command that Ctrl-C ended."""


class _Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence, not with the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def parser(kinds: Iterable[str] = ()) -> argparse.ArgumentParser:
    """Make the parser of the command line.

    Args:
        kinds: Kinds of target that other packages announce, whose options are wanted; those that come with this
            package are always there.

    Returns:
        The parser.
    """
    made = _Parser(
        prog="lctrack-upload",
        description="Hand recorded sessions to experiment trackers. What they have already is not sent again.",
        epilog="Options may also stand in lctrack.toml, pyproject.toml or the environment: docs/delivery.md. "
        "Exit codes: 0 all delivered, 1 none, 2 wrong usage, 3 some.",
        allow_abbrev=False,
    )
    options.add(made)
    for kind in sorted({*registry.BUILT_IN, *kinds}):
        try:
            registry.target_module(kind).add_arguments(made)
        except argparse.ArgumentError as error:
            raise UsageError(f"The target {kind!r} cannot be used here: {error}.") from error
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: The command line without the command's name; by default, that of the process.

    Returns:
        Exit code.
    """
    redactor = Redactor()
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments), redactor)
    except UploadError as error:
        return _fail(redactor(str(error)), error.exit_code)
    except KeyboardInterrupt:
        return _fail("Interrupted: run the same command again to deliver the rest.", _INTERRUPTED)
    except BrokenPipeError:
        # Keep the interpreter from failing on it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _fail("Nobody reads the output any more: run the same command again to deliver the rest.", 1)
    except Exception as error:  # noqa: BLE001  # no traceback reaches a user who did not ask for it
        if os.environ.get("LCTRACK_DEBUG"):
            traceback.print_exc()
        told = redactor(f"{type(error).__name__}: {error}")
        return _fail(f"internal error, {told}; LCTRACK_DEBUG=1 shows where", 1)


def _run(arguments: list[str], redactor: Redactor) -> int:
    first = _first_look(arguments)
    written = settings.read_files(Path.cwd(), first.config)
    announced = [kind for kind in registry.kinds() if kind not in registry.BUILT_IN]
    wanted = {settings.kind_of(name, written) for name in (*_names(first.to), *written.targets)}
    made = parser(kind for kind in announced if kind in wanted)

    only_command = argparse.ArgumentParser(add_help=False)
    options.add(only_command)
    actions = settings.defaults_apart(only_command)
    settings.unknown(written.options, list(actions), "upload")
    settings.defaults_apart(made)
    flags = vars(made.parse_args(arguments))
    chosen = settings.layered(actions, flags, os.environ, written.options)
    chosen.to, chosen.logs = _names(chosen.to), chosen.logs or []
    if not chosen.to and not chosen.status:
        made.error("the following arguments are required: --to")
    if not chosen.logs and not chosen.check:
        made.error("the following arguments are required: LOGS")
    destinations.kinds_of(chosen.to, written)
    sources = destinations.Sources(flags, os.environ, written, redactor)

    from lctrack_analysis import AnalysisError  # noqa: PLC0415  # polars and DuckDB take their time: not for --help
    from lctrack_uploaders import command  # noqa: PLC0415  # likewise

    try:
        return command.run(chosen, sources, arguments)
    except AnalysisError as error:
        return _fail(str(error), error.exit_code)


def _first_look(arguments: list[str]) -> argparse.Namespace:
    """Read what decides which options there are."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--to", action="append")
    first.add_argument("--config", type=Path)
    try:
        return first.parse_known_args(arguments)[0]
    except argparse.ArgumentError:
        # The whole parser will say it better.
        return argparse.Namespace(to=None, config=None)


def _names(given: Iterable[str] | None) -> list[str]:
    return list(dict.fromkeys(name for text in given or () for name in options.names(text)))


def _fail(sentence: str, code: int) -> int:
    print(f"lctrack-upload: {sentence}", file=sys.stderr)  # for the person at the terminal
    return code
