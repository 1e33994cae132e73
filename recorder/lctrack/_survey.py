"""What a segment says about itself: who wrote it, when, how much, and which sessions began and ended in it."""

import re
from collections.abc import Iterable
from typing import Any

from lctrack._lines import Line, UnsoundLineError, decode

__all__ = ["Survey", "checked_facts", "glance"]

_ENVELOPE = re.compile(rb'\{"seq":\d+,"ts":(\d{1,18}|[1-8]\d{18}),"event":"([a-z_]+)"')
_TOLD = frozenset({b"segment_start", b"segment_end", b"session_start", b"session_end", b"dropped"})
_MOST_TEXT = 200
_DESCRIPTIONS = frozenset({"segment", "format", "host", "pid"})


class Survey:
    """A summary of lines, made as they pass by.

    Accepts: a line that begins as an event and ends whole is taken for one; only those that tell about the recording
    are parsed.

    Attributes:
        facts: The summary, as JSON could hold it: `segment`, `format`, `host`, `pid`, `ended` (whether there is a
            `segment_end`), `events`, `unsound` lines, `dropped` events, `first_ts`, `last_ts`, and `sessions`: what is
            known of each by its id (`name`, `project`, `begun`, `ended`, the times being Unix nanoseconds).
    """

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.facts: dict[str, Any] = {
            "segment": None,
            "format": None,
            "host": None,
            "pid": None,
            "ended": False,
            "events": 0,
            "unsound": 0,
            "dropped": 0,
            "first_ts": None,
            "last_ts": None,
            "sessions": {},
        }
        for line in lines:
            self.add(line)

    def add(self, line: Line) -> None:
        """Take a line into account."""
        seen = glance(line)
        if seen and seen[1] not in _TOLD:
            self._event(seen[0])
            return
        try:
            record = decode(line)
        except UnsoundLineError:
            self.facts["unsound"] += 1
            return
        if record is not None:
            self._event(record["ts"])
            self._tell(record)

    def _event(self, time: int) -> None:
        facts = self.facts
        facts["events"] += 1
        facts["first_ts"] = time if facts["first_ts"] is None else min(time, facts["first_ts"])
        facts["last_ts"] = time if facts["last_ts"] is None else max(time, facts["last_ts"])

    def _tell(self, record: dict[str, Any]) -> None:
        event = record["event"]
        if event == "segment_start":
            self.facts |= {key: _short(record.get(key)) for key in ("segment", "format", "host", "pid")}
        elif event == "segment_end":
            self.facts["ended"] = True
        elif event in ("session_start", "session_end"):
            self._session(record, "begun" if event == "session_start" else "ended")
        elif event == "dropped":
            count = record.get("count")
            self.facts["dropped"] += count if type(count) is int else 1

    def _session(self, record: dict[str, Any], when: str) -> None:
        session_id, labels = record.get("session_id"), record.get("session")
        if isinstance(session_id, str):
            known = self.facts["sessions"].setdefault(session_id[:_MOST_TEXT], {})
            known[when] = record["ts"]
            if isinstance(labels, dict):
                known |= {key: _short(labels[key]) for key in ("name", "project") if key in labels}


def glance(line: Line) -> tuple[int, bytes] | None:
    """Tell the time and the name of an event that looks sound, without parsing it; None for any other line."""
    found = _ENVELOPE.match(line.content) if line.whole and not line.torn else None
    return (int(found[1]), found[2]) if found else None


def checked_facts(value: Any) -> dict[str, Any]:
    """Take facts from elsewhere, as `Survey.facts` has them.

    Raises:
        ValueError: They are not of that form.
    """
    facts = Survey().facts
    sound = (
        isinstance(value, dict)
        and value.keys() == facts.keys()
        and all(isinstance(value[name], _kinds(name, nothing)) for name, nothing in facts.items())
        and all(map(_is_session, value["sessions"].values()))
    )
    if not sound:
        raise ValueError("its survey is no survey")
    checked: dict[str, Any] = value
    return checked


def _kinds(name: str, nothing: Any) -> tuple[type, ...]:
    return (str, int, type(None)) if name in _DESCRIPTIONS else (type(nothing), int)


def _is_session(known: Any) -> bool:
    return isinstance(known, dict) and all(type(known.get(when, 0)) is int for when in ("begun", "ended"))


def _short(value: Any) -> str | int | None:
    """Keep text and numbers, of a length that a summary has room for."""
    if isinstance(value, str):
        return value[:_MOST_TEXT]
    return value if type(value) is int and abs(value) < 2**63 else None
