"""Reads recordings strictly, by the description of the format alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lctrack._blobs import Blobs, Draft

Line = dict[str, Any]

ABOUT_THE_RECORDING = ("segment_start", "segment_end", "session_start", "session_end")


def files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.jsonl"))


def read(directory: Path) -> list[Line]:
    """Give all lines, the earlier segments first; each must be whole, and numbered without a gap."""
    return [line for file in files(directory) for line in read_file(file)]


def read_file(file: Path) -> list[Line]:
    lines = [json.loads(text, parse_constant=_refuse) for text in _whole_lines(file)]
    assert list(range(len(lines))) == [line["seq"] for line in lines]
    return lines


def read_events(directory: Path) -> list[Line]:
    """Give the lines that are about the application, with the blobs they refer to in place."""
    return [line for line in _dereferenced(directory) if line["event"] not in ABOUT_THE_RECORDING]


def only(directory: Path, event: str) -> Line:
    """Give the one line with this event."""
    (line,) = [line for line in _dereferenced(directory) if line["event"] == event]
    return line


def _dereferenced(directory: Path) -> Iterator[Line]:
    for file in files(directory):
        blobs: dict[str, Any] = {}
        for line in read_file(file):
            if line["event"] == "blob":
                blobs[line["digest"]] = _dereference(line["value"], blobs)
            else:
                yield {key: _dereference(value, blobs) for key, value in line.items()}


def _dereference(value: Any, blobs: dict[str, Any]) -> Any:
    """Put blobs in place of references; what wraps data that looks like one stays."""
    if isinstance(value, list):
        return [_dereference(item, blobs) for item in value]
    if not isinstance(value, dict):
        return value
    if "$literal" in value:
        return {"$literal": {key: _dereference(item, blobs) for key, item in value["$literal"].items()}}
    if "$blob" not in value:
        return {key: _dereference(item, blobs) for key, item in value.items()}
    whole = blobs[value["$blob"]]
    return [*whole, *_dereference(value["$append"], blobs)] if "$append" in value else whole


def descriptors() -> list[str]:
    """Name the files that this process has open."""
    return sorted(entry.name for entry in Path("/proc/self/fd").iterdir())


def nothing_held() -> Draft:
    """Give a draft for a segment that holds no blobs yet."""
    return Draft(Blobs(), json.dumps)


def names(lines: list[Line]) -> list[str]:
    return [line["event"] for line in lines]


def resolve(value: Any) -> Any:
    """Put data in place of what wraps it because it looks like a reference."""
    if isinstance(value, list):
        return [resolve(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$literal" in value:
        assert list(value) == ["$literal"]
        return {key: resolve(item) for key, item in value["$literal"].items()}
    assert "$blob" not in value, "data that looks like a reference is wrapped"
    return {key: resolve(item) for key, item in value.items()}


def _whole_lines(file: Path) -> Iterator[str]:
    content = file.read_bytes()
    assert content == b"" or content.endswith(b"\n")
    for line in content.split(b"\n")[:-1]:
        yield line.decode()


def _refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")
