"""Sealing turns a finished segment into a Parquet file that stands for it, and nothing else into anything."""

import builtins
import hashlib
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lctrack import _lines, _seal, _sealed
from lctrack._seal import SealError, seal
from lctrack._sealed import read_sealed, write_sealed
from tests.command.conftest import Command
from tests.command.logs import (
    NAME,
    SAMPLE_FILES,
    copied_samples,
    end,
    finished,
    line,
    listing,
    of_dead_writer,
    segment,
    start,
)

LEFTOVER = f".{NAME}.parquet.0123abcd.tmp"


def content(sealed: Path) -> bytes:
    return b"".join(each.content for each in read_sealed(sealed))


def test_every_sample_comes_back_byte_for_byte(tmp_path: Path) -> None:
    copies = copied_samples(tmp_path)
    for file in sorted(copies.glob("*/*.jsonl")):
        before = file.read_bytes()
        assert before == content(seal(file, force=True))
    assert [f"{file.parent.name}/{file.stem}.parquet" for file in SAMPLE_FILES] == listing(copies)


@given(st.lists(st.one_of(st.binary(), st.just(line(1)), st.just(line(2, text="é\n")), st.just(b"\n"))))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_lines_come_back_byte_for_byte(tmp_path: Path, lines: list[bytes]) -> None:
    path = segment(tmp_path, [*lines, b"\n", end(1)])
    before = path.read_bytes()
    sealed = seal(path)
    assert before == content(sealed)
    sealed.unlink()


def test_a_line_that_is_too_long_for_memory_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = finished(tmp_path, events=1, filler="x" * 500)
    before = path.read_bytes()
    monkeypatch.setattr(_lines, "MAX_LINE", 200)
    assert before == content(seal(path))


def test_a_segment_of_several_row_groups_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = finished(tmp_path, events=100)
    before = path.read_bytes()
    monkeypatch.setattr(_sealed, "_BATCH_ROWS", 7)
    assert before == content(seal(path))
    assert pq.read_metadata(path.with_suffix(".parquet")).num_row_groups == 15


def test_the_file_says_what_it_was_made_of(tmp_path: Path) -> None:
    path = finished(tmp_path)
    before = path.read_bytes()
    metadata = pq.read_metadata(seal(path)).metadata
    assert {
        b"lctrack.sealed": b"1",
        b"lctrack.format": b"1",
        b"lctrack.segment": NAME.encode(),
        b"lctrack.jsonl_bytes": str(len(before)).encode(),
        b"lctrack.jsonl_sha256": hashlib.sha256(before).hexdigest().encode(),
    }.items() <= metadata.items()


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    assert stat.S_IMODE(seal(finished(tmp_path)).stat().st_mode) == 0o600


def test_an_empty_segment_can_be_sealed_by_force(tmp_path: Path) -> None:
    assert content(seal(segment(tmp_path, []), force=True)) == b""


def test_the_segment_of_a_dead_writer_is_sealed_with_its_torn_tail(tmp_path: Path) -> None:
    path = of_dead_writer(tmp_path)
    with path.open("ab") as stream:
        stream.write(b'{"seq":2,"ts":3,"ev')
    before = path.read_bytes()
    assert before == content(seal(path))


def test_an_open_segment_is_left_alone(tmp_path: Path) -> None:
    path = segment(tmp_path, [start(), line(1)])
    with pytest.raises(SealError, match=rf"{NAME}\.jsonl is not finished: .*; --force seals it all the same"):
        seal(path)
    assert [path.name] == listing(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open for writing")
def test_a_segment_that_is_being_written_is_not_even_sealed_by_force(tmp_path: Path) -> None:
    path = segment(tmp_path, [start(), line(1)])
    with path.open("ab"), pytest.raises(SealError, match="is open for writing"):
        seal(path, force=True)
    assert [path.name] == listing(tmp_path)


def test_a_segment_that_grows_while_it_is_sealed_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = finished(tmp_path)

    def write_and_grow(*arguments: Any) -> Any:
        written = write_sealed(*arguments)
        with path.open("ab") as stream:
            stream.write(line(9))
        return written

    monkeypatch.setattr(_seal, "write_sealed", write_and_grow)
    with pytest.raises(SealError, match="it has grown"):
        seal(path)
    assert [path.name] == listing(tmp_path)


def test_a_sealed_form_that_does_not_give_the_same_back_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = finished(tmp_path)
    monkeypatch.setattr(
        _seal, "write_sealed", lambda stream, lines, *_: write_sealed(stream, list(lines)[1:])._replace(size=9)
    )
    with pytest.raises(SealError, match="does not give back the same bytes"):
        seal(path)
    assert [path.name] == listing(tmp_path)


def test_a_link_is_not_sealed(tmp_path: Path) -> None:
    finished(tmp_path)
    (tmp_path / "link.jsonl").symlink_to(tmp_path / f"{NAME}.jsonl")
    with pytest.raises(SealError, match="is a link"):
        seal(tmp_path / "link.jsonl")


def test_sealing_what_is_sealed_changes_nothing(tmp_path: Path) -> None:
    path = finished(tmp_path)
    sealed = seal(path)
    before = sealed.read_bytes()
    assert sealed == seal(path)
    assert before == sealed.read_bytes()


def test_where_both_forms_are_there_the_jsonl_is_removed(tmp_path: Path) -> None:
    path = finished(tmp_path)
    before = path.read_bytes()
    sealed = seal(path)
    path.write_bytes(before)
    seal(path)
    assert [sealed.name] == listing(tmp_path)
    assert before == content(sealed)


def test_what_was_written_after_sealing_by_force_is_sealed_too(tmp_path: Path) -> None:
    path = segment(tmp_path, [start(), line(1)])
    before = path.read_bytes()
    seal(path, force=True)
    path.write_bytes(before + line(2) + end(3))
    assert before + line(2) + end(3) == content(seal(path))


@pytest.mark.parametrize("other", [b"", line(0, text="another"), b"x" * 5_000 + b"\n"])
def test_a_sealed_form_with_other_lines_is_never_replaced(tmp_path: Path, other: bytes) -> None:
    path = finished(tmp_path)
    before = path.read_bytes()
    seal(path)
    path.write_bytes(other + end(1))
    with pytest.raises(SealError, match=r"holds other lines than .*: move one of them away"):
        seal(path)
    assert before == content(path.with_suffix(".parquet"))


def test_a_damaged_sealed_form_is_never_replaced(tmp_path: Path) -> None:
    path = finished(tmp_path)
    path.with_suffix(".parquet").write_bytes(b"PAR1 damaged PAR1")
    with pytest.raises(SealError, match=r"is damaged: .*; move it away"):
        seal(path)
    assert path.exists()


def test_what_a_killed_process_left_is_cleaned(tmp_path: Path) -> None:
    path = finished(tmp_path)
    (tmp_path / LEFTOVER).write_bytes(b"half")
    (tmp_path / ".other.parquet.0123abcd.tmp").write_bytes(b"of another segment")
    seal(path)
    assert [".other.parquet.0123abcd.tmp", f"{NAME}.parquet"] == listing(tmp_path)


def test_without_pyarrow_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = finished(tmp_path)
    _without_pyarrow(monkeypatch)
    with pytest.raises(SealError, match=r"^sealed segments need pyarrow: pip install pyarrow$"):
        seal(path)
    assert [path.name] == listing(tmp_path)


def test_recording_imports_neither_the_command_nor_sealing() -> None:
    code = "import lctrack, sys; print(*(name for name in sys.modules if name.startswith(('lctrack', 'pyarrow'))))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [name for name in loaded if "command" in name or "seal" in name or "pyarrow" in name] == []


# ------------------------------------------------------------------ the command


def test_the_command_seals_what_is_finished_and_names_what_is_left(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path, NAME)
    segment(tmp_path, [start()], "open")
    result = lctrack("seal", tmp_path)
    assert (0, [f"{NAME}.parquet", "open.jsonl"]) == (result.code, listing(tmp_path))
    assert "open.jsonl is left open: its writer is process 7 of another host, elsewhere" in result.err
    assert "1 segment sealed, 1 left open" in result.err


def test_the_command_seals_open_segments_by_force(lctrack: Command, tmp_path: Path) -> None:
    segment(tmp_path, [start()], "open")
    assert lctrack("seal", tmp_path, "--force").code == 0
    assert listing(tmp_path) == ["open.parquet"]


def test_the_command_goes_on_after_a_segment_that_cannot_be_sealed(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path, "a").with_suffix(".parquet").write_bytes(b"in the way")
    finished(tmp_path, "b")
    result = lctrack("seal", tmp_path)
    assert (result.code, listing(tmp_path)) == (3, ["a.jsonl", "a.parquet", "b.parquet"])
    assert "1 segment sealed, 1 failed" in result.err


def test_the_command_fails_where_nothing_can_be_sealed(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path, "a").with_suffix(".parquet").write_bytes(b"in the way")
    assert lctrack("seal", tmp_path).code == 1


def test_the_command_says_that_pyarrow_is_missing(
    lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(tmp_path)
    _without_pyarrow(monkeypatch)
    assert lctrack("seal", tmp_path) == (1, "", "lctrack seal: sealed segments need pyarrow: pip install pyarrow\n")


def _without_pyarrow(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., Any] = builtins.__import__

    def importing(name: str, *arguments: Any) -> Any:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", importing)


def test_the_rights_of_the_process_that_seals_do_not_matter(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        sealed = seal(finished(tmp_path))
    finally:
        os.umask(before)
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o600
