"""What a run of the command tells: lines for people, or one JSON object for programs."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TextIO

from lctrack_uploaders.delivery import Outcome, State
from lctrack_uploaders.destinations import Named

_WORDS: dict[State, str] = {
    "delivered": "delivered",
    "pending": "to deliver",
    "unchanged": "unchanged",
    "recording": "still being recorded",
    "left": "left for the next run",
    "failed": "not delivered",
}


def printable(text: str) -> str:
    """Make a recorded text safe for a terminal: control and direction characters are shown, not obeyed.

    Args:
        text: Any text.

    Returns:
        The text on one line.
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def line(outcome: Outcome) -> str:
    """Tell what became of one session.

    Args:
        outcome: What became of it.

    Returns:
        One line; failures are told on standard error instead.
    """
    name = outcome.name if outcome.name == outcome.session_id else f"{outcome.name} ({outcome.session_id})"
    traces = f"{outcome.traces} trace{'' if outcome.traces == 1 else 's'}"
    what = {
        "delivered": f"run {outcome.remote_id}, {traces}",
        "unchanged": f"unchanged, run {outcome.remote_id}",
        "pending": f"to be delivered to {outcome.place}, {traces}",
        "recording": "still being recorded",
        "left": "left for the next run",
        "failed": "not delivered",
    }
    return printable(f"{name}: {what[outcome.state]}")


def total(outcomes: Sequence[Outcome]) -> str:
    """Sum up.

    Args:
        outcomes: What became of every session.

    Returns:
        One line.
    """
    count = Counter(outcome.state for outcome in outcomes)
    if set(count) <= {"unchanged"}:
        return nothing_new(count["unchanged"]) if outcomes else "nothing to deliver: no sessions"
    return ", ".join(f"{count[state]} {word}" for state, word in _WORDS.items() if count[state])


def nothing_new(count: int) -> str:
    """Say that all sessions were delivered before."""
    return f"nothing new: {count} delivered before"


def write_json(outcomes: Sequence[Outcome], named: Named, stream: TextIO) -> None:
    """Write everything as one JSON object on one line.

    Args:
        outcomes: What became of every session.
        named: Where to.
        stream: Where to write.
    """
    count = Counter(outcome.state for outcome in outcomes)
    counts: dict[str, int] = {state: count[state] for state in _WORDS}
    report = {
        "target": named.name,
        "kind": named.kind,
        "address": named.target.address,
        **counts,
        "sessions": [asdict(outcome) for outcome in outcomes],
        "next": named.target.hint(),
    }
    stream.write(json.dumps(report) + "\n")
    stream.flush()
