"""The command `lctrack-analyze`."""

import argparse
import io
import math
import os
import shlex
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from lctrack_analysis.arguments import VIEWS, add_filters, add_questions, asked, check_asked, filters
from lctrack_analysis.errors import AnalysisError, UsageError
from lctrack_analysis.formats import FORMATS, MAX_ROWS, MOST_DRAWN, PROMPT, TIMEOUT
from lctrack_analysis.text import visible

if TYPE_CHECKING:
    from rich.console import Console

    from lctrack_analysis.logs import Logs

__all__ = ["main"]

PROBLEMS_FOUND = 4
"""Exit code under `--strict` when lines could not be used."""


class _Parser(argparse.ArgumentParser):
    """Reports wrong usage in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(UsageError.exit_code, f"{self.prog}: {message}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """Make the parser of the command's arguments."""
    made = _Parser(
        prog="lctrack-analyze",
        description="Rebuild the sessions in lctrack's log files: a summary, everyday questions, tables, SQL.",
        epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 4 problems found under --strict.",
    )
    made.add_argument("logs", nargs="*", metavar="LOGS", help="log files, directories of them, or patterns")
    made.add_argument(
        "--sql",
        nargs="?",
        const=PROMPT,
        metavar="QUERY",
        help="answer a SQL query over the tables; without QUERY, open a prompt (or read queries from a pipe)",
    )
    made.add_argument(
        "-f", "--file", metavar="FILE", help="answer the SQL queries in FILE; - reads them from standard input"
    )
    made.add_argument(
        "--timeout",
        type=_seconds,
        default=TIMEOUT,
        metavar="SECONDS",
        help=f"how long each query may take, 0 for any time (default: {TIMEOUT:g})",
    )
    made.add_argument("--table", metavar="NAME", help="print one of the tables whole, for example runs")
    made.add_argument("--format", choices=FORMATS, help="how rows are written (default: table)")
    made.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="write the rows into FILE instead of printing them; {n} in its name is the number of the query",
    )
    made.add_argument(
        "--max-rows",
        type=int,
        default=MAX_ROWS,
        metavar="N",
        help=f"how many rows of a table a terminal is shown, 0 for all (default: {MAX_ROWS})",
    )
    made.add_argument(
        "--raw-csv", action="store_true", help="write CSV cells as they are, also those a spreadsheet runs"
    )
    made.add_argument("--strict", action="store_true", help="exit with 4 when lines of the logs could not be used")
    made.add_argument(
        "--lang",
        metavar="LANG",
        help="language of the generated texts, for their complexity, where a session names none (default: en_US)",
    )
    made.add_argument(
        "--cache",
        metavar="DIR",
        help="keep what was read and measured in DIR for the next time (default: .lctrack/cache beside the logs)",
    )
    made.add_argument("--no-cache", action="store_true", help="read and measure everything anew, and keep nothing")
    made.add_argument(
        "--memory-limit",
        metavar="SIZE",
        help="memory the tables may take, such as 500MB; more goes to disk (default: 2GB)",
    )
    made.add_argument(
        "--prices",
        metavar="FILE",
        help="prices of your own, as CSV: model,input,output in US dollars per million tokens (see docs/cost.md)",
    )
    made.add_argument(
        "--spacy-model",
        metavar="MODEL",
        help="count tokens, entities and parts of speech with this spaCy model: a package or a folder"
        " (default with --visualize: en_core_web_sm)",
    )
    made.add_argument(
        "--visualize",
        nargs="?",
        const=True,
        metavar="DIR",
        help="draw dependencies and entities of each distinct generated text, as HTML files in DIR (default:"
        " .lctrack/pictures beside the logs)",
    )
    made.add_argument(
        "--visualize-max", type=_count, metavar="N", help=f"draw no more than N distinct texts (default: {MOST_DRAWN})"
    )
    made.add_argument("--doctor", action="store_true", help="tell what is installed, and what to bring for what is not")
    add_filters(made)
    add_questions(made)
    made.add_argument("--version", action="version", version=f"%(prog)s {_version()}")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: What follows its name; by default the process's own.

    Returns:
        The exit code.
    """
    options = parser().parse_args(arguments)
    _make_lenient()
    try:
        code = _run(options)
        sys.stdout.flush()
    except AnalysisError as error:
        _say(str(error))
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has what it wants
        _abandon_stdout()
        return 0
    except OSError as error:  # files and directories that were named are UsageErrors
        _abandon_stdout()
        _say(f"the output cannot be written: {error.strerror or error}")
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  # no traceback reaches a user who did not ask for it
        return _unexpected(error)
    return code


def _unexpected(error: Exception) -> int:
    if str(error) == "Query interrupted":  # what DuckDB makes of Ctrl-C while the tables are made
        return 130
    if os.environ.get("LCTRACK_DEBUG"):
        traceback.print_exc()
    if type(error).__name__ == "OutOfMemoryException":  # of DuckDB, which need not be loaded here
        _say("this takes more memory than it may: allow more, such as --memory-limit 8GB")
        return 1
    _say(f"internal error, {type(error).__name__}: {error}; LCTRACK_DEBUG=1 shows where")
    return 1


def _run(options: argparse.Namespace) -> int:
    if options.doctor:
        return _examine(options)
    _check(options)
    from lctrack_analysis.complexity import DEFAULT  # noqa: PLC0415  # likewise
    from lctrack_analysis.logs import load  # noqa: PLC0415  # polars and DuckDB take their time: not for --help

    if options.report:
        from lctrack_analysis.report.command import check_report  # noqa: PLC0415  # likewise

        check_report(options)
    logs = load(
        options.logs,
        lang=options.lang or DEFAULT,
        cache=options.cache or not options.no_cache,
        memory_limit=options.memory_limit,
        prices=options.prices,
        spacy_model=options.spacy_model,
        visualize=options.visualize or False,
        visualize_max=MOST_DRAWN if options.visualize_max is None else options.visualize_max,
        **filters(options),
    )
    if options.visualize:
        from lctrack_analysis.pictures.report import sentences  # noqa: PLC0415  # likewise

        for sentence in sentences(logs.draw()):
            _say(sentence)
    if (question := asked(options)) in VIEWS:
        from lctrack_analysis.trace.command import print_trace  # noqa: PLC0415  # likewise

        print_trace(logs, getattr(options, str(question)), str(question), _console())
    elif question == "report":
        from lctrack_analysis.report.command import make_report  # noqa: PLC0415  # likewise

        _say(make_report(logs, options))
    elif question is not None:
        from lctrack_analysis.rows import print_rows  # noqa: PLC0415  # likewise

        logs.give_up = _give_up
        print_rows(logs, options, _say)
    else:
        from lctrack_analysis.summary import print_summary  # noqa: PLC0415  # likewise

        print_summary(logs, shlex.join(options.logs), _console())
    if logs.problems.is_empty():
        return 0
    _report_problems(logs, options)
    return PROBLEMS_FOUND if options.strict else 0


def _examine(options: argparse.Namespace) -> int:
    from lctrack_analysis.doctor import findings, report  # noqa: PLC0415  # likewise

    found = findings(options.spacy_model)
    print(report(found))
    return int(any(finding.needed and not finding.here for finding in found))


def _check(options: argparse.Namespace) -> None:
    from lctrack_analysis.nearest import check_table  # noqa: PLC0415  # likewise

    if not options.logs and isinstance(options.visualize, str):
        raise UsageError(f"{options.visualize} was taken for the directory of --visualize: put LOGS first")
    if not options.logs:
        raise UsageError("the following arguments are required: LOGS; see lctrack-analyze --help")
    if options.visualize_max is not None and not options.visualize:
        raise UsageError("--visualize-max says how many texts --visualize draws: add that")
    if options.cache and options.no_cache:
        raise UsageError("--cache and --no-cache exclude each other")
    check_asked(options)
    if asked(options) is None and (options.format or options.output):
        raise UsageError("--format and --output say how rows are written: name some with --table or --sql")
    if options.table is not None:
        check_table(options.table)
    if options.format == "parquet" and not options.output:
        raise UsageError("--format parquet needs a file to write: add -o FILE")


def _seconds(text: str) -> float | None:
    """Read a number of seconds; 0 is any time."""
    seconds = float(text)
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds")
    return seconds or None


def _give_up(sentence: str) -> NoReturn:
    """End the process where a query cannot be stopped: nothing else ends it."""
    _say(sentence)
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(1)


def _report_problems(logs: "Logs", options: argparse.Namespace) -> None:
    """Mention problems beside rows; the summary has shown them."""
    if asked(options) is None:
        return
    count = logs.problems.height
    lines = "1 line" if count == 1 else f"{count} lines"
    _say(f"{lines} could not be used: --table problems lists them")


def _say(sentence: str) -> None:
    """Tell the user something that is not data; it may quote text from the logs."""
    print(f"lctrack-analyze: {visible(sentence)}", file=sys.stderr)


def _make_lenient() -> None:
    """Let no encoding stand between us and the user: neither a terminal's that lacks characters nor a wrong one."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")


def _abandon_stdout() -> None:
    """Keep the interpreter from failing again on what is still to be written to standard output."""
    with suppress(OSError, ValueError):  # in a program that put something else in its place
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _console() -> "Console":
    from lctrack_analysis.render import console_for  # noqa: PLC0415  # likewise

    return console_for(sys.stdout)


def _count(text: str) -> int:
    """Read an option that is a whole number."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number, such as {MOST_DRAWN}")
    return int(text)


def _version() -> str:
    from lctrack_analysis import __version__  # noqa: PLC0415  # likewise

    return __version__


if __name__ == "__main__":
    sys.exit(main())
