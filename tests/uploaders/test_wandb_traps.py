"""What W&B refuses, loses or shows late; and what of a session it could not take as it is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lctrack_uploaders.delivery import Outcome
from lctrack_uploaders.targets.wandb import datastore, delivery, history, names, traces
from lctrack_uploaders.testing import TableLogs, TargetSuite, young
from lctrack_uploaders.testing.sessions import SECOND
from lctrack_uploaders.testing.tables import Rows
from lctrack_uploaders.units import Unit, units
from tests.uploaders import frames
from tests.uploaders.wandb_reading import Wandb
from tests.uploaders.wandb_server import State, serving

SDK = pytest.mark.usefixtures("_needs_the_sdk")


@pytest.fixture
def _needs_the_sdk() -> None:
    pytest.importorskip("wandb", reason="the extra wandb is not installed")


@pytest.fixture
def state() -> Iterator[State]:
    with serving() as state:
        yield state


class Deliverer(TargetSuite):
    """Delivers as the suite does."""

    __test__ = False
    kind = "wandb"
    wrong = ()

    @pytest.fixture
    def make_destination(self, tmp_path: Path) -> Any:
        raise NotImplementedError


def deliver(destination: Wandb, tmp_path: Path, rows: Rows | None = None) -> list[Outcome]:
    return Deliverer().deliver(destination, tmp_path / "ledger.db", lambda salt: rows or young(salt))


def unit_of(rows: Rows) -> Unit:
    return next(units(TableLogs(rows)))


@SDK
def test_a_wrong_key_is_told_in_a_sentence(state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.uploaders.wandb_server.CANARY", "another")
    found = deliver(Wandb(state), tmp_path)
    assert {f"W&B at {state.address} does not let us in: check WANDB_API_KEY."} == {each.message for each in found}


@SDK
def test_a_deleted_run_is_told_and_not_replaced(state: State, tmp_path: Path) -> None:
    destination = Wandb(state)
    deliver(destination, tmp_path)
    deleted = names.run_id(f"{destination.salt}-a")
    state.delete(deleted)

    found = deliver(destination, tmp_path / "again")

    assert [each.state for each in found] == ["failed", "delivered"]
    assert found[0].message is not None
    assert "restore it" in found[0].message
    assert deleted not in state.runs


@SDK
def test_a_call_that_comes_to_light_late_is_added_once(state: State, tmp_path: Path) -> None:
    destination = Wandb(state)
    deliver(destination, tmp_path)
    rows = young(destination.salt)
    early = dict(next(row for row in rows["runs"] if row["kind"] == "llm"))
    early.update(run_id=early["run_id"][:-1] + "f", start_time=early["start_time"] - 5 * SECOND, input_tokens=99)
    early["end_time"] = early["start_time"] + SECOND
    rows["runs"].append(early)

    assert [each.state for each in deliver(destination, tmp_path, rows)] == ["unchanged", "delivered"]

    history_rows = destination.runs()["session b"].history
    assert [row["call/input_tokens"] for row in history_rows if "call" in row] == [7, 99]
    assert early["end_time"] // 1_000_000 / 1000 == history_rows[-1]["_timestamp"]
    assert [row["_step"] for row in history_rows] == [0, 1, 2]


@SDK
def test_rows_that_a_server_does_not_show_are_not_taken_for_stored(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SHOWN_AFTER", 0.5)
    state.hidden = 1
    found = deliver(Wandb(state), tmp_path)
    assert {"failed"} == {each.state for each in found}
    assert all("history is incomplete" in str(each.message) or "shows" in str(each.message) for each in found)


@SDK
def test_odd_names_cost_nothing(state: State, tmp_path: Path) -> None:
    destination = Wandb(state)
    rows = young(destination.salt)
    odd = {"project": f"a/b:{destination.salt}?", "name": "n" * 300, "group_name": "g" * 300, "tags": ["", "t" * 99]}
    rows["sessions"][0].update(odd)

    assert {"delivered"} == {each.state for each in deliver(destination, tmp_path, rows)}

    (run,) = (run for run in state.runs.values() if run.labels["displayName"].startswith("nnn"))
    assert run.config["lctrack"]["value"]["labels"]["project"] == odd["project"]


def test_a_deep_trace_is_no_deeper_than_the_sdk_can_walk_and_lacks_nothing() -> None:
    depth = 3 * traces.DEEPEST
    runs = [frames.run(number, number - 1 if number else None, 0, "chain") for number in range(depth)]
    unit = unit_of({"sessions": [frames.session()], "traces": [frames.trace(0)], "runs": runs})

    root = traces.tree(unit.traces[0])

    assert levels(root) == traces.DEEPEST + 1
    assert {frames.run_id(number) for number in range(depth)} == {span["span_id"] for span in flat(root)}


def test_a_trace_that_is_too_long_for_a_line_is_cut() -> None:
    runs = [
        frames.run(number, 0 if number else None, 0, "llm", inputs=json.dumps("x" * 999_999)) for number in range(20)
    ]
    unit = unit_of({"sessions": [frames.session()], "traces": [frames.trace(0)], "runs": runs})

    found = json.dumps(traces.tree(unit.traces[0]))

    assert traces.LARGEST // 10 < len(found) <= traces.LARGEST


def test_a_retriever_is_a_tool_with_a_query_and_documents() -> None:
    run = frames.run(0, None, 0, "retriever", inputs='"what?"', outputs='[{"page_content": "that"}]')
    unit = unit_of({"sessions": [frames.session()], "traces": [frames.trace(0)], "runs": [run]})

    span = traces.tree(unit.traces[0])

    assert (span["span_kind"], span["attributes"]["kind"]) == ("TOOL", "retriever")
    assert span["results"] == [{"inputs": {"query": "what?"}, "outputs": {"documents": [{"page_content": "that"}]}}]


def test_a_trace_that_runs_comes_when_it_has_ended_or_its_session_has() -> None:
    runs = [frames.run(0, None, 0, "chain", end_time=None)]
    rows = {"traces": [frames.trace(0)], "runs": runs}
    still = unit_of({"sessions": [frames.session(status="open")], **rows})
    over = unit_of({"sessions": [frames.session(status="ended")], **rows})

    assert (len(history.rows(still)), len(history.rows(over))) == (0, 1)


@pytest.mark.parametrize("size", [0, 1, 32_754, 32_755, 32_761, 32_762, 100_000])
def test_a_run_s_file_reads_back_as_it_was_written(size: int, tmp_path: Path) -> None:
    records = [b"a" * size, b"", b"b" * 40_000, b"c"]
    datastore.write(tmp_path / "x", b":W&B\xee\xbe\x00", records)
    assert records == list(datastore.read(tmp_path / "x"))


def levels(span: dict[str, Any]) -> int:
    return 1 + max(map(levels, span["child_spans"] or ()), default=0)


def flat(span: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield span
    for child in span["child_spans"] or ():
        yield from flat(child)
