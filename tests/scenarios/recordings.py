"""Reads recordings by the description of the format alone, without the reader that is under test elsewhere."""

import json
from pathlib import Path
from typing import Any

Event = dict[str, Any]

ABOUT_THE_RECORDING = ("segment_start", "segment_end", "session_start", "session_end", "asset")


def read(file: Path) -> list[Event]:
    """Give the events of a sound segment, with what they refer to in its place."""
    blobs: dict[str, Any] = {}
    events = []
    # Not splitlines, which also splits at characters that JSON may hold in a string.
    for line in file.read_text(encoding="utf-8").removesuffix("\n").split("\n"):
        event = json.loads(line)
        if event["event"] == "blob":
            blobs[event["digest"]] = event["value"]
        else:
            events.append({key: _resolve(value, blobs) for key, value in event.items()})
    return events


def read_all(folder: Path) -> list[Event]:
    """Give the events of all segments in a folder, the earlier segments first."""
    return [event for file in sorted(folder.glob("*.jsonl")) for event in read(file)]


def _resolve(value: Any, blobs: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_resolve(item, blobs) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$literal"}:
        return {key: _resolve(item, blobs) for key, item in value["$literal"].items()}
    if "$blob" in value:
        whole = _resolve(blobs[value["$blob"]], blobs)
        return whole + _resolve(value["$append"], blobs) if "$append" in value else whole
    return {key: _resolve(item, blobs) for key, item in value.items()}
