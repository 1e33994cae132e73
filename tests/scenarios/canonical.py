"""Brings two recordings of one scenario into the same form, if they are the same but for what may differ.

May differ: ids, times, hosts, processes, addresses in memory, threads and the order in which these came, versions of
libraries, and the place in a library's source that an error came from. Runs that are children of one run are sorted by
what they hold, since the branches of a chain run in threads; the events of each run keep their order.
"""

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.scenarios.recordings import ABOUT_THE_RECORDING, Event, read

_VOLATILE = {
    *("seq", "ts", "thread", "trace_id", "run_id", "parent_run_id", "session_id", "first_token_ts"),
    *("segment", "recorder", "python", "langchain_core", "host", "pid", "wall_ns", "monotonic_ns"),
}
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}\b")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"\b\d+\.\d+\.\d+\w*\b")
_OWN_FRAME = re.compile(r'File "(sample_logs/[^"]+)", line \d+, in (\S+)')


def canonical(folder: Path) -> Any:
    """Give what a folder of sound segments holds, in a form in which ids count from 0 in the order of the text."""
    segments = [_segment(read(file)) for file in sorted(folder.glob("*.jsonl"))]
    numbers: dict[str, int] = {}
    text = json.dumps(segments, ensure_ascii=False, sort_keys=True)
    return json.loads(_ID.sub(lambda found: f"<id {numbers.setdefault(found[0], len(numbers))}>", text))


def _segment(events: list[Event]) -> Any:
    """Split a segment into what is told about the recording, and the runs as a tree."""
    own: defaultdict[str, list[Event]] = defaultdict(list)
    parents: dict[str, str | None] = {}
    for event in events:
        if event["event"] not in ABOUT_THE_RECORDING:
            own[event["run_id"]].append(event)
            parents.setdefault(event["run_id"], event.get("parent_run_id"))
    children: defaultdict[str | None, list[str]] = defaultdict(list)
    for run_id, parent in parents.items():
        children[parent].append(run_id)

    def below(parent: str | None) -> list[Any]:
        runs = [
            {"run": run, "events": [_steady(event) for event in own[run]], "children": below(run)}
            for run in children[parent]
        ]
        return sorted(runs, key=lambda run: _ID.sub("<id>", json.dumps(run, sort_keys=True)))

    return {"about": [_steady(event) for event in events if event["event"] in ABOUT_THE_RECORDING], "runs": below(None)}


def _steady(value: Any) -> Any:
    """Leave out what may differ, except for ids."""
    if isinstance(value, dict):
        return {key: _steady(item) for key, item in value.items() if key not in _VOLATILE}
    if isinstance(value, list):
        return [_steady(item) for item in value]
    if isinstance(value, str):
        return _traceback(value) if value.startswith("Traceback (") else _ADDRESS.sub("0x", _VERSION.sub("0", value))
    return value


def _traceback(text: str) -> list[Any]:
    """Keep the frames of the scenarios themselves, and the lines that name the exceptions."""
    said = [line for line in text.splitlines() if line and not line.startswith(" ")]
    return [_OWN_FRAME.findall(text), said]
