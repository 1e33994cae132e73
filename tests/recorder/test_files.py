"""A recording is one private file of whole, numbered lines."""

import os
import re
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lctrack import Recorder
from lctrack._segment import Segment
from tests.recorder.support import files, names, only, read, read_file


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def record(directory: Path) -> None:
    with Recorder(directory) as recorder, recorder.span("x"):
        pass


def test_nothing_is_made_before_the_first_event(tmp_path: Path) -> None:
    with Recorder(tmp_path / "logs"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_recording_is_one_file_and_nothing_else(tmp_path: Path) -> None:
    record(tmp_path / "logs")
    (file,) = (tmp_path / "logs").iterdir()
    assert re.fullmatch(r"\d{8}T\d{12}Z-\d+-[0-9a-f]{8}\.jsonl", file.name)
    assert names(read_file(file)) == [
        "segment_start",
        "session_start",
        "span_start",
        "span_end",
        "session_end",
        "segment_end",
    ]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_may_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        record(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o700, 0o700]
    assert [mode(file) for file in files(tmp_path / "a" / "b")] == [0o600]


def test_the_rights_of_an_existing_directory_are_its_owners_affair(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    record(tmp_path)
    assert mode(tmp_path) == 0o750


def test_an_existing_file_is_never_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lctrack._segment.secrets.token_hex", lambda _: "00000000")
    monkeypatch.setattr("lctrack._segment.time.time", lambda: 0.0)
    Segment(tmp_path).close()
    with pytest.raises(FileExistsError):
        Segment(tmp_path)


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lctrack._segment.secrets.token_hex", lambda _: "00000000")
    monkeypatch.setattr("lctrack._segment.time.time", lambda: 0.0)
    target = tmp_path / "target"
    (tmp_path / f"19700101T000000000000Z-{os.getpid()}-00000000.jsonl").symlink_to(target)
    with pytest.raises(FileExistsError):
        Segment(tmp_path)
    assert not target.exists()


def test_names_sort_by_time(tmp_path: Path) -> None:
    for _ in range(20):
        record(tmp_path)
    starts = [read_file(file)[0]["ts"] for file in files(tmp_path)]
    assert len(starts) == 20
    assert sorted(starts) == starts


def test_the_file_stays_where_the_application_was_when_it_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    recorder = Recorder("logs")
    monkeypatch.chdir(tmp_path / "elsewhere")
    with recorder, recorder.span("x"):
        pass
    assert len(files(tmp_path / "logs")) == 1


def test_the_first_line_says_who_wrote_it_and_when(tmp_path: Path) -> None:
    record(tmp_path)
    start = only(tmp_path, "segment_start")
    assert start["format"] == 1
    assert f"{start['segment']}.jsonl" == files(tmp_path)[0].name
    assert start["pid"] == os.getpid()
    assert start["host"] == os.uname().nodename
    assert {"recorder", "python", "langchain_core", "wall_ns", "monotonic_ns"} <= start.keys()


def test_threads_share_a_file_without_gaps_or_mixed_lines(tmp_path: Path) -> None:
    def work(number: int) -> None:
        for index in range(50):
            with recorder.span(f"{number}-{index}", inputs="x" * 5_000):
                pass

    with Recorder(tmp_path) as recorder, ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    (file,) = files(tmp_path)
    lines = read_file(file)
    assert len(lines) == 4 + 8 * 50 * 2
    assert {f"{number}-{index}" for number in range(8) for index in range(50)} == {
        line["name"] for line in lines if "name" in line
    }
    assert recorder.stats() == {
        "events": 800,
        "bytes": file.stat().st_size,
        "dropped": 0,
        "segments": 1,
        "open_runs": 0,
    }


def test_the_end_of_a_segment_counts_its_lines(tmp_path: Path) -> None:
    record(tmp_path)
    assert only(tmp_path, "segment_end")["events"] == len(read(tmp_path))


def test_an_event_after_closing_opens_another_file(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    for name in ("before", "after"):
        with recorder.span(name):
            pass
        recorder.close()
    assert [read_file(file)[2]["name"] for file in files(tmp_path)] == ["before", "after"]


def test_closing_twice_writes_no_second_end(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    with recorder, recorder.span("x"):
        pass
    recorder.close()
    assert names(read(tmp_path)).count("segment_end") == 1


def test_many_short_recordings_at_once_make_a_file_each(tmp_path: Path) -> None:
    threads = [threading.Thread(target=record, args=(tmp_path,)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(tmp_path)) == 16
    read(tmp_path)
