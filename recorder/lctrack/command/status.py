"""`lctrack status`: what is there."""

import argparse
import json
from typing import Any, NamedTuple

from lctrack._finished import writer_of
from lctrack._lines import read_lines
from lctrack._sealed import SealError, describe
from lctrack._survey import Survey
from lctrack.command.errors import Exit
from lctrack.command.output import date, note, plural, size, table, write
from lctrack.command.segments import Segment, find_segments

__all__ = ["DOES", "add_arguments", "run"]

DOES = "show segments, events, sizes, sessions that are open, and losses"

_STATES = {"ended": "finished", "gone": "abandoned", "alive": "open", "unknown": "open"}


class _Row(NamedTuple):
    segment: Segment
    state: str
    size: int
    facts: dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("logs", nargs="+", metavar="LOGS", help="log files, directories of them, or patterns")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> Exit:
    """Do it."""
    rows, unreadable = _rows(options.logs)
    sessions = _open_sessions(rows)
    if options.json:
        write(json.dumps({"segments": [_as_json(row) for row in rows], "open_sessions": sessions}, indent=2))
    else:
        _print(rows, sessions)
    for sentence in unreadable:
        note(f"lctrack status: {sentence}")
    if any(row.segment.both for row in rows):
        note("lctrack status: some segments are there as .jsonl and .parquet; lctrack seal finishes their sealing")
    return Exit.PARTLY if unreadable else Exit.DONE


def _rows(logs: list[str]) -> tuple[list[_Row], list[str]]:
    rows, unreadable = [], []
    for segment in find_segments(logs):
        length = segment.path.stat().st_size
        if not segment.sealed:
            facts = Survey(read_lines(segment.path)).facts
            rows.append(_Row(segment, _STATES[writer_of(segment.path).state], length, facts))
            continue
        try:
            sealed = describe(segment.path)
        except SealError as error:
            unreadable.append(str(error))
            rows.append(_Row(segment, "damaged", length, Survey().facts))
            continue
        if sealed is not None:
            rows.append(_Row(segment, "sealed", length, sealed.facts))
        else:
            unreadable.append(f"{segment.path} is no sealed segment")
    return rows, unreadable


def _open_sessions(rows: list[_Row]) -> list[dict[str, Any]]:
    """List the sessions that began and have not ended, in any segment."""
    sessions: dict[str, dict[str, Any]] = {}
    for row in rows:
        for session_id, known in row.facts["sessions"].items():
            session = sessions.setdefault(session_id, {"session_id": session_id})
            session |= known
            if "begun" in known:
                session |= {"segment": row.segment.name, "state": row.state}
    return [session for session in sessions.values() if "begun" in session and "ended" not in session]


def _as_json(row: _Row) -> dict[str, Any]:
    shown = {key: value for key, value in row.facts.items() if key != "sessions"}
    return {"file": str(row.segment.path), "state": row.state, "bytes": row.size, **shown}


def _print(rows: list[_Row], sessions: list[dict[str, Any]]) -> None:
    total = {key: sum(row.facts[key] for row in rows) for key in ("events", "dropped")}
    counts = (
        plural(len(rows), "segment"),
        plural(total["events"], "event"),
        size(sum(row.size for row in rows)),
        f"{total['dropped']} dropped",
        plural(len(sessions), "open session"),
    )
    write(" · ".join(counts))
    write("")
    table(
        ("segment", "state", ">events", ">size", ">dropped", "first UTC", "last UTC"),
        [
            (
                row.segment.name,
                row.state,
                row.facts["events"],
                size(row.size),
                row.facts["dropped"] or "",
                date(row.facts["first_ts"]),
                date(row.facts["last_ts"]),
            )
            for row in rows
        ],
    )
    if sessions:
        write("\nOpen sessions")
        table(
            ("session", "project", "since UTC", "segment"),
            [
                (
                    each.get("name") or each["session_id"],
                    each.get("project") or "",
                    date(each["begun"]),
                    each["segment"],
                )
                for each in sessions
            ],
        )
