"""`lctrack prune`: sealed segments that are old go."""

import argparse
import re
import time

from lctrack._sealed import SealError, describe
from lctrack.command.errors import Exit
from lctrack.command.output import date, note, plural, size, visible, write
from lctrack.command.segments import Segment, find_segments

__all__ = ["DOES", "add_arguments", "run"]

DOES = "remove sealed segments whose last event is older than some time; nothing else is ever removed"

_SECONDS = {"m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("logs", nargs="+", metavar="LOGS", help="log files, directories of them, or patterns")
    parser.add_argument(
        "--older-than", required=True, type=_seconds, metavar="AGE", help="a number and a unit: 90m, 12h, 30d, 8w"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")


def run(options: argparse.Namespace) -> Exit:
    """Do it."""
    limit = time.time_ns() - options.older_than * 1_000_000_000
    removed = freed = failed = 0
    for segment in find_segments(options.logs):
        if not segment.sealed:
            continue
        try:
            last = _last_event(segment)
            if last is None or last >= limit:
                continue
            length = segment.path.stat().st_size
            if not options.dry_run:
                segment.path.unlink()
        except (SealError, OSError) as error:
            note(f"lctrack prune: {error}")
            failed += 1
            continue
        what = "would be removed" if options.dry_run else "removed"
        write(visible(f"{segment.name} {what}: last event {date(last)} UTC, {size(length)}"))
        removed += 1
        freed += length
    what = "would be removed" if options.dry_run else "removed"
    note(f"{plural(removed, 'sealed segment')} {what}, {size(freed)}")
    return Exit.DONE if not failed else Exit.PARTLY if removed else Exit.FAILED


def _last_event(segment: Segment) -> int | None:
    sealed = describe(segment.path)
    if sealed is None:
        raise SealError(f"{segment.path} is no sealed segment: it stays")
    last: int | None = sealed.facts["last_ts"]
    return last


def _seconds(text: str) -> int:
    match = re.fullmatch(r"(\d{1,6})([mhdw])", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text} is no age: give a number and a unit, such as 90m, 12h, 30d or 8w")
    return int(match[1]) * _SECONDS[match[2]]
