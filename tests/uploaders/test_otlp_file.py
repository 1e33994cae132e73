"""Traces as lines of JSON: what OpenTelemetry's own encoder writes, in files that are whole."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_uploaders import files
from lctrack_uploaders.contract import Target
from lctrack_uploaders.errors import LostError
from lctrack_uploaders.testing.suite import create
from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import SECOND, START, FrameLogs, Rows, agent, run, trace
from tests.uploaders.test_conformance_otlp import spans_of


def deliver(directory: Path, rows: Rows) -> Unit:
    unit = next(units(FrameLogs(rows)))
    target = target_in(directory)
    delivery = target.open(unit)
    for step in target.plan(unit):
        delivery.do(step)
    delivery.verify()
    return unit


def target_in(directory: Path) -> Target:
    return create("otlp-file", {"otlp_file_directory": str(directory)}, directory)


def test_a_session_is_a_file_of_one_line_for_each_trace(tmp_path: Path) -> None:
    deliver(tmp_path, agent())
    assert [path.name for path in tmp_path.iterdir()] == ["session-1-0001.jsonl"]
    lines = (tmp_path / "session-1-0001.jsonl").read_text().splitlines()
    assert [len(list(spans_of(line))) for line in lines] == [6, 2]


def test_ids_are_hexadecimal_numbers_of_64_bits_are_text_and_kinds_are_numbers(tmp_path: Path) -> None:
    deliver(tmp_path, agent())
    line = json.loads((tmp_path / "session-1-0001.jsonl").read_text().splitlines()[0])
    span = line["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    assert span["traceId"] == "0190a5b27c3d7e4f8a1b000000000001"
    assert (span["kind"], span["status"]) == (1, {"code": 1})
    assert (span["startTimeUnixNano"], span["endTimeUnixNano"]) == (str(START), str(START + 9 * SECOND))


def test_a_session_that_goes_on_adds_lines_and_changes_none(tmp_path: Path) -> None:
    deliver(tmp_path, agent())
    before = (tmp_path / "session-1-0001.jsonl").read_bytes()
    rows = agent()
    rows["runs"].append(run(20, None, 20, "chain"))
    rows["traces"].append(trace(20))
    deliver(tmp_path, rows)
    after = (tmp_path / "session-1-0001.jsonl").read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].count(b"\n") == 1


def test_files_are_cut_by_the_number_of_traces(tmp_path: Path) -> None:
    rows = agent()
    rows["runs"] = [run(number, None, number, "chain") for number in range(150)]
    deliver(tmp_path, rows)
    found = {path.name: path.read_text().count("\n") for path in tmp_path.iterdir()}
    assert found == {"session-1-0001.jsonl": 100, "session-1-0002.jsonl": 50}


def test_files_of_an_earlier_delivery_that_had_more_are_removed_and_no_others(tmp_path: Path) -> None:
    others = {"session-1-0001.txt", "session-12-0002.jsonl"}
    for name in ("session-1-0002.jsonl", *others):
        (tmp_path / name).touch()
    deliver(tmp_path, agent())
    assert {path.name for path in tmp_path.iterdir()} == {"session-1-0001.jsonl", *others}


def test_a_file_that_is_gone_is_told_as_lost(tmp_path: Path) -> None:
    unit = deliver(tmp_path, agent())
    (tmp_path / "session-1-0001.jsonl").unlink()
    with pytest.raises(LostError):
        target_in(tmp_path).open(unit).verify()


def test_a_directory_has_one_name_for_each_session(tmp_path: Path) -> None:
    unit = deliver(tmp_path / "a b", agent())
    assert target_in(tmp_path / "a b").open(unit).remote_id == "session-1"
    assert (tmp_path / "a b" / "session-1-0001.jsonl").is_file()


@given(st.text())
def test_a_session_of_any_name_has_a_plain_key(session_id: str) -> None:
    found = files.key(session_id)
    assert found == session_id or len(found) == 32
    assert {*found} <= {*"abcdefghijklmnopqrstuvwxyz0123456789-"}
    assert found
