"""Logs in any form are read by what they hold, not by what they are called; what is damaged or too much is told."""

import gzip
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from lctrack_analysis import load
from lctrack_analysis.read import compressed
from tests.analysis.writing import as_bytes, chain, event, numbered, segment_start, write

LINES = b"".join(map(as_bytes, numbered([segment_start(), *chain("a"), *chain("b", 2, 3)])))
MANY = as_bytes(segment_start()) + b"".join(
    as_bytes(event("text", number, run_id="r", text=f"{number * 7919:x}" * 9)) for number in range(3_000)
)


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue())


PACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd}


@pytest.mark.parametrize("form", PACKED)
@pytest.mark.parametrize("name", ["x.jsonl", "x.jsonl.gz", "x.jsonl.zst"])
def test_compressed_logs_are_read_whatever_their_name(form: str, name: str, tmp_path: Path) -> None:
    write(tmp_path / name, PACKED[form](LINES))
    assert load(tmp_path).runs["run_id"].to_list() == ["a", "b"]


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"PAR1", b"PK\x03\x04"])
def test_lines_behind_junk_that_looks_like_another_form_are_read(magic: bytes, tmp_path: Path) -> None:
    logs = load(write(tmp_path / "x.jsonl", magic + b"\n", LINES))
    assert logs.runs["run_id"].to_list() == ["a", "b"]
    assert logs.problems["line"].to_list() == [1]


def test_gzip_of_several_members_is_read_to_its_end(tmp_path: Path) -> None:
    half = LINES.index(b"\n") + 1
    write(tmp_path / "x.jsonl.gz", gzip.compress(LINES[:half]) + gzip.compress(LINES[half:]))
    assert load(tmp_path).runs["run_id"].to_list() == ["a", "b"]


@pytest.mark.parametrize("form", PACKED)
def test_what_is_before_a_cut_is_read_and_the_cut_is_a_problem(form: str, tmp_path: Path) -> None:
    packed = PACKED[form](MANY)
    whole = load(write(tmp_path / "whole.jsonl", MANY)).events.height
    write(tmp_path / "cut" / "x.jsonl", packed[: len(packed) * 3 // 4])
    logs = load(tmp_path / "cut")
    assert whole // 2 < logs.events.height < whole
    assert logs.problems.height == 1
    assert "torn" in logs.problems["reason"][0]


def test_every_line_before_a_flipped_bit_in_gzip_is_read(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(MANY))
    packed[len(packed) // 2] ^= 0x10
    unpacker, sound = zlib.decompressobj(31), b""
    try:
        for byte in packed:
            sound += unpacker.decompress(bytes([byte]))
    except zlib.error:
        pass
    logs = load(write(tmp_path / "x.jsonl.gz", bytes(packed)))
    assert logs.events.height + logs.problems.height >= sound.count(b"\n")
    assert not logs.problems.is_empty()


@pytest.mark.parametrize("form", PACKED)
def test_what_unpacks_to_far_more_than_a_log_stops_at_a_limit(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressed, "LEAST_LIMIT", 1_000_000)
    bomb = LINES + b"\n" * 50_000_000
    logs = load(write(tmp_path / "x.jsonl", PACKED[form](bomb)))
    assert logs.runs["run_id"].to_list() == ["a", "b"]
    assert logs.problems["reason"].to_list() == ["unpacks to far more than a log does: the rest is left out"]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    from lctrack.command.cli import main

    write(tmp_path / "logs" / "sub" / "one.jsonl", LINES)
    assert main(["bundle", str(tmp_path / "logs"), "-o", str(tmp_path / "b.zip"), "--include-open"]) == 0
    return tmp_path / "b.zip"


def test_a_bundle_is_read_as_its_segments(bundle: Path) -> None:
    logs = load(bundle)
    assert logs.runs["run_id"].to_list() == ["a", "b"]
    assert logs.events["file"].unique().to_list() == [f"{bundle}/sub/one.jsonl"]


def test_a_bundle_in_a_directory_of_logs_adds_nothing_twice(bundle: Path) -> None:
    write(bundle.parent / "logs" / "two.jsonl", segment_start("two"), *chain("c", 4, 5))
    shutil.copy(bundle, bundle.parent / "logs")
    assert load(bundle.parent / "logs").runs["run_id"].to_list() == ["a", "b", "c"]


def test_a_damaged_bundle_is_a_problem_and_its_neighbours_are_read(bundle: Path) -> None:
    content = bytearray(bundle.read_bytes())
    content[60] ^= 0xFF
    folder = bundle.parent / "mixed"
    write(folder / "b.zip", bytes(content))
    write(folder / "two.jsonl", segment_start("two"), *chain("c", 4, 5))
    logs = load(folder)
    assert "c" in logs.runs["run_id"].to_list()
    assert not logs.problems.is_empty()
