"""Logs to work on: copies of the samples, and segments made line by line."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sample_logs
from lctrack._segment import this_host

SAMPLES = Path(sample_logs.__file__).parent
SAMPLE_FILES = sorted(SAMPLES.glob("*/*.jsonl"))
NAME = "20261120T191706825740Z-11253-80de48bf"


def copied_samples(directory: Path) -> Path:
    """Copy all samples below a directory, and give where they are."""
    for file in SAMPLE_FILES:
        (directory / "sample_logs" / file.parent.name).mkdir(parents=True, exist_ok=True)
        shutil.copy(file, directory / "sample_logs" / file.parent.name)
    return directory / "sample_logs"


def copied_sample(directory: Path, key: str) -> Path:
    """Copy one sample into a directory, and give its file."""
    (file,) = [file for file in SAMPLE_FILES if file.parent.name == key]
    return Path(shutil.copy(file, directory))


def line(seq: int, event: str = "text", ts: int = 1_795_202_226_000_000_000, **fields: Any) -> bytes:
    record = {"seq": seq, "ts": ts + seq, "event": event, **fields}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def start(**fields: Any) -> bytes:
    return line(0, "segment_start", **{"format": 1, "segment": NAME, "host": "elsewhere", "pid": 7, **fields})


def end(seq: int) -> bytes:
    return line(seq, "segment_end", reason="closed", events=seq + 1)


def segment(directory: Path, lines: Iterable[bytes], name: str = NAME) -> Path:
    """Write lines into a segment file."""
    path = directory / f"{name}.jsonl"
    path.write_bytes(b"".join(lines))
    return path


def finished(directory: Path, name: str = NAME, events: int = 3, **fields: Any) -> Path:
    """Write a segment that is sound and finished."""
    between = [line(seq, text=f"event {seq}", **fields) for seq in range(1, events + 1)]
    return segment(directory, [start(segment=name), *between, end(events + 1)], name)


def of_dead_writer(directory: Path) -> Path:
    """Write a segment that a process of this host left unfinished."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return segment(directory, [start(host=this_host(), pid=gone.pid), line(1, text="the last")])


def listing(directory: Path) -> list[str]:
    return sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file())
