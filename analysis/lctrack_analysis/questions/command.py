"""The questions as options of `lctrack-analyze`."""

import argparse
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lctrack_analysis.arguments import MOST_HITS
from lctrack_analysis.logs import Logs
from lctrack_analysis.query import Result
from lctrack_analysis.questions.compare import compare
from lctrack_analysis.questions.error_groups import error_groups
from lctrack_analysis.questions.export import Export, export
from lctrack_analysis.questions.groups import find_group
from lctrack_analysis.questions.search import search
from lctrack_analysis.questions.slowest import slowest

__all__ = ["Answer", "answer"]


_SHOWN = {
    "errors": {
        "times": "times",
        "type": "type",
        "message": "message",
        "run": "run",
        "last": "last UTC",
        "run_id": "run_id",
    },
    "slowest": {
        "name": "name",
        "kind": "kind",
        "duration_ms": "ms",
        "time_to_first_token_ms": "first ms",
        "total_tokens": "tokens",
        "session": "session",
        "run_id": "run_id",
    },
    "search": {name: name for name in ("score", "part", "session", "snippet", "times", "run_id")},
}
"""Columns that a terminal has room for, and what they are called there; other formats have them all."""


class Answer(NamedTuple):
    """Rows, if there are to be some, and a sentence to go with them."""

    result: Result | None
    sentence: str | None = None

    def for_terminal(self, question: str) -> "Answer":
        """Leave the columns that matter most, the measures that a side has, and the times to the second."""
        if self.result is None:
            return self
        frame = self.result.frame
        if question in _SHOWN:
            frame = frame.select(pl.col(name).alias(shown) for name, shown in _SHOWN[question].items())
        if question == "compare":
            frame = frame.filter(pl.col("a").is_not_null() | pl.col("b").is_not_null())
        times = pl.selectors.datetime().dt.strftime("%m-%d %H:%M:%S")
        return self._replace(result=Result(frame.with_columns(times), frozenset()))


def answer(logs: Logs, question: str, options: argparse.Namespace) -> Answer:
    """Answer a question.

    Args:
        logs: The logs.
        question: The option that asks it.
        options: All of them.

    Returns:
        The answer.

    Raises:
        UsageError: A value of an option is wrong.
        NoMatchError: The logs have nothing of what is asked for.
    """
    if question == "errors":
        found = error_groups(logs)
        return Answer(found, None if found.frame.height else "there is no error in these logs")
    if question == "slowest":
        return Answer(slowest(logs, options.slowest, options.kind))
    if question == "compare":
        return Answer(compare(logs, *options.compare), _sides(logs, *options.compare))
    if question == "search":
        found = search(logs, options.search, options.limit or MOST_HITS)
        return Answer(found, None if found.frame.height else f"nothing holds all of: {options.search}")
    shape, path = options.export
    made = export(logs, Path(path), shape, dedupe=options.dedupe, include_failed=options.include_failed)
    return Answer(None, _told(made, path))


def _sides(logs: Logs, *called: str) -> str:
    groups = [find_group(logs, each) for each in called]
    sides = [
        f"{side} is {each.called} ({_counted(len(each.session_ids), 'session')})"
        for side, each in zip("ab", groups, strict=True)
    ]
    return ", ".join(sides)


def _told(made: Export, path: str) -> str:
    left_out = {
        "failed": made.failed,
        "duplicate": made.duplicates,
        "without text, or with a role that the format does not have": made.untold,
    }
    told = ", ".join(f"{count} {why}" for why, count in left_out.items() if count)
    return f"{_counted(made.written, 'example')} written to {path}" + (f"; left out: {told}" if told else "")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else noun + 's'}"
