"""Whether a bundle is whole, and holds what it says and nothing else.

Nothing is written here. A bundle is as hostile as whoever could touch it on its way: names that lead elsewhere, links,
members that stand for more than there is room for, and lists that differ from what is there are refused.
"""

import hashlib
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from lctrack.command.errors import CommandError
from lctrack.command.manifest import MANIFEST, Member, is_safe, read_manifest

__all__ = ["MAX_TOTAL", "contents", "list_members", "open_archive", "refuse_damaged"]

MAX_TOTAL = 1024**4
"""Most bytes that the segments of a bundle may come to, unless the user says otherwise."""

_MAX_MANIFEST = 64 * 1024**2
_CHUNK = 1024 * 1024
_ENCRYPTED = 1
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_NAMED = 20


def open_archive(stream: BinaryIO, name: str) -> zipfile.ZipFile:
    """Open a bundle.

    Raises:
        CommandError: It is no zip file, or a cut one.
    """
    try:
        return zipfile.ZipFile(stream)
    except Exception as error:  # zipfile raises whatever the damage makes it trip over
        raise CommandError(f"{name} is no bundle, or is cut off: {error}") from error


def list_members(archive: zipfile.ZipFile, name: str, max_total: int = MAX_TOTAL) -> list[Member]:
    """Check what a bundle says it holds.

    Args:
        archive: The bundle.
        name: What it is called, for people.
        max_total: Most bytes that its segments may come to.

    Returns:
        What it holds.

    Raises:
        CommandError: It holds what it should not; the text names what.
    """
    infos = archive.infolist()
    segments = [info for info in infos if info.filename != MANIFEST]
    _refuse(name, "names that are there twice", _repeated(info.filename for info in infos))
    _refuse(name, "names that are not those of segments", (i.filename for i in segments if not is_safe(i.filename)))
    _refuse(name, "members that are no plain files", (info.filename for info in infos if not _is_plain(info)))
    members = _manifest(archive, name)
    listed, there = {member.name for member in members}, {info.filename for info in segments}
    _refuse(name, "segments that its manifest lists twice", _repeated(member.name for member in members))
    _refuse(name, "segments that its manifest does not list", there - listed)
    _refuse(name, "segments that are missing", listed - there)
    total = sum(member.size for member in members)
    if total > max_total:
        raise CommandError(f"{name} is refused: its segments come to {total} bytes; --max-size allows {max_total}")
    return members


def refuse_damaged(archive: zipfile.ZipFile, members: list[Member], name: str) -> None:
    """Read every byte of a bundle.

    Raises:
        CommandError: Some segments are not what the manifest says; the text names them.
    """
    _refuse(name, "damaged segments", (member.name for member in members if not _is_whole(archive, member)))


def contents(archive: zipfile.ZipFile, member: Member) -> Iterator[bytes]:
    """Give the bytes of a segment, never more than its size, and raise where they are not what they should be.

    Raises:
        CommandError: It is damaged.
    """
    digest, left = hashlib.sha256(), member.size
    try:
        with archive.open(member.name) as stream:
            while chunk := stream.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    break
                digest.update(chunk)
                yield chunk
    except GeneratorExit:
        raise
    except Exception as error:  # zipfile raises whatever the damage makes it trip over
        raise CommandError(f"{member.name} is damaged: {error}") from error
    if left or digest.hexdigest() != member.sha256:
        raise CommandError(f"{member.name} is damaged: it is not what the manifest says")


def _manifest(archive: zipfile.ZipFile, name: str) -> list[Member]:
    if MANIFEST not in archive.namelist():
        raise CommandError(f"{name} is no bundle: it has no {MANIFEST}")
    try:
        with archive.open(MANIFEST) as stream:
            content = stream.read(_MAX_MANIFEST)
    except Exception as error:  # as above
        raise CommandError(f"{name} is refused: {MANIFEST} is damaged: {error}") from error
    try:
        return read_manifest(content)
    except CommandError as error:
        raise CommandError(f"{name} is refused: {error}") from error


def _is_plain(info: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(info.external_attr >> 16)
    return (
        kind in (0, stat.S_IFREG)
        and not info.is_dir()
        and not info.flag_bits & _ENCRYPTED
        and info.compress_type in _METHODS
    )


def _is_whole(archive: zipfile.ZipFile, member: Member) -> bool:
    try:
        for _ in contents(archive, member):
            pass
    except CommandError:
        return False
    return True


def _repeated(names: Iterator[str]) -> list[str]:
    # Systems that do not tell capitals apart would put two such files into one.
    counts: Counter[str] = Counter()
    return [name for name in names if counts.update([name.casefold()]) or counts[name.casefold()] == 2]  # noqa: PLR2004  # the second


def _refuse(name: str, what: str, guilty: "Iterator[str] | set[str] | list[str]") -> None:
    names = sorted(guilty)
    if names:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        raise CommandError(f"{name} is refused, nothing was written: {what}: {', '.join(names[:_MOST_NAMED])}{more}")
