"""`lctrack status` tells what is there."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from lctrack import Recorder
from lctrack._seal import seal
from lctrack._segment import this_host
from tests.command.conftest import Command
from tests.command.logs import NAME, copied_samples, end, finished, line, of_dead_writer, segment, start


def told(lctrack: Command, directory: Path) -> Any:
    return json.loads(lctrack("status", directory, "--json").out)


def without_form(answer: Any) -> Any:
    """Leave out what sealing changes."""
    return [{**each, "file": Path(each["file"]).stem, "state": None, "bytes": None} for each in answer["segments"]]


def test_every_state_is_told(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path, "a")
    seal(finished(tmp_path, "b"))
    of_dead_writer(tmp_path).rename(tmp_path / "c.jsonl")
    segment(tmp_path, [start(host=this_host(), pid=os.getpid())], "d")
    segment(tmp_path, [start(host="elsewhere")], "e")
    states = {Path(each["file"]).name: each["state"] for each in told(lctrack, tmp_path)["segments"]}
    assert states == {
        "a.jsonl": "finished",
        "b.parquet": "sealed",
        "c.jsonl": "abandoned",
        "d.jsonl": "open",
        "e.jsonl": "open",
    }


def test_a_segment_is_summed_up(lctrack: Command, tmp_path: Path) -> None:
    path = segment(tmp_path, [start(), line(1), b"junk\n", b"\n", line(2, "dropped", count=5, reason="full"), end(3)])
    assert told(lctrack, tmp_path)["segments"] == [
        {
            "file": str(path),
            "state": "finished",
            "bytes": path.stat().st_size,
            "segment": NAME,
            "format": 1,
            "host": "elsewhere",
            "pid": 7,
            "ended": True,
            "events": 4,
            "unsound": 1,
            "dropped": 5,
            "first_ts": 1_795_202_226_000_000_000,
            "last_ts": 1_795_202_226_000_000_003,
        }
    ]


def test_sealing_changes_nothing_of_what_is_told(lctrack: Command, tmp_path: Path) -> None:
    copies = copied_samples(tmp_path)
    before = told(lctrack, copies)
    lctrack("seal", copies, "--force")
    after = told(lctrack, copies)
    assert without_form(before) == without_form(after)
    assert [each["session_id"] for each in before["open_sessions"]] == [
        each["session_id"] for each in after["open_sessions"]
    ]


def test_a_session_is_open_until_its_end_in_whichever_segment(lctrack: Command, tmp_path: Path) -> None:
    begun = line(1, "session_start", session_id="s", session={"project": "p", "name": "n"})
    segment(tmp_path, [start(), begun], "a")
    assert told(lctrack, tmp_path)["open_sessions"] == [
        {
            "session_id": "s",
            "begun": 1_795_202_226_000_000_001,
            "name": "n",
            "project": "p",
            "segment": "a.jsonl",
            "state": "open",
        }
    ]
    segment(tmp_path, [start(), line(1, "session_end", session_id="s", session={"name": "other"})], "b")
    assert told(lctrack, tmp_path)["open_sessions"] == []


def test_a_live_recording_is_told(lctrack: Command, tmp_path: Path) -> None:
    with Recorder(tmp_path, name="live") as recorder:
        with recorder.span("x"):
            pass
        answer = told(lctrack, tmp_path)
        assert (answer["segments"][0]["events"], answer["segments"][0]["state"]) == (4, "open")
        assert [each["name"] for each in answer["open_sessions"]] == ["live"]
    answer = told(lctrack, tmp_path)
    assert (answer["segments"][0]["state"], answer["open_sessions"]) == ("finished", [])


def test_a_damaged_sealed_segment_is_told_and_the_others_too(lctrack: Command, tmp_path: Path) -> None:
    seal(finished(tmp_path, NAME)).write_bytes(b"damaged")
    finished(tmp_path, "z")
    result = lctrack("status", tmp_path)
    assert result.code == 3
    assert re.search(rf"{NAME}\.parquet +damaged", result.out)
    assert re.search(r"z\.jsonl +finished +5", result.out)
    assert f"{NAME}.parquet is damaged: the end of a Parquet file is missing" in result.err


def test_other_tables_in_the_directory_are_no_segments(lctrack: Command, tmp_path: Path) -> None:
    finished(tmp_path)
    (tmp_path / "export.parquet").write_bytes(b"PAR1 of somebody")
    assert len(told(lctrack, tmp_path)["segments"]) == 1


def test_an_interrupted_sealing_is_told_and_counted_once(lctrack: Command, tmp_path: Path) -> None:
    path = finished(tmp_path)
    content = path.read_bytes()
    seal(path)
    path.write_bytes(content)
    result = lctrack("status", tmp_path)
    assert result.out.startswith("1 segment · 5 events")
    assert "lctrack seal finishes their sealing" in result.err


def test_text_from_logs_cannot_move_the_cursor(lctrack: Command, tmp_path: Path) -> None:
    named = {"name": "\x1b[2J\u202etxt", "project": "a\nb"}
    segment(tmp_path, [start(), line(1, "session_start", session_id="s", session=named)])
    out = lctrack("status", tmp_path).out
    assert r"\x1b[2J\u202etxt" in out
    assert r"a\nb" in out


def test_a_directory_without_logs_fails_in_one_sentence(lctrack: Command, tmp_path: Path) -> None:
    result = lctrack("status", tmp_path)
    assert (result.code, result.out) == (1, "")
    assert re.fullmatch(r"lctrack status: no log files in .*: a recorder writes \*\.jsonl there; .*\n", result.err)


@pytest.mark.parametrize("command", ["status", "verify", "tail", "seal"])
def test_a_path_that_is_not_there_is_wrong_usage(lctrack: Command, tmp_path: Path, command: str) -> None:
    result = lctrack(command, tmp_path / "none")
    assert (result.code, result.out) == (2, "")
    assert re.fullmatch(rf"lctrack {command}: .*none does not exist: give a log file, .*\n", result.err)


def test_a_pattern_stands_for_what_it_matches(lctrack: Command, tmp_path: Path) -> None:
    for name in ("a1", "a2", "b1"):
        finished(tmp_path, name)
    answer = json.loads(lctrack("status", tmp_path / "a*", "--json").out)
    assert [Path(each["file"]).name for each in answer["segments"]] == ["a1.jsonl", "a2.jsonl"]


def test_hidden_files_and_directories_are_left_out(lctrack: Command, tmp_path: Path) -> None:
    (tmp_path / ".lctrack").mkdir()
    finished(tmp_path / ".lctrack")
    finished(tmp_path, ".hidden")
    assert lctrack("status", tmp_path).code == 1
