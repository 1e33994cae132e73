"""`lctrack unbundle`: the segments of a bundle, put into a directory."""

import argparse
import re
import shutil
import stat
import zipfile
from pathlib import Path

from lctrack._publish import beginning, new_file, sha256_of
from lctrack._sealed import SEALED, SealError, describe
from lctrack.command.archive import MAX_TOTAL, contents, list_members, open_archive, refuse_damaged
from lctrack.command.errors import CommandError, Exit, UsageError
from lctrack.command.manifest import Member
from lctrack.command.output import note, plural, size, visible, write

__all__ = ["DOES", "add_arguments", "run"]

DOES = "check a bundle, and put its segments into a directory"

_UNITS = {"": 1, "k": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("file", metavar="FILE", help="the bundle")
    parser.add_argument("-d", "--directory", required=True, metavar="DIR", help="where the segments go")
    parser.add_argument(
        "--max-size",
        type=_bytes,
        default=MAX_TOTAL,
        metavar="SIZE",
        help="refuse a bundle whose segments come to more than this, such as 500M or 20G (default: 1 TiB)",
    )


def run(options: argparse.Namespace) -> Exit:
    """Do it."""
    directory = Path(options.directory)
    if directory.exists() and not directory.is_dir():
        raise UsageError(f"{directory} is no directory")
    with Path(options.file).open("rb") as stream, open_archive(stream, options.file) as archive:
        members = list_members(archive, options.file, options.max_size)
        wanted = _wanted(members, directory)
        # Before every byte is read: a small file can stand for more than any disk holds.
        _refuse_without_room(wanted, directory)
        refuse_damaged(archive, members, options.file)
        for member in wanted:
            _write(archive, member, directory)
    skipped = len(members) - len(wanted)
    there = f", {skipped} there already" if skipped else ""
    note(f"{plural(len(wanted), 'segment')} written into {directory}{there}")
    return Exit.DONE


def _wanted(members: list[Member], directory: Path) -> list[Member]:
    """Leave out the segments that are there already.

    Raises:
        CommandError: Something else has the place of some.
    """
    wanted, different, blocked = [], [], []
    for member in members:
        target = directory / member.name
        if not _is_reachable(target, directory):
            blocked.append(member.name)
        elif _is_there(target):
            if not _is_same(target, member):
                different.append(member.name)
        elif not _is_sealed_there(target, member):
            wanted.append(member)
    if blocked:
        raise CommandError(
            f"nothing was written: on the way to {', '.join(blocked)} in {directory} is a link or a file"
        )
    if different:
        raise CommandError(f"nothing was written: {directory} has other files of these names: {', '.join(different)}")
    return wanted


def _is_reachable(target: Path, directory: Path) -> bool:
    """Tell whether only directories lie between a directory and a file in it: a link would lead elsewhere."""
    between = [parent for parent in target.parents if directory in parent.parents]
    return all(not _is_there(parent) or stat.S_ISDIR(parent.lstat().st_mode) for parent in between)


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _is_same(target: Path, member: Member) -> bool:
    if target.is_symlink() or not target.is_file() or target.stat().st_size != member.size:
        return False
    return sha256_of(beginning(target, member.size)) == member.sha256


def _is_sealed_there(target: Path, member: Member) -> bool:
    """Tell whether the segment came before, and was sealed since."""
    sealed = target.with_suffix(SEALED)
    if target == sealed or not sealed.is_file():
        return False
    try:
        said = describe(sealed)
    except SealError:
        return False
    return said is not None and said.sha256 == member.sha256


def _refuse_without_room(wanted: list[Member], directory: Path) -> None:
    there = next(parent for parent in (directory, *directory.absolute().parents) if parent.exists())
    needed, free = sum(member.size for member in wanted), shutil.disk_usage(there).free
    if needed > free:
        raise CommandError(f"nothing was written: {size(needed)} are needed in {directory}, and {size(free)} are free")


def _write(archive: zipfile.ZipFile, member: Member, directory: Path) -> None:
    target = directory / member.name
    _make_private(target.parent)
    with new_file(target) as stream:
        for chunk in contents(archive, member):
            stream.write(chunk)
    write(visible(member.name))


def _make_private(directory: Path) -> None:
    """Make a directory and its missing parents, each for its owner alone (`Path.mkdir` gives parents other rights)."""
    for missing in reversed([each for each in (directory, *directory.parents) if not each.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def _bytes(text: str) -> int:
    match = re.fullmatch(r"(\d{1,15})([kMGT]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text} is no size: give a number of bytes, or one such as 500M or 20G")
    return int(match[1]) * _UNITS[match[2]]
