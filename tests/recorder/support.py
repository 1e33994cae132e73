"""Reads recordings strictly, by the description of the format alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    """Give the lines that are about the application."""
    return [line for line in read(directory) if line["event"] not in ABOUT_THE_RECORDING]


def only(directory: Path, event: str) -> Line:
    """Give the one line with this event."""
    (line,) = [line for line in read(directory) if line["event"] == event]
    return line


def descriptors() -> list[str]:
    """Name the files that this process has open."""
    return sorted(entry.name for entry in Path("/proc/self/fd").iterdir())


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
    assert "$blob" not in value, "a recorder that writes no blobs refers to none"
    return {key: resolve(item) for key, item in value.items()}


def _whole_lines(file: Path) -> Iterator[str]:
    content = file.read_bytes()
    assert content == b"" or content.endswith(b"\n")
    for line in content.split(b"\n")[:-1]:
        yield line.decode()


def _refuse(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")
