"""What W&B holds after a delivery, against the tables; and what the command leaves behind."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import lctrack_analysis
from lctrack import Recorder
from lctrack_uploaders import segments
from lctrack_uploaders.targets.wandb import datastore, names
from lctrack_uploaders.testing.suite import CANARY
from lctrack_uploaders.units import Unit, units
from tests.uploaders import kills
from tests.uploaders.noting import noting
from tests.uploaders.wandb_reading import Wandb, read
from tests.uploaders.wandb_server import Run, State, serving

pytest.importorskip("wandb", reason="the extra wandb is not installed")

SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    with serving() as state:
        yield state


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a log with all labels, a model, a retriever, an agent, an error and scores."""
    logs = tmp_path_factory.mktemp("recorded")
    shutil.copytree(SAMPLES / "g-agent", logs / "agent")
    labels: Any = {"project": "demo", "name": "all labels", "group": "adviser", "job_type": "inference", "entity": "me"}
    params = {"temperature": 0.5, "tools": ["calc"]}
    with Recorder(logs, **labels, tags=["a", "b" * 90], notes="Some notes.", params=params) as recorder:
        with recorder.span("answer", kind="chain", inputs={"q": "?"}) as chain:
            with recorder.span("docs", kind="retriever", inputs="what?") as docs:
                docs.set_outputs([{"page_content": "That."}])
            with recorder.span("model", kind="llm", model="some-model", inputs=["Say."]) as model:
                model.set_outputs("Said.")
                model.set_usage(input_tokens=3, output_tokens=4)
            chain.set_outputs({"a": "!"})
        with pytest.raises(ValueError, match="no"), recorder.span("failing", kind="tool"):
            raise ValueError("no")
    return logs


def sessions(logs: Path) -> dict[str, Unit]:
    """Cut the logs into sessions, by name."""
    return {unit.name: unit for unit in units(lctrack_analysis.load([logs]), segments.find([logs]))}


def upload(logs: Path, state_directory: Path, *options: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as a process."""
    line = kills.command(logs, state_directory, "--to", "wandb", *options)
    known = {**os.environ, "WANDB_API_KEY": CANARY, **environ}
    return subprocess.run(line, env=known, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def delivered(state: State, recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Give the runs of the recorded sessions, by name."""
    found = upload(recorded, tmp_path_factory.mktemp("state"), "--wandb-base-url", state.address)
    assert (found.returncode, found.stderr) == (0, "")
    return {run.labels["displayName"]: run for run in state.runs.values()}


@pytest.fixture(scope="module")
def directory(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the run directories of the recorded sessions."""
    where = tmp_path_factory.mktemp("offline") / "runs"
    found = upload(recorded, where.with_name("state"), "--wandb-offline", str(where), WANDB_BASE_URL="http://192.0.2.1")
    assert (found.returncode, found.stderr) == (0, "")
    return where


@pytest.fixture(params=["server", "directory"])
def content(request: pytest.FixtureRequest, recorded: Path, state: State) -> dict[str, dict[str, Any]]:
    """Give what either holds of each session."""
    if request.param == "directory":
        found: dict[str, dict[str, Any]] = {}
        for path in request.getfixturevalue("directory").glob("offline-run-*"):
            told: dict[str, Any] = {"config": {}, "summary": {}, "history": []}
            read(path, told)
            told["files"] = _local_artifacts(path)
            found[told["labels"][1]] = told
        return found
    reader = Wandb(state)
    return {
        name: {
            "labels": [run.project, name, run.labels.get("notes", ""), sorted(run.labels.get("tags", [])),
                       run.labels.get("groupName", ""), run.labels.get("jobType", "")],
            "config": {key: value["value"] for key, value in run.config.items()},
            "summary": {**run.summary, **{table: reader.table(run, table) for table in TABLES if table in run.summary}},
            "history": run.history,
            "exit_code": run.exit_code,
            "files": reader.artifacts(names.run_id(sessions(recorded)[name].session_id)),
        }
        for name, run in request.getfixturevalue("delivered").items()
    }  # fmt: skip


TABLES = ("action_records", "session_analysis")


def _local_artifacts(path: Path) -> dict[str, dict[str, bytes]]:
    from wandb.proto import wandb_internal_pb2 as messages

    (file,) = path.glob("run-*.wandb")
    records = [messages.Record.FromString(each) for each in datastore.read(file)]
    made = [record.artifact for record in records if record.WhichOneof("record_type") == "artifact"]
    return {
        artifact.name: {each.path: (path.parent / each.local_path).read_bytes() for each in artifact.manifest.contents}
        for artifact in made
    }


def test_labels_are_as_recorded(content: Mapping[str, dict[str, Any]]) -> None:
    expected = ["demo", "all labels", "Some notes.", sorted(["a", "b" * 63 + "…"]), "adviser", "inference"]
    assert expected == content["all labels"]["labels"]


def test_parameters_are_the_configuration(content: Mapping[str, dict[str, Any]]) -> None:
    config = content["all labels"]["config"]
    assert (config["temperature"], config["tools"]) == (0.5, ["calc"])
    assert {"name": "all labels", "entity": "me"}.items() <= config["lctrack"]["labels"].items()


def test_both_tables_have_the_cells_of_the_recorded_ones(content: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        for table in set(TABLES) & unit.tables.keys():
            shown = content[name]["summary"][table]
            frame = unit.tables[table].with_columns(pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ"))
            cells = {column: [row[place] for row in shown["data"]] for place, column in enumerate(shown["columns"])}
            assert set(cells) == {column.name for column in frame if column.null_count() < frame.height}
            for column, values in cells.items():
                if column != "chat_html":
                    assert values == frame[column].to_list(), column


def test_the_chat_is_shown_as_html(content: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    unit = sessions(recorded)["adviser"]
    files = content["adviser"]["files"][f"run-{names.run_id(unit.session_id)}-session_analysis"]
    shown = json.loads(files["session_analysis.table.json"])
    place = shown["columns"].index("chat_html")
    found = [files[row[place]["path"]].decode() for row in shown["data"]]
    assert unit.tables["session_analysis"]["chat_html"].to_list() == found


def test_every_table_is_a_file_of_an_artifact(content: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        files = content[name]["files"][f"tables-{names.run_id(unit.session_id)}"]
        assert {f"{table}.parquet" for table in unit.tables} == set(files)
        for table, frame in unit.tables.items():
            assert_frame_equal(frame, pl.read_parquet(BytesIO(files[f"{table}.parquet"])))


def test_the_log_itself_is_an_artifact_byte_by_byte(content: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        expected = {file.name: file.read_bytes() for file in unit.segments.values()}
        assert expected == content[name]["files"][f"log-{names.run_id(unit.session_id)}"]


def test_history_has_each_call_at_its_own_time(content: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        expected = {
            (point.time / 1000, point.step, point.key, point.value) for point in unit.metrics if "call/" in point.key
        }
        found = {
            (row["_timestamp"], row["call"], key, value)
            for row in content[name]["history"]
            for key, value in row.items()
            if key.startswith("call/")
        }
        assert expected == found
        assert [row["_step"] for row in content[name]["history"]] == list(range(len(content[name]["history"])))


def test_totals_are_the_summary(content: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        expected = {point.key: point.value for point in unit.metrics if not point.key.startswith(("call/", "score/"))}
        assert expected
        assert expected.items() <= content[name]["summary"].items()


def test_each_trace_is_a_tree_with_the_recorded_spans(content: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        rows = [row for row in content[name]["history"] if "langchain_trace" in row]
        found = {
            span["span_id"]: span
            for row in rows
            for span in _flat(json.loads(row["langchain_trace"]["root_span_dumps"]))
        }
        expected = {span.run_id: span for trace in unit.traces for span in trace.spans}
        assert expected.keys() == found.keys()
        for run_id, span in expected.items():
            told = found[run_id]
            assert (span.name, str(span.start), str(span.end)) == (
                told["name"], told["attributes"]["start_time_ns"], told["attributes"]["end_time_ns"],
            )  # fmt: skip
            assert (told["status_code"] == "ERROR") == (span.status == "error")
            assert span.tokens == told["attributes"].get("tokens", {})
            assert span.kind == told["attributes"]["kind"]


def test_a_failed_session_ends_as_failed(content: Mapping[str, dict[str, Any]]) -> None:
    assert content["all labels"]["exit_code"] == 1
    assert content["adviser"]["exit_code"] == 0


def _flat(span: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield span
    for child in span["child_spans"] or ():
        yield from _flat(child)


def test_carried_directories_become_the_same_on_a_server_and_are_sent_once(
    directory: Path, delivered: dict[str, Run], recorded: Path, tmp_path: Path
) -> None:
    carried = tmp_path / "elsewhere"
    shutil.move(shutil.copytree(directory, tmp_path / "copy"), carried)
    shutil.move(directory, directory.with_name("gone"))
    try:
        with serving() as other:
            for _ in range(2):
                sync(carried, other)
            reader = Wandb(other)
            found = {run.labels["displayName"]: run for run in other.runs.values()}
            assert delivered.keys() == found.keys()
            for name, run in found.items():
                key = names.run_id(sessions(recorded)[name].session_id)
                assert [_timeless(row) for row in delivered[name].history] == [_timeless(row) for row in run.history]
                assert f"tables-{key}" in reader.artifacts(key)
                for table in TABLES:
                    if table in run.summary:
                        assert json.loads(
                            delivered[name].files[delivered[name].summary[table]["path"]]
                        ) == reader.table(run, table)
    finally:
        shutil.move(directory.with_name("gone"), directory)


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "_runtime"}


def sync(directory: Path, server: State) -> None:
    """Run W&B's own command in a directory."""
    known = {
        **os.environ, "WANDB_API_KEY": CANARY, "WANDB_BASE_URL": server.address, "WANDB_ERROR_REPORTING": "false",
        "HOME": str(directory), "WANDB_CACHE_DIR": str(directory / "cache"), "WANDB_DATA_DIR": str(directory / "data"),
    }  # fmt: skip
    known.pop("PYTHONPATH", None)
    line = [sys.executable, "-m", "wandb", "sync", "."]
    found = subprocess.run(line, cwd=directory, env=known, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("offline", [False, True])
def test_nothing_but_the_server_is_contacted(offline: bool, state: State, recorded: Path, tmp_path: Path) -> None:
    options = ("--wandb-offline", str(tmp_path / "runs")) if offline else ("--wandb-base-url", state.address)
    before = len(state.asked)
    with noting() as (proxies, asked):
        found = upload(recorded, tmp_path / "state", *options, **proxies)

    assert (found.returncode, found.stderr) == (0, "")
    assert asked == []
    assert (len(state.asked) > before) is not offline


def test_the_service_process_ends_with_the_command(state: State, recorded: Path, tmp_path: Path) -> None:
    line = kills.command(recorded, tmp_path / "state", "--to", "wandb", "--wandb-base-url", state.address)
    with subprocess.Popen(line, env={**os.environ, "WANDB_API_KEY": CANARY}) as process:
        seen = _watch(process)
    assert seen
    assert [pid for pid in seen if _is_service(pid)] == []


def test_the_service_process_ends_with_a_command_that_was_killed(state: State, recorded: Path, tmp_path: Path) -> None:
    line = kills.command(recorded, tmp_path / "state", "--to", "wandb", "--wandb-base-url", state.address)
    with subprocess.Popen(line, env={**os.environ, "WANDB_API_KEY": CANARY}) as process:
        while not (seen := _services(process.pid)):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    deadline = time.monotonic() + 60
    while any(map(_is_service, seen)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _watch(process: "subprocess.Popen[bytes]") -> set[int]:
    seen: set[int] = set()
    while process.poll() is None:
        seen |= _services(process.pid)
        time.sleep(0.01)
    return seen


def _services(parent: int) -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        pid = int(path.parent.name)
        try:
            words = path.read_bytes().decode().split("\0")
        except OSError:
            continue
        if words[0].endswith("wandb-core") and str(parent) in words:
            found.add(pid)
    return found


def _is_service(pid: int) -> bool:
    try:
        return "wandb-core" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return False


def test_nothing_is_left_in_the_home_or_working_directory(state: State, recorded: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    line = kills.command(recorded, tmp_path / "state", "--to", "wandb", "--wandb-base-url", state.address)
    known = {**os.environ, "WANDB_API_KEY": CANARY, "HOME": str(home), "TMPDIR": str(home / "tmp")}
    subprocess.run(line, cwd=home, env=known, check=True, capture_output=True)
    assert [home / "tmp"] == [path for path in home.rglob("*") if path.name != "lctrack"]


def test_the_environment_of_the_process_is_as_before(
    state: State, recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lctrack_uploaders.cli import main

    monkeypatch.setenv("WANDB_API_KEY", CANARY)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    before = dict(os.environ)
    assert main([str(recorded), "--to", "wandb", "--wandb-base-url", state.address, "--state", str(tmp_path)]) == 0
    assert before == {key: value for key, value in os.environ.items() if key != "WANDB_SERVICE"}


def test_killed_uploads_leave_what_a_clean_one_leaves(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.environ["WANDB_API_KEY"] = CANARY
    # Each takes the seconds of the SDK's import, so a short test has few.
    most = kills.KILLS if kills.KILLS >= 20 else kills.KILLS // 2
    monkeypatch.setattr(kills, "SESSIONS", kills.SESSIONS if kills.KILLS >= 20 else 4)
    kills.record(logs, "kills")
    told = []
    for way in ("clean", "killed"):
        with serving() as server:
            line = kills.command(
                logs, tmp_path / way, "--to", "wandb", "--jobs", "2", "--wandb-base-url", server.address
            )
            if way == "clean":
                subprocess.run(line, check=True, capture_output=True)
            else:
                assert kills.kill_until_done(line, tmp_path / way, most) == most
            told.append(
                {run.labels["displayName"]: [_timeless(row) for row in run.history] for run in server.runs.values()}
            )
    assert len(told[0]) == kills.SESSIONS
    assert told[0] == told[1]
