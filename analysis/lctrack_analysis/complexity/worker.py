"""A process that measures for another one: `python -c`, started by `pool`, speaks over standard input and output."""

import io
import struct
import sys
from typing import IO

import polars as pl

from lctrack_analysis.complexity.engine import Engine
from lctrack_analysis.complexity.languages import language

__all__ = ["main", "receive", "send"]

_LENGTH = struct.Struct("<Q")


def send(stream: IO[bytes], frame: pl.DataFrame) -> None:
    """Write a frame and how long it is."""
    content = io.BytesIO()
    frame.write_ipc(content)
    stream.write(_LENGTH.pack(content.tell()))
    stream.write(content.getbuffer())
    stream.flush()


def receive(stream: IO[bytes]) -> pl.DataFrame | None:
    """Read a frame.

    Args:
        stream: What `send` writes to at its other end.

    Returns:
        The frame; null when the other end is closed.
    """
    header = stream.read(_LENGTH.size)
    if len(header) < _LENGTH.size:
        return None
    return pl.read_ipc(io.BytesIO(stream.read(_LENGTH.unpack(header)[0])))


def main(code: str) -> None:
    """Measure what comes in until nothing more does.

    Args:
        code: Language of the texts.
    """
    engine = Engine(language(code))
    while (frame := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, engine.measure(frame["text"].to_list()))
