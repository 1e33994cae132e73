"""What a bundle says it holds: `MANIFEST.json`, and which names may be in it."""

import json
import re
from typing import Any, NamedTuple

from lctrack._sealed import SEALED
from lctrack.command.errors import CommandError
from lctrack.format import FORMAT, SUFFIX

__all__ = ["MANIFEST", "Member", "is_safe", "read_manifest", "write_manifest"]

MANIFEST = "MANIFEST.json"
VERSION = 1

_UNSAFE = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_NAME = 240


class Member(NamedTuple):
    """A segment in a bundle: its name below the directory, its length in bytes, its SHA-256."""

    name: str
    size: int
    sha256: str


def is_safe(name: str) -> bool:
    """Tell whether a name is that of a segment below a directory, on any system, and nothing else."""
    parts = name.split("/")
    return (
        name.endswith((SUFFIX, SEALED))
        and not _UNSAFE.search(name)
        and all(
            part and len(part) <= _MOST_NAME and part[0] != "." and part[-1] not in ". " and not _DEVICE.fullmatch(part)
            for part in parts
        )
        and name.isprintable()
    )


def write_manifest(members: list[Member]) -> bytes:
    """Write the manifest of a bundle."""
    content = {"bundle": VERSION, "format": FORMAT, "segments": [member._asdict() for member in members]}
    return json.dumps(content, indent=1).encode() + b"\n"


def read_manifest(content: bytes) -> list[Member]:
    """Read the manifest of a bundle.

    Raises:
        CommandError: It is damaged, or of a version to come.
    """
    try:
        manifest: Any = json.loads(content)
        version = manifest["bundle"]
        if type(version) is int and version > VERSION:
            raise CommandError("it was made by a newer lctrack than this: bring that one")
        members = [Member(each["name"], each["size"], each["sha256"]) for each in manifest["segments"]]
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise CommandError(f"{MANIFEST} is damaged") from error
    if version != VERSION or not all(map(_is_sound, members)):
        raise CommandError(f"{MANIFEST} is damaged")
    return members


def _is_sound(member: Member) -> bool:
    return (
        isinstance(member.name, str)
        and type(member.size) is int
        and member.size >= 0
        and isinstance(member.sha256, str)
        and _SHA256.fullmatch(member.sha256) is not None
    )
