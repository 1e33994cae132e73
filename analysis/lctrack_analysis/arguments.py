"""The arguments of `lctrack-analyze` that choose a part of the logs, and those that ask everyday questions.

They are declared here, where nothing is imported that the command's help would have to wait for.
"""

import argparse
from typing import Any

from lctrack_analysis.errors import UsageError

__all__ = ["MOST_HITS", "VIEWS", "add_filters", "add_questions", "asked", "check_asked", "filters"]

_FILTERS = ("project", "session", "name", "tag", "since", "until")

_QUESTIONS = ("sql", "file", "table", "errors", "slowest", "compare", "search", "export", "tree", "timeline", "report")
"""What can be asked for, one at a time."""
_MOST_SLOW = 10
MOST_HITS = 20
"""How many hits of a search there are unless told otherwise."""
VIEWS = ("tree", "timeline")
"""Those that show one trace, and give no rows."""
_ONLY_WITH = {
    "kind": "slowest",
    "limit": "search",
    "dedupe": "export",
    "include_failed": "export",
    "single_file": "report",
}
"""Options that mean nothing without another."""


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Add the filters, which are the same wherever they are."""
    group = parser.add_argument_group(
        "filters", "choose the traces that everything is about; a filter given twice takes either value"
    )
    group.add_argument("--project", action="append", metavar="NAME", help="those of sessions with this project")
    group.add_argument(
        "--session", action="append", metavar="ID", help="those of a session: its id, the beginning of it, or its name"
    )
    group.add_argument("--name", action="append", metavar="NAME", help="those whose root run is called so")
    group.add_argument("--tag", action="append", metavar="TAG", help="those whose root run or session has this tag")
    group.add_argument(
        "--since",
        metavar="TIME",
        help="those that started then or later: 2026-11-20, '2026-11-20 14:30 Europe/Berlin', 2h, 7d, today; "
        "UTC unless a zone is stated",
    )
    group.add_argument("--until", metavar="TIME", help="those that started before; a day alone is meant whole")


def filters(options: argparse.Namespace) -> dict[str, Any]:
    """Give the filters as `load` takes them."""
    return {name: getattr(options, name) for name in _FILTERS}


def add_questions(parser: argparse.ArgumentParser) -> None:
    """Add the everyday questions."""
    group = parser.add_argument_group("questions", "one of them; rows honour --format and --output")
    group.add_argument(
        "--errors", action="store_true", help="count errors where they arose, by type and by what they say"
    )
    group.add_argument(
        "--slowest",
        nargs="?",
        type=_count,
        const=_MOST_SLOW,
        metavar="N",
        help=f"list the N runs that took longest (default: {_MOST_SLOW})",
    )
    group.add_argument("--kind", metavar="KIND", help="with --slowest: only runs of this kind, such as chat_model")
    group.add_argument(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="put two sessions or groups of sessions side by side: an id, a name, the beginning of ids, or "
        "project:NAME, name:NAME, group:NAME, tag:NAME",
    )
    group.add_argument(
        "--search", metavar="TEXT", help='find prompts and answers, the best first; word*, "some words" in a row'
    )
    group.add_argument(
        "--limit", type=_count, metavar="N", help=f"with --search: at most N hits (default: {MOST_HITS})"
    )
    group.add_argument(
        "--export",
        nargs=2,
        metavar=("SHAPE", "FILE"),
        help="write a data set of what models answered, one JSON object a line: chat (OpenAI's format) or pairs",
    )
    group.add_argument("--dedupe", action="store_true", help="with --export: leave out what is there already")
    group.add_argument("--include-failed", action="store_true", help="with --export: also what an error cut short")
    called = "its id or that of a run in it, or a beginning of one"
    group.add_argument("--tree", metavar="TRACE", help=f"show the runs of a trace as a tree: {called}")
    group.add_argument("--timeline", metavar="TRACE", help="show when the runs of a trace ran, likewise")
    group.add_argument(
        "--report",
        metavar="DIR",
        help="write a report to look at in a browser, without a server or a network, into DIR",
    )
    group.add_argument("--single-file", action="store_true", help="with --report: write one file of that name instead")


def asked(options: argparse.Namespace) -> str | None:
    """Tell what is asked for; None is the summary.

    Raises:
        UsageError: It is more than one thing.
    """
    given = [name for name in _QUESTIONS if getattr(options, name) not in (None, False)]
    if len(given) > 1 and set(given) <= {"sql", "file", "table"}:
        raise UsageError("--sql, --file and --table exclude each other: a query can read any table")
    if len(given) > 1:
        raise UsageError(f"--{given[0]} and --{given[1]} exclude each other: ask for one at a time")
    return given[0] if given else None


def check_asked(options: argparse.Namespace) -> None:
    """Refuse what does not go together.

    Raises:
        UsageError: Something does not.
    """
    question = asked(options)
    for name, needed in _ONLY_WITH.items():
        if question != needed and getattr(options, name) not in (None, False):
            raise UsageError(f"--{name.replace('_', '-')} goes with --{needed} alone")
    if question == "export" and (options.format or options.output):
        raise UsageError("--export writes its own format into its own file: leave --format and --output out")
    if question == "report" and (options.format or options.output):
        raise UsageError("--report writes pages of its own: leave --format and --output out")
    if question in VIEWS and (options.format or options.output):
        raise UsageError(f"--{question} shows a trace and gives no rows: leave --format and --output out")


def _count(text: str) -> int:
    count = int(text)
    if not 0 < count < 2**31:
        raise ValueError(text)
    return count


_count.__name__ = "number above 0"  # which argparse puts into its sentence
