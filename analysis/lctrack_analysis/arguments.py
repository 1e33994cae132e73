"""The arguments of `lctrack-analyze` that choose a part of the logs, and those that ask everyday questions.

They are declared here, where nothing is imported that the command's help would have to wait for.
"""

import argparse
from typing import Any

__all__ = ["add_filters", "filters"]

FILTERS = ("project", "session", "name", "tag", "since", "until")


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
    return {name: getattr(options, name) for name in FILTERS}
