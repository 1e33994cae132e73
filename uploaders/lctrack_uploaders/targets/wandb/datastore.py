"""The file of a run, `run-<id>.wandb`: records of protobuf in the frames of LevelDB's log.

A header of seven bytes, then blocks of 32 KiB. A record is cut into pieces, none of which crosses a block's end; each
has a checksum, a length and whether it is the whole, the first, a middle or the last one.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

MAGIC = b":W&B"
_HEADER = 7
_BLOCK = 32_768
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4
_KINDS = {(True, True): _WHOLE, (True, False): _FIRST, (False, False): _MIDDLE, (False, True): _LAST}


def read(path: Path) -> Iterator[bytes]:
    """Read the records of a file.

    Args:
        path: The file.

    Yields:
        The records, up to the first that is incomplete.

    Raises:
        ValueError: It is no such file.
    """
    data = path.read_bytes()
    if not data:
        return
    if data[: len(MAGIC)] != MAGIC:
        raise ValueError(f"{path.name} is no file of a W&B run")
    position, parts = _HEADER, b""
    while position + _HEADER <= len(data):
        left = _BLOCK - position % _BLOCK
        if left < _HEADER:
            position += left
            continue
        checksum, length, kind = struct.unpack_from("<IHB", data, position)
        part = data[position + _HEADER : position + _HEADER + length]
        if kind not in _KINDS.values() or len(part) < length or checksum != _checksum(kind, part):
            return
        position += _HEADER + length
        parts = part if kind in (_WHOLE, _FIRST) else parts + part
        if kind in (_WHOLE, _LAST):
            yield parts


def write(path: Path, header: bytes, records: Iterable[bytes]) -> None:
    """Write a file.

    Args:
        path: Where to.
        header: What begins as it shall begin, with the version: another file's content.
        records: The records.
    """
    out = bytearray(header[:_HEADER])
    for record in records:
        rest, first = record, True
        while first or rest:
            left = _BLOCK - len(out) % _BLOCK
            if left < _HEADER:
                out += bytes(left)
                left = _BLOCK
            part, rest = rest[: left - _HEADER], rest[left - _HEADER :]
            kind = _KINDS[first, not rest]
            out += struct.pack("<IHB", _checksum(kind, part), len(part), kind) + part
            first = False
    path.write_bytes(out)


def _checksum(kind: int, part: bytes) -> int:
    return zlib.crc32(part, zlib.crc32(bytes([kind])))
