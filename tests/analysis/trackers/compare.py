"""Finds every point in which our tables differ from what a tracker's handler kept of the same events."""

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from lctrack_analysis import Logs
from tests.analysis.trackers.live import Kept, Pairs, Record

ABSENT = "(absent)"
MISSING, UNKEPT, FIELD, TABLE, PAIR = "missing", "unkept", "field", "table", "pair"


class Seen(NamedTuple):
    """One difference, somewhere."""

    tracker: str
    what: str
    """`missing`: they kept no record; `unkept`: we have none; `field`: the records differ in a field; `table`: they
    made no table of prompts and answers; `pair`: a row of it differs in a field."""
    action: str = ""
    field: str = ""
    theirs: Any = ABSENT
    ours: Any = ABSENT
    record: Record = {}  # noqa: RUF012  # ours whole, never changed
    their_record: Record = {}  # noqa: RUF012  # theirs likewise
    after_retrieval: bool = False
    """Whether a retriever had been at work in the session."""


def steady(record: Record) -> Record:
    """Leave a record as it is; where runs are compared that are not the same, this is replaced."""
    return record


def records(tracker: str, kept: list[Kept], logs: Logs) -> Iterator[Seen]:
    """Compare `action_records`."""
    left: defaultdict[tuple[int, str, str], list[Record]] = defaultdict(list)
    for row in logs.sql(_RECORDS).to_dicts():
        left[row["session"], row["run_id"], row["action"]].append(steady(json.loads(row["record"])))
    for session, run_id, theirs in kept:
        # SageMaker's and MLflow's handlers forget to name the action of some.
        action = theirs.get("action", "")
        ours = next(iter(left[session, run_id, action]), None)
        if ours is None:
            yield Seen(tracker, UNKEPT, action, theirs=theirs)
            continue
        left[session, run_id, action].pop(0)
        after_retrieval = ours["retriever_starts"] > 0
        if "prompt" in theirs:
            yield Seen(tracker, FIELD, action, "prompt", theirs["prompt"])
            theirs = {("prompts" if key == "prompt" else key): value for key, value in theirs.items()}  # noqa: PLW2901  # the same, named as ours
        for field in {**theirs, **ours}:
            values = theirs.get(field, ABSENT), ours.get(field, ABSENT)
            if values[0] != values[1]:
                yield Seen(tracker, FIELD, action, field, *values, ours, theirs, after_retrieval)
    for (_, _, action), rest in left.items():
        yield from (Seen(tracker, MISSING, action, record=record) for record in rest)


def pairs(tracker: str, tables: list[Pairs], logs: Logs) -> Iterator[Seen]:
    """Compare `session_analysis`."""
    for session, rows, error in tables:
        ours = logs.sql(f"{_PAIRS} WHERE session = {session}").to_dicts()  # a number of our own
        if ours and rows is None:
            yield Seen(tracker, TABLE, theirs=error)
        elif ours:
            yield from _rows(tracker, rows or [], ours)


def _rows(tracker: str, rows: list[Record], ours: list[Record]) -> Iterator[Seen]:
    """Compare the rows of one session: an answer is found again by its text, equal ones in their order."""
    left: defaultdict[str, list[Record]] = defaultdict(list)
    for row in sorted(ours, key=lambda row: row["output_step"]):
        left[row["output"]].append(row)
    for given in rows:
        # A list of starts and a list of ends, side by side: the last rows may be of one of them alone.
        if given.get("output") is None:
            continue
        theirs = {("prompts" if key == "prompt" else key): value for key, value in given.items()}
        row = left[theirs["output"]].pop(0)
        for field in _PAIR_FIELDS:
            values = theirs.get(field, ABSENT), row[field]
            if field == "chat_html" and values[0] != ABSENT:
                if html.unescape(values[1]) != values[1]:
                    yield Seen(tracker, PAIR, field="escaped", theirs=values[0], ours=values[1])
                values = _squeezed(values[0]), _squeezed(html.unescape(values[1]))
            if values[0] != values[1]:
                yield Seen(tracker, PAIR, "", field, *values, row, theirs, after_retrieval=row["after_retrieval"])
    for rest in left.values():
        yield from (Seen(tracker, PAIR, field="row", ours=row) for row in rest)


def _squeezed(page: str) -> str:
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", page)


_SESSIONS = "(SELECT session_id, row_number() OVER (ORDER BY start_time, session_id) - 1 AS session FROM sessions)"
_RECORDS = f"SELECT session, run_id, action, record FROM action_records JOIN {_SESSIONS} USING (session_id)"  # noqa: S608  # ours
_FIRST = "(SELECT min(step) FROM action_records WHERE action = 'on_retriever_start' AND session_id = pair.session_id)"
_PAIRS = (
    f"SELECT *, coalesce(output_step > {_FIRST}, false) AS after_retrieval "  # noqa: S608  # likewise
    f"FROM session_analysis AS pair JOIN {_SESSIONS} USING (session_id)"
)
_PAIR_FIELDS = (
    *("prompt_step", "output_step", "prompts", "name"),
    *("token_usage_total_tokens", "token_usage_prompt_tokens", "token_usage_completion_tokens", "chat_html"),
)
