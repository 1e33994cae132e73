"""A disk of which only what was synced is sure to be there after a power cut.

It stands in the place of `os` in the modules that write. Everything is written to real files as well, so the recorder
notices no difference; `survivors` then tells what a power cut may leave of them: names of new files are lost unless
their directory was synced, and of bytes that were not synced, each sector is there, or zero, or garbage.
"""

import errno
import os
from pathlib import Path
from random import Random
from typing import Any, NoReturn

_SECTOR = 512


class PowerCutError(BaseException):
    """The machine is off: no code goes on, whatever it catches."""


class _File:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.name_is_kept = False
        self.kept = bytearray()  # one 1 for each byte that is on the disk
        self.given_up = 0  # how far the system has given up trying, and calls the bytes clean

    def sync(self, *, refuse: bool) -> None:
        size = self.path.stat().st_size
        self.kept.extend(bytes(size - len(self.kept)))
        if not refuse:
            self.kept[self.given_up :] = b"\1" * (size - self.given_up)
        self.given_up = size  # what is clean is not written again


class Disk:
    """What stands in the place of `os`.

    Args:
        random: Decides whatever is not sure.
        calls: After how many calls that change something the power is cut; 0 for never.
        refusing: The share of syncs that fail, after which the system forgets what was to be written.
    """

    def __init__(self, random: Random, calls: int = 0, refusing: float = 0.0) -> None:
        self.random = random
        self.refusing = refusing
        self.syncs: list[str] = []
        self._left = calls
        self._off = False
        self._open: dict[int, _File | Path] = {}
        self._files: list[_File] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: Path, flags: int, mode: int = 0o777) -> int:
        new = bool(flags & os.O_CREAT)
        if new:
            self._call()
        descriptor = os.open(path, flags, mode)
        self._open[descriptor] = _File(path) if new else path
        if new:
            self._files.append(self._file(descriptor))
        return descriptor

    def write(self, descriptor: int, line: bytes) -> int:
        if self._is_last():
            os.write(descriptor, line[: self.random.randrange(len(line) + 1)])
        self._call()
        return os.write(descriptor, line)

    def fdatasync(self, descriptor: int) -> None:
        self._call()
        refuse = self.random.random() < self.refusing
        self._file(descriptor).sync(refuse=refuse)
        self.syncs.append("file")
        if refuse:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def fsync(self, descriptor: int) -> None:
        self._call()
        if self.random.random() < self.refusing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        directory = self._open[descriptor]
        self.syncs.append(f"directory {directory}")
        for file in self._files:
            file.name_is_kept |= file.path.parent == directory

    def survivors(self, directory: Path) -> None:
        """Write what a power cut leaves into a directory."""
        for file in self._files:
            if file.name_is_kept or self.random.random() < 0.5:
                (directory / file.path.name).write_bytes(self._remains(file))

    def _remains(self, file: _File) -> bytes:
        content = bytearray(file.path.read_bytes())
        kept = file.kept + bytes(len(content) - len(file.kept))
        for start in range(0, len(content), _SECTOR):
            fate = self.random.choice(("there", "zero", "garbage"))
            for place in range(start, min(start + _SECTOR, len(content))):
                if not kept[place] and fate != "there":
                    content[place] = self.random.randrange(256) if fate == "garbage" else 0
        surely = kept.rfind(1) + 1
        return bytes(content[: self.random.randint(surely, len(content))])

    def _file(self, descriptor: int) -> _File:
        file = self._open[descriptor]
        assert isinstance(file, _File)
        return file

    def _is_last(self) -> bool:
        return self._left == 1 and not self._off

    def _call(self) -> None:
        if self._off or self._is_last():
            self._cut()
        self._left -= 1

    def _cut(self) -> NoReturn:
        self._off = True
        raise PowerCutError
