"""`lctrack bundle` carries finished segments, and `lctrack unbundle` puts them down as they were."""

import hashlib
import json
import re
import stat
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lctrack._seal import seal
from lctrack.command import bundle
from tests.command.conftest import Command
from tests.command.logs import NAME, copied_samples, finished, line, listing, of_dead_writer, segment, start


def contents(directory: Path) -> dict[str, bytes]:
    return {name: (directory / name).read_bytes() for name in listing(directory)}


def names(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        return archive.namelist()


def test_what_is_bundled_arrives_as_it_was(lctrack: Command, tmp_path: Path) -> None:
    copies = copied_samples(tmp_path)
    lctrack("seal", copies / "a-generate", copies / "d-chat")
    assert lctrack("bundle", copies, "-o", tmp_path / "b.zip", "--include-open").code == 0
    result = lctrack("unbundle", tmp_path / "b.zip", "-d", tmp_path / "there" / "logs")
    assert (result.code, len(result.out.splitlines())) == (0, 11)
    assert contents(copies) == contents(tmp_path / "there" / "logs")


def test_the_manifest_lists_every_segment(lctrack: Command, tmp_path: Path) -> None:
    path = finished(tmp_path)
    lctrack("bundle", tmp_path, "-o", tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        manifest = json.loads(archive.read("MANIFEST.json"))
    content = path.read_bytes()
    assert manifest == {
        "bundle": 1,
        "format": 1,
        "segments": [{"name": path.name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}],
    }


def test_the_same_segments_make_the_same_bundle(lctrack: Command, tmp_path: Path) -> None:
    copies = copied_samples(tmp_path)
    lctrack("bundle", copies, "-o", tmp_path / "1.zip")
    for path in copies.rglob("*.jsonl"):
        path.touch()
    lctrack("bundle", copies, "-o", tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_only_finished_segments_are_bundled(lctrack: Command, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    finished(tmp_path / "logs", "ended")
    seal(finished(tmp_path / "logs", "sealed"))
    of_dead_writer(tmp_path / "logs").rename(tmp_path / "logs" / "gone.jsonl")
    segment(tmp_path / "logs", [start()], "open")
    result = lctrack("bundle", tmp_path / "logs", "-o", tmp_path / "b.zip")
    assert names(tmp_path / "b.zip") == ["ended.jsonl", "gone.jsonl", "sealed.parquet", "MANIFEST.json"]
    assert "open.jsonl is left out: its writer is process 7 of another host, elsewhere; --include-open" in result.err
    lctrack("bundle", tmp_path / "logs", "-o", tmp_path / "c.zip", "--include-open")
    assert "open.jsonl" in names(tmp_path / "c.zip")


def test_a_bundle_of_nothing_is_not_made(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start()])
    result = lctrack("bundle", tmp_path, "-o", tmp_path / "b.zip")
    assert (result.code, listing(tmp_path)) == (1, [f"{NAME}.jsonl"])
    assert "no segment is finished" in result.err


def test_an_open_segment_is_bundled_as_long_as_it_was(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = segment(tmp_path, [start()])
    expected = path.read_bytes()
    real = bundle._info

    def grow(*arguments: Any, **named: Any) -> zipfile.ZipInfo:
        with path.open("ab") as stream:
            stream.write(line(1))
        return real(*arguments, **named)

    monkeypatch.setattr(bundle, "_info", grow)
    assert lctrack("bundle", tmp_path, "-o", tmp_path / "b.zip", "--include-open").code == 0
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert expected == archive.read(path.name)


def test_an_existing_file_is_only_replaced_where_that_is_asked(lctrack: Command, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    finished(tmp_path / "logs")
    (tmp_path / "b.zip").write_bytes(b"precious")
    result = lctrack("bundle", tmp_path / "logs", "-o", tmp_path / "b.zip")
    assert (result.code, (tmp_path / "b.zip").read_bytes()) == (2, b"precious")
    assert "is there already: --overwrite replaces it" in result.err
    assert lctrack("bundle", tmp_path / "logs", "-o", tmp_path / "b.zip", "--overwrite").code == 0
    assert listing(tmp_path) == ["b.zip", f"logs/{NAME}.jsonl"]
    assert zipfile.is_zipfile(tmp_path / "b.zip")


def test_a_bundle_that_cannot_be_written_leaves_nothing(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bundle, "write_manifest", full)
    result = lctrack("bundle", tmp_path, "-o", tmp_path / "b.zip")
    assert result == (1, "", "lctrack bundle: No space left on device\n")
    assert listing(tmp_path) == [f"{NAME}.jsonl"]


def test_a_bundle_that_would_not_arrive_whole_is_not_made(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(tmp_path)
    monkeypatch.setattr(bundle, "beginning", lambda *_: ())
    result = lctrack("bundle", tmp_path, "-o", tmp_path / "b.zip")
    assert (result.code, listing(tmp_path)) == (1, [f"{NAME}.jsonl"])
    assert f"damaged segments: {NAME}.jsonl" in result.err


def test_on_a_file_system_without_hard_links_nothing_is_overwritten_either(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    finished(tmp_path)
    assert lctrack("bundle", tmp_path, "-o", tmp_path / "b.zip").code == 0
    assert lctrack("unbundle", tmp_path / "b.zip", "-d", tmp_path / "there").code == 0
    assert listing(tmp_path) == [f"{NAME}.jsonl", "b.zip", f"there/{NAME}.jsonl"]
    assert lctrack("bundle", tmp_path, "-o", tmp_path / "b.zip").code == 2


def test_a_directory_that_is_not_there_is_wrong_usage(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path)
    result = lctrack("bundle", tmp_path, "-o", tmp_path / "none" / "b.zip")
    assert result.code == 2
    assert re.search(r"none is no directory: make it first$", result.err.strip())


def test_two_segments_of_one_name_are_told_apart_by_the_directory_above(lctrack: Command, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        finished(tmp_path / folder)
    result = lctrack("bundle", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "x.zip")
    assert (result.code, (tmp_path / "x.zip").exists()) == (1, False)
    assert "give the directory above them" in result.err
    assert lctrack("bundle", tmp_path, "-o", tmp_path / "x.zip").code == 0
    assert names(tmp_path / "x.zip") == [f"a/{NAME}.jsonl", f"b/{NAME}.jsonl", "MANIFEST.json"]


@pytest.mark.parametrize("name", ["a:b", "nul", "a\\b", "x\u202ey", "a\nb", "trailing /x"])
def test_names_that_some_system_cannot_have_are_refused_here_already(
    lctrack: Command, tmp_path: Path, name: str
) -> None:
    (tmp_path / "logs" / name).parent.mkdir(parents=True)
    finished(tmp_path / "logs", name)
    result = lctrack("bundle", tmp_path / "logs", "-o", tmp_path / "b.zip")
    assert (result.code, (tmp_path / "b.zip").exists()) == (1, False)
    assert "has a name that not every system can have: rename it" in result.err


def test_only_the_owner_may_read_what_is_made(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path)
    lctrack("bundle", tmp_path, "-o", tmp_path / "b.zip")
    lctrack("unbundle", tmp_path / "b.zip", "-d", tmp_path / "x" / "y")
    made = ["b.zip", "x", "x/y", f"x/y/{NAME}.jsonl"]
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in made] == [0o600, 0o700, 0o700, 0o600]
