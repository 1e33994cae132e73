"""`lctrack bundle`: finished segments in one file, with what proves that it arrives whole."""

import argparse
import hashlib
import zipfile
from pathlib import Path
from typing import BinaryIO

from lctrack._finished import writer_of
from lctrack._publish import beginning, new_file
from lctrack.command.archive import list_members, open_archive, refuse_damaged
from lctrack.command.errors import CommandError, Exit, UsageError
from lctrack.command.manifest import MANIFEST, Member, is_safe, write_manifest
from lctrack.command.output import note, plural, size, visible, write
from lctrack.command.segments import Segment, find_segments

__all__ = ["DOES", "add_arguments", "run"]

DOES = "put finished segments and their SHA-256 into one file, to be carried elsewhere"

_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_PRIVATE = 0o100600 << 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("logs", nargs="+", metavar="LOGS", help="log files, directories of them, or patterns")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="the bundle, a zip file")
    parser.add_argument(
        "--include-open", action="store_true", help="segments too that are still written to, as they are"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if it is there")


def run(options: argparse.Namespace) -> Exit:
    """Do it."""
    target = Path(options.output)
    if target.exists() and not options.overwrite:
        raise UsageError(f"{target} is there already: --overwrite replaces it")
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent} is no directory: make it first")
    segments = _chosen(find_segments(options.logs), include_open=options.include_open)
    try:
        with new_file(target, replace=options.overwrite) as stream:
            _write(stream, segments)
            length = stream.tell()
            stream.seek(0)
            with open_archive(stream, str(target)) as archive:
                members = list_members(archive, str(target))
                refuse_damaged(archive, members, str(target))
    except FileExistsError as error:
        raise UsageError(f"{target} is there already: --overwrite replaces it") from error
    held = size(sum(member.size for member in members))
    write(visible(f"{target}: {plural(len(members), 'segment')}, {held} in {size(length)}"))
    return Exit.DONE


def _chosen(segments: list[Segment], *, include_open: bool) -> list[Segment]:
    chosen: dict[str, Segment] = {}
    for segment in segments:
        writer = None if segment.sealed else writer_of(segment.path)
        if writer and not writer.finished and not include_open:
            note(f"lctrack bundle: {segment.path} is left out: {writer.why}; --include-open takes it")
        elif not is_safe(segment.name):
            raise CommandError(f"{segment.path} has a name that not every system can have: rename it")
        elif segment.name in chosen:
            raise CommandError(
                f"{segment.path} and {chosen[segment.name].path} would both be {segment.name}:"
                " give the directory above them"
            )
        else:
            chosen[segment.name] = segment
    if not chosen:
        raise CommandError("no segment is finished: there is nothing to bundle")
    return [chosen[name] for name in sorted(chosen)]


def _write(stream: BinaryIO, segments: list[Segment]) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        members = [_add(archive, segment) for segment in segments]
        archive.writestr(_info(MANIFEST, compressed=True), write_manifest(members))


def _add(archive: zipfile.ZipFile, segment: Segment) -> Member:
    """Add a segment as it is now; what is appended to an open one meanwhile is left out."""
    length = segment.path.stat().st_size
    info = _info(segment.name, compressed=not segment.sealed)
    info.file_size = length  # tells zipfile whether the long form is needed
    digest = hashlib.sha256()
    with archive.open(info, "w") as member:
        for chunk in beginning(segment.path, length):
            member.write(chunk)
            digest.update(chunk)
    return Member(segment.name, length, digest.hexdigest())


def _info(name: str, *, compressed: bool) -> zipfile.ZipInfo:
    """Describe a member without anything that would differ from one making to the next."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    info.create_system = 3  # Unix, whose rights follow
    info.external_attr = _REGULAR_PRIVATE
    return info
