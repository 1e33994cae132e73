"""The options of `lctrack-upload` that are not a target's.

Nothing heavy is imported here: `--help` must answer at once.
"""

import argparse
import re
from pathlib import Path

from lctrack_uploaders import __version__, registry

SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
"""Seconds of each unit of a span of time."""
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw]?)")


def span(text: str) -> float:
    """Read a span of time.

    Args:
        text: A number and a unit: `90s`, `15m`, `1.5h`, `7d`, `2w`; seconds where there is no unit.

    Returns:
        Seconds.

    Raises:
        ValueError: It is none.
    """
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(text)
    return float(found.group(1)) * SPANS[found.group(2) or "s"]


def names(text: str) -> list[str]:
    """Read names with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options.

    Args:
        parser: The command's parser.
    """
    parser.add_argument("logs", nargs="*", type=Path, metavar="LOGS", help="log directory or log files")
    parser.add_argument(
        "--to",
        action="append",
        metavar="TARGET",
        help=f"where to deliver: {', '.join(registry.kinds())}, or the name of a target in a configuration file; "
        "several with commas or given several times",
    )
    parser.add_argument("--state", type=Path, metavar="DIR", help="directory of the ledger; default: LOGS/.lctrack")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="configuration; default: lctrack.toml, then pyproject.toml, here"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON, one object for each target")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    _add_modes(parser.add_argument_group("instead of delivering"))
    _add_choice(parser.add_argument_group("which sessions"))
    _add_manner(parser.add_argument_group("how"))


def _add_modes(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--dry-run", action="store_true", help="tell what would be delivered, and contact nothing")
    group.add_argument("--check", action="store_true", help="try each target, and write nothing")
    group.add_argument(
        "--status", action="store_true", help="tell when each target last succeeded, and what waits or has failed"
    )
    group.add_argument(
        "--max-age", type=span, metavar="SPAN", help="for --status: how long ago the last success may be, such as 2h"
    )
    group.add_argument(
        "--install-schedule",
        choices=("systemd", "cron"),
        metavar="KIND",
        help="print what makes systemd or cron run this command every --every (default: 15m)",
    )
    group.add_argument("--yes", action="store_true", help="for --install-schedule: install it instead of printing it")


def _add_choice(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--since", metavar="TIME", help="those active since then: 2026-11-20, an ISO time, or 7d")
    group.add_argument("--project", action="append", metavar="NAME", help="those of this project; repeatable")
    group.add_argument("--session", action="append", metavar="ID", help="this one, by id or name; repeatable")
    group.add_argument("--limit", type=_count, metavar="N", help="at most so many for each target")
    group.add_argument(
        "--retry-failed", action="store_true", help="also those that were given up because nothing would change"
    )
    group.add_argument(
        "--idle",
        type=span,
        default=900.0,
        metavar="SPAN",
        help="an open session counts as still being recorded until it had no event for so long; default: 15m",
    )


def _add_manner(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--jobs", type=_count, default=4, metavar="N", help="sessions at the same time; default: 4")
    group.add_argument(
        "--retries", type=_whole, default=4, metavar="N", help="further attempts at what may pass; default: 4"
    )
    group.add_argument(
        "--verify",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="read back what was sent; default: where that is cheap",
    )
    group.add_argument("--every", type=span, metavar="SPAN", help="deliver again and again, such as every 15m")


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
