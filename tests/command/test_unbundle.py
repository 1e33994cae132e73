"""`lctrack unbundle` refuses whatever is not a whole bundle of segments, and then writes nothing at all."""

import hashlib
import io
import json
import os
import random
import shutil
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lctrack._seal import seal
from lctrack.command import archive as archive_module
from lctrack.command.manifest import is_safe
from tests.command.conftest import Command, Result
from tests.command.logs import NAME, finished, listing

GOOD = {"a.jsonl": b'{"seq":0}\n', "deep/er/b.parquet": b"PAR1"}


def manifest(held: Mapping[str, bytes], /, **changes: Any) -> bytes:
    listed = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in held.items()
    ]
    return json.dumps({"bundle": 1, "format": 1, "segments": listed, **changes}).encode()


def crafted(
    directory: Path,
    segments: Mapping[str, bytes] = GOOD,
    listed: bytes | None = None,
    change: Callable[[zipfile.ZipFile], None] = lambda _: None,
) -> Path:
    """Make a bundle by hand."""
    path = directory / "crafted.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in segments.items():
            archive.writestr(name, content)
        archive.writestr("MANIFEST.json", manifest(segments) if listed is None else listed)
        change(archive)
    return path


def add(name: str, content: bytes = b"x", **attributes: Any) -> Callable[[zipfile.ZipFile], None]:
    def change(archive: zipfile.ZipFile) -> None:
        info = zipfile.ZipInfo(name)
        for key, value in attributes.items():
            setattr(info, key, value)
        archive.writestr(info, content)

    return change


def refused(lctrack: Command, directory: Path, bundle: Path, *options: str) -> Result:
    """Check that nothing at all is written, not even the directory."""
    before = listing(directory)
    result = lctrack("unbundle", bundle, "-d", directory / "new" / "logs", *options)
    assert (result.code, result.out) == (1, "")
    assert len(result.err.splitlines()) == 1
    assert before == listing(directory)
    assert not (directory / "new").exists()
    return result


def test_a_bundle_made_by_hand_is_taken(lctrack: Command, tmp_path: Path) -> None:
    result = lctrack("unbundle", crafted(tmp_path), "-d", tmp_path / "logs")
    assert (result.code, result.out.split()) == (0, list(GOOD))
    assert {name: (tmp_path / "logs" / name).read_bytes() for name in listing(tmp_path / "logs")} == GOOD


@pytest.mark.parametrize(
    "name",
    [
        "../escape.jsonl",
        "a/../../escape.jsonl",
        "/absolute.jsonl",
        "//server/share.jsonl",
        "C:/windows.jsonl",
        "a\\..\\escape.jsonl",
        "./here.jsonl",
        "a//b.jsonl",
        ".hidden.jsonl",
        ".ssh/x.jsonl",
        "con.jsonl",
        "a/LPT1.jsonl",
        "a /b.jsonl",
        "a./b.jsonl",
        "x\x1b[2J.jsonl",
        "x\u202e.jsonl",
        "run.sh",
        "jsonl",
        "x" * 300 + ".jsonl",
        "folder/",
    ],
)
def test_names_that_lead_elsewhere_or_are_no_segments_are_refused(lctrack: Command, tmp_path: Path, name: str) -> None:
    result = refused(lctrack, tmp_path, crafted(tmp_path, {**GOOD, name: b"x"}))
    assert "names that are not those of segments" in result.err


def test_the_names_of_segments_are_safe() -> None:
    assert all(map(is_safe, [f"{NAME}.jsonl", f"a-generate/{NAME}.parquet", "Zürich/ä ö.jsonl", "conifer.jsonl"]))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_links_and_the_like_are_refused(lctrack: Command, tmp_path: Path, kind: int) -> None:
    bundle = crafted(
        tmp_path,
        listed=manifest({**GOOD, "c.jsonl": b"/etc/passwd"}),
        change=add("c.jsonl", b"/etc/passwd", external_attr=(kind | 0o777) << 16),
    )
    assert "members that are no plain files: c.jsonl" in refused(lctrack, tmp_path, bundle).err


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["a.jsonl", "A.jsonl", "deep/ER/b.parquet", "MANIFEST.json"])
def test_names_that_are_there_twice_are_refused(lctrack: Command, tmp_path: Path, name: str) -> None:
    result = refused(lctrack, tmp_path, crafted(tmp_path, change=add(name)))
    assert f"names that are there twice: {name}" in result.err


def test_what_the_manifest_does_not_list_is_refused(lctrack: Command, tmp_path: Path) -> None:
    result = refused(lctrack, tmp_path, crafted(tmp_path, change=add("c.jsonl")))
    assert "segments that its manifest does not list: c.jsonl" in result.err


def test_what_is_missing_is_named(lctrack: Command, tmp_path: Path) -> None:
    listed = manifest({**GOOD, "c.jsonl": b"x", "d.jsonl": b"x"})
    assert (
        "segments that are missing: c.jsonl, d.jsonl" in refused(lctrack, tmp_path, crafted(tmp_path, GOOD, listed)).err
    )


def test_what_is_listed_twice_is_refused(lctrack: Command, tmp_path: Path) -> None:
    listed = json.loads(manifest(GOOD))
    listed["segments"].append(listed["segments"][0])
    result = refused(lctrack, tmp_path, crafted(tmp_path, GOOD, json.dumps(listed).encode()))
    assert "segments that its manifest lists twice: a.jsonl" in result.err


def test_segments_that_are_not_what_is_listed_are_all_named(lctrack: Command, tmp_path: Path) -> None:
    listed = manifest({"a.jsonl": b"evil", "b.jsonl": b"good", "c.jsonl": b"longer than it is"})
    result = refused(
        lctrack, tmp_path, crafted(tmp_path, dict.fromkeys(["a.jsonl", "b.jsonl", "c.jsonl"], b"good"), listed)
    )
    assert result.err.endswith("damaged segments: a.jsonl, c.jsonl\n")


@pytest.mark.parametrize(
    "listed",
    [
        b"",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b"\xff",
        manifest(GOOD, bundle="1"),
        manifest(GOOD, bundle=0),
        manifest(GOOD, segments=5),
        manifest(GOOD, segments=[{"name": "a.jsonl"}]),
        manifest(GOOD, segments=[{"name": 5, "size": 1, "sha256": "0" * 64}]),
        manifest(GOOD, segments=[{"name": "a.jsonl", "size": -1, "sha256": "0" * 64}]),
        manifest(GOOD, segments=[{"name": "a.jsonl", "size": 1, "sha256": "0" * 63}]),
    ],
    ids=lambda value: value[:50].decode(errors="replace"),
)
def test_a_manifest_that_is_none_is_refused(lctrack: Command, tmp_path: Path, listed: bytes) -> None:
    result = refused(lctrack, tmp_path, crafted(tmp_path, listed=listed))
    assert result.err.endswith("is refused: MANIFEST.json is damaged\n")


def test_a_bundle_of_a_version_to_come_is_refused(lctrack: Command, tmp_path: Path) -> None:
    result = refused(lctrack, tmp_path, crafted(tmp_path, listed=manifest(GOOD, bundle=2)))
    assert "made by a newer lctrack" in result.err


def test_a_zip_file_without_manifest_is_no_bundle(lctrack: Command, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.jsonl", b"x")
    assert "is no bundle: it has no MANIFEST.json" in refused(lctrack, tmp_path, tmp_path / "x.zip").err


def test_another_file_is_no_bundle(lctrack: Command, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"not a zip file")
    assert "is no bundle, or is cut off" in refused(lctrack, tmp_path, tmp_path / "x.zip").err


def test_a_bundle_that_is_not_there_is_told(lctrack: Command, tmp_path: Path) -> None:
    assert "No such file" in refused(lctrack, tmp_path, tmp_path / "none.zip").err


def test_more_than_was_allowed_is_refused(lctrack: Command, tmp_path: Path) -> None:
    bundle = crafted(tmp_path, {"a.jsonl": b"\0" * 5_000_000})
    assert bundle.stat().st_size < 10_000
    result = refused(lctrack, tmp_path, bundle, "--max-size", "4M")
    assert "its segments come to 5000000 bytes; --max-size allows 4000000" in result.err
    assert lctrack("unbundle", bundle, "-d", tmp_path / "logs", "--max-size", "5M").code == 0


def test_more_than_there_is_room_for_is_refused_before_it_is_read(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 8, 1))
    monkeypatch.setattr(archive_module, "contents", None)
    assert "14 B are needed in" in refused(lctrack, tmp_path, crafted(tmp_path)).err


def test_a_member_that_goes_on_beyond_its_size_is_not_read_to_its_end(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    real = zipfile.ZipExtFile.read

    def counting(member: zipfile.ZipExtFile, size: int = -1) -> bytes:
        read.append(len(content := real(member, size)))
        return content

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counting)
    content = b"\0" * 5_000_000
    listed = json.loads(manifest({"a.jsonl": content}))
    listed["segments"][0]["size"] = 10
    bundle = crafted(tmp_path, {"a.jsonl": content}, json.dumps(listed).encode())
    assert "damaged segments: a.jsonl" in refused(lctrack, tmp_path, bundle).err
    assert sum(read) < 2 * 1024 * 1024


@pytest.mark.parametrize("size", ["", "x", "1.5G", "-1", "5 M"])
def test_what_is_no_size_is_wrong_usage(lctrack: Command, tmp_path: Path, size: str) -> None:
    assert lctrack("unbundle", crafted(tmp_path), "-d", tmp_path / "logs", f"--max-size={size}").code == 2


def test_any_flipped_bit_is_refused_or_does_no_harm(lctrack: Command, tmp_path: Path) -> None:
    segments = {"a.jsonl": b'{"seq":0}\n' * 40, "b.jsonl": b"{}\n", "c.parquet": bytes(range(256))}
    good = crafted(tmp_path, segments).read_bytes()
    chance = random.Random(7)  # noqa: S311  # the same flips each time
    refusals = 0
    for _ in range(150):
        damaged = bytearray(good)
        damaged[chance.randrange(len(good))] ^= 1 << chance.randrange(8)
        (tmp_path / "bad.zip").write_bytes(damaged)
        result = lctrack("unbundle", tmp_path / "bad.zip", "-d", tmp_path / "logs")
        assert result.code in (0, 1)
        assert "internal error" not in result.err
        if result.code:
            refusals += 1
            assert not (tmp_path / "logs").exists()
        else:
            assert segments == {name: (tmp_path / "logs" / name).read_bytes() for name in listing(tmp_path / "logs")}
            shutil.rmtree(tmp_path / "logs")
    assert refusals > 100


def test_a_bundle_cut_anywhere_is_refused(lctrack: Command, tmp_path: Path) -> None:
    good = crafted(tmp_path).read_bytes()
    for length in range(0, len(good), 9):
        (tmp_path / "cut.zip").write_bytes(good[:length])
        refused(lctrack, tmp_path, tmp_path / "cut.zip")


def test_a_damaged_segment_is_named(lctrack: Command, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("a", "b", "c"):
        seal(finished(tmp_path / "logs", name))
    lctrack("bundle", tmp_path / "logs", "-o", tmp_path / "x.zip")
    content = bytearray((tmp_path / "x.zip").read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in ("a.parquet", "c.parquet"):
            content[archive.getinfo(name).header_offset + 200] ^= 1
    (tmp_path / "x.zip").write_bytes(content)
    assert refused(lctrack, tmp_path, tmp_path / "x.zip").err.endswith("damaged segments: a.parquet, c.parquet\n")


# ------------------------------------------------------------------ what is there already


def test_segments_that_are_there_already_are_skipped(lctrack: Command, tmp_path: Path) -> None:
    bundle = crafted(tmp_path)
    lctrack("unbundle", bundle, "-d", tmp_path / "logs")
    (tmp_path / "logs" / "a.jsonl").unlink()
    there = tmp_path / "logs" / "deep" / "er" / "b.parquet"
    before = (there.stat().st_ino, there.stat().st_mtime_ns)
    result = lctrack("unbundle", bundle, "-d", tmp_path / "logs")
    assert (result.code, result.out) == (0, "a.jsonl\n")
    assert result.err.startswith("1 segment written into ")
    assert result.err.endswith(", 1 there already\n")
    assert before == (there.stat().st_ino, there.stat().st_mtime_ns)


def test_a_segment_that_was_sealed_since_is_there_already(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path)
    lctrack("bundle", tmp_path, "-o", tmp_path / "x.zip")
    lctrack("unbundle", tmp_path / "x.zip", "-d", tmp_path / "logs")
    lctrack("seal", tmp_path / "logs")
    assert "0 segments written" in lctrack("unbundle", tmp_path / "x.zip", "-d", tmp_path / "logs").err
    assert listing(tmp_path / "logs") == [f"{NAME}.parquet"]


def test_a_different_file_is_not_overwritten_and_nothing_else_is_written(lctrack: Command, tmp_path: Path) -> None:
    (tmp_path / "logs" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "logs" / "deep" / "er" / "b.parquet").write_bytes(b"mine")
    result = lctrack("unbundle", crafted(tmp_path), "-d", tmp_path / "logs")
    assert (result.code, listing(tmp_path / "logs")) == (1, ["deep/er/b.parquet"])
    assert result.err.endswith("has other files of these names: deep/er/b.parquet\n")
    assert (tmp_path / "logs" / "deep" / "er" / "b.parquet").read_bytes() == b"mine"


@pytest.mark.parametrize("obstacle", ["link", "file"])
def test_what_lies_in_the_way_is_not_passed(lctrack: Command, tmp_path: Path, obstacle: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "elsewhere").mkdir()
    if obstacle == "link":
        (tmp_path / "logs" / "deep").symlink_to(tmp_path / "elsewhere")
    else:
        (tmp_path / "logs" / "deep").touch()
    result = lctrack("unbundle", crafted(tmp_path), "-d", tmp_path / "logs")
    assert result.code == 1
    assert "on the way to deep/er/b.parquet" in result.err
    assert not (tmp_path / "logs" / "a.jsonl").exists()
    assert not listing(tmp_path / "elsewhere")


def test_a_link_in_the_place_of_a_segment_is_not_followed(lctrack: Command, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.jsonl").symlink_to(tmp_path / "target")
    assert lctrack("unbundle", crafted(tmp_path), "-d", tmp_path / "logs").code == 1
    assert not (tmp_path / "target").exists()


def test_a_file_in_the_place_of_the_directory_is_wrong_usage(lctrack: Command, tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    assert lctrack("unbundle", crafted(tmp_path), "-d", tmp_path / "logs").code == 2


def test_a_full_disk_leaves_whole_segments_and_the_rest_can_follow(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = crafted(tmp_path)
    calls = []
    real = os.fsync

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:  # file, directory, second file
            raise OSError(28, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert lctrack("unbundle", bundle, "-d", tmp_path / "logs").code == 1
    assert listing(tmp_path / "logs") == ["a.jsonl"]
    assert lctrack("unbundle", bundle, "-d", tmp_path / "logs").code == 0
    assert listing(tmp_path / "logs") == list(GOOD)
