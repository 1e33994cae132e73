"""`lctrack tail`: the last events, and those that come."""

import argparse
import heapq
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from lctrack._sealed import SEALED, SealError
from lctrack.command.errors import Exit, NoLogsError, UsageError
from lctrack.command.follow import Followed, Seen
from lctrack.command.output import note, write
from lctrack.command.segments import find_segments

__all__ = ["DOES", "add_arguments", "run"]

DOES = "show the last events, one a line (times are UTC)"

_PAUSE_S = 0.2
_MOST_SHOWN = 100_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("logs", nargs="+", metavar="LOGS", help="log files, directories of them, or patterns")
    parser.add_argument("-n", "--lines", type=_count, default=10, metavar="N", help="how many (default: 10)")
    parser.add_argument(
        "-f",
        "--follow",
        action="store_true",
        help="go on with the events that come, in new segments too; Ctrl-C ends it",
    )


def run(options: argparse.Namespace) -> Exit:
    """Do it."""
    view = _View(options.logs)
    try:
        view.show_last(options.lines, wait=options.follow)
        while options.follow:
            time.sleep(_PAUSE_S)
            view.show_new()
    except KeyboardInterrupt:
        if not options.follow:
            raise
    return Exit.PARTLY if view.failed else Exit.DONE


class _View:
    """What is seen of some logs: which segments there are, and how far each was shown."""

    def __init__(self, logs: list[str]) -> None:
        self._logs = logs
        self._followed: dict[Path, Followed] = {}
        self.failed = False

    def show_last(self, count: int, *, wait: bool) -> None:
        try:
            segments = find_segments(self._logs)
        except NoLogsError as error:
            if not wait:
                raise
            note(f"lctrack tail: {error}; waiting")
            return
        followed = sorted(map(Followed, segments), key=lambda each: each.newest, reverse=True)
        last: list[Seen] = []
        for each in followed:
            self._followed[each.sealed_path] = each
            if count == 0 or (len(last) == count and each.newest < last[-1].time):
                each.skip()
            else:
                last = heapq.nlargest(count, (seen for part in (last, self._read(each)) for seen in part), key=_when)
        self._print(sorted(last, key=_when))

    def show_new(self) -> None:
        try:
            segments = find_segments(self._logs)
        except (NoLogsError, UsageError, FileNotFoundError):  # gone, or going: there may be new ones
            segments = []
        for segment in segments:
            key = segment.path.with_suffix(SEALED)
            if key not in self._followed:
                self._followed[key] = Followed(segment)
        new = [seen for each in self._followed.values() if each.has_grown() for seen in self._read(each)]
        self._print(sorted(new, key=_when))

    def _read(self, followed: Followed) -> Iterator[Seen]:
        try:
            yield from followed.read()
        except FileNotFoundError:
            return  # removed while we looked
        except SealError as error:
            note(f"lctrack tail: {error}")
            self.failed = True

    @staticmethod
    def _print(lines: list[Seen]) -> None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        for line in lines:
            text = line.text
            write(text if width is None or len(text) <= width else f"{text[: width - 1]}…")
        sys.stdout.flush()


def _when(seen: Seen) -> int:
    return seen.time


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_SHOWN:
        raise argparse.ArgumentTypeError(f"{text} is no number of events from 0 to {_MOST_SHOWN}")
    return int(text)
