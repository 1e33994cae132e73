"""What ClearML holds after a delivery, against the tables; and what the command leaves behind."""

import json
import os
import shutil
import subprocess
import time
import zipfile
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
from lctrack_uploaders.targets.clearml import bundle, content, importing, names
from lctrack_uploaders.targets.clearml.configuration import Configuration
from lctrack_uploaders.testing.suite import CANARY
from lctrack_uploaders.units import Unit, units
from tests.uploaders import kills
from tests.uploaders.clearml_reading import Clearml, hosts, read
from tests.uploaders.clearml_server import State, serving
from tests.uploaders.noting import noting

SAMPLES = Path(__file__).parents[2] / "sample_logs"
KEYS = {"CLEARML_API_ACCESS_KEY": CANARY, "CLEARML_API_SECRET_KEY": CANARY}


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    pytest.importorskip("clearml", reason="the extra clearml is not installed")
    with serving() as state:
        yield state


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a log with parameters, notes, an agent, and an error."""
    logs = tmp_path_factory.mktemp("recorded")
    shutil.copytree(SAMPLES / "g-agent", logs / "agent")
    labels: Any = {"project": "demo", "name": "x", "tags": ["a", "ü"], "notes": "Some notes."}
    with Recorder(logs, **labels, params={"temperature": 0.5, "tools": ["calc"], "lang": "en"}) as recorder:
        with recorder.span("model", kind="llm", model="some-model", inputs=["Say."]) as model:
            model.set_usage(input_tokens=3, output_tokens=4)
        with pytest.raises(ValueError, match="no"), recorder.span("failing", kind="tool"):
            raise ValueError("no")
    return logs


def sessions(logs: Path) -> dict[str, Unit]:
    """Cut the logs into sessions, by the name of the task."""
    return {names.task(unit): unit for unit in units(lctrack_analysis.load([logs]), segments.find([logs]))}


def line(logs: Path, where: Path, address: str) -> list[str]:
    """Give the command line of a delivery."""
    flags = [part for name, url in hosts(address).items() for part in (f"--{name.replace('_', '-')}", url)]
    return [*kills.command(logs, where, "--to", "clearml"), *flags]


@pytest.fixture(scope="module")
def online(state: State, recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Give what the server holds of each session."""
    where = tmp_path_factory.mktemp("online")
    known = {**os.environ, **KEYS, "HOME": str(where)}
    found = subprocess.run(
        line(recorded, where / "state", state.address), env=known, capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (0, "")
    assert [where / "state"] == [path for path in where.iterdir() if path.name != ".lctrack"]
    reader = Clearml(state)
    return {
        task["name"]: {
            **task,
            "project_name": next(name for name, key in state.projects.items() if key == task["project"]),
            "files": reader.artifacts(task),
            "events": [*reader.events(task, "training_stats_scalar"), *reader.events(task, "plot")],
            "lines": reader.events(task, "log"),
        }
        for task in state.tasks.values()
    }


@pytest.fixture(scope="module")
def offline(recorded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Give what the files of the offline mode hold."""
    where = tmp_path_factory.mktemp("offline")
    command = kills.command(recorded, where / "state", "--to", "clearml", "--clearml-offline", str(where / "files"))
    subprocess.run(command, capture_output=True, check=True)
    found = {}
    for path in (where / "files").iterdir():
        files = read(path)
        task = json.loads(files["task.json"])
        found[task["name"]] = {
            **task,
            "status": None,
            "files": {each["key"]: files[each["uri"].removeprefix(f"{task['offline_folder']}/")]
                      for each in task["execution"]["artifacts"]},
            "events": [each for row in files["metrics.jsonl"].splitlines() for each in json.loads(row)],
            "lines": [each for row in files["log.jsonl"].splitlines() for each in json.loads(row)],
        }  # fmt: skip
    return found


@pytest.fixture(params=["online", "offline"])
def held(request: pytest.FixtureRequest) -> Mapping[str, dict[str, Any]]:
    """Give what either holds."""
    found: dict[str, dict[str, Any]] = request.getfixturevalue(request.param)
    return found


def test_a_task_is_called_and_tagged_as_its_session(held: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    task = held["session x"]
    key = names.tag(sessions(recorded)["session x"].session_id)
    assert ("demo", "Some notes.", ["lctrack", key, "a", "ü"]) == (task["project_name"], task["comment"], task["tags"])


def test_parameters_are_hyperparameters(held: Mapping[str, dict[str, Any]]) -> None:
    found = {name: each["value"] for name, each in held["session x"]["hyperparams"]["General"].items()}
    assert found == {"temperature": "0.5", "tools": '["calc"]', "lang": "en"}


def test_scalars_have_the_recorded_values_times_and_steps(held: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        expected = {
            (*(point.key.rpartition("/")[::2] if "/" in point.key else ("session", point.key)), *point[1:])
            for point in unit.metrics
        }
        found = {
            (each["metric"], each["variant"], each["value"], each["timestamp"], each["iter"])
            for each in held[name]["events"]
            if each["type"] == "training_stats_scalar"
        }
        assert expected == found


def test_both_tables_have_the_cells_of_the_recorded_ones(held: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        plots = {
            each["metric"]: json.loads(each["plot_str"])["data"][0]
            for each in held[name]["events"]
            if each["type"] == "plot"
        }
        assert plots.keys() == {title for table, title in content.TABLES.items() if table in unit.tables}
        for table, title in content.TABLES.items():
            if table in unit.tables:
                frame = unit.tables[table].with_columns(pl.selectors.datetime().dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ"))
                columns = [column for (column,) in plots[title]["header"]["values"]]
                assert set(columns) == {column.name for column in frame if column.null_count() < frame.height}
                for column, cells in zip(columns, plots[title]["cells"]["values"], strict=True):
                    assert frame[column].to_list() == cells


def test_every_table_and_the_log_are_artifacts(held: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    for name, unit in sessions(recorded).items():
        files = held[name]["files"]
        for table, frame in unit.tables.items():
            assert_frame_equal(frame, pl.read_parquet(BytesIO(files[f"{table}.parquet"])))
        for file in unit.segments.values():
            assert file.read_bytes() == files[file.name]


def test_the_console_has_a_line_for_each_event(held: Mapping[str, dict[str, Any]], recorded: Path) -> None:
    unit = sessions(recorded)["adviser"]
    records = unit.tables["action_records"].sort("step", "seq", nulls_last=True, maintain_order=True)
    times = records["time"].dt.epoch("ms").to_list()
    found = held["adviser"]["lines"]
    assert list(zip(times, records["action"], strict=True)) == [
        (each["timestamp"], json.loads(each["msg"])["action"]) for each in found
    ]


def test_a_task_ends_as_its_session(online: Mapping[str, dict[str, Any]]) -> None:
    assert (online["adviser"]["status"], online["session x"]["status"]) == ("completed", "failed")


def test_the_recorded_model_is_an_output_model(state: State, tmp_path: Path) -> None:
    settings, unit = Configuration(api=state.address, files=state.address, key=CANARY, secret=CANARY), with_asset()
    file = tmp_path / "session.zip"
    bundle.write(file, unit, settings, "digest")
    before = set(state.models)

    importing.run(file, settings, os.environ)

    (made,) = (state.models[key] for key in state.models.keys() - before)
    assert "some chain" in json.dumps(made["design"])


def with_asset() -> Unit:
    from tests.uploaders.frames import FrameLogs, agent

    value = json.dumps({"name": "some chain", "id": ["x"]})
    asset = {"session_id": "session-1", "kind": "serialized", "name": "chain", "value": value, "time": 1}
    return next(units(FrameLogs({**agent(), "assets": [asset]})))


def test_pictures_are_debug_samples(tmp_path: Path) -> None:
    from tests.uploaders.frames import FrameLogs, agent

    (tmp_path / "dep-1.html").write_text("<p>tree</p>")
    row = {"session_id": "session-1", "output": "An answer.", "output_step": 7, "dependency_tree": "dep-1.html"}
    unit = next(units(FrameLogs({**agent(), "session_analysis": [row]}, tmp_path)))
    bundle.write(tmp_path / "x.zip", unit, Configuration(), "digest")

    files = read(tmp_path / "x.zip")
    (sample,) = (
        each for each in json.loads(files["metrics.jsonl"].splitlines()[0]) if each["type"] == "training_debug_image"
    )
    assert (sample["metric"], sample["variant"], sample["iter"]) == ("Dependencies Plot", "An answer.", 7)
    assert files[f"data/{sample['key']}"] == b"<p>tree</p>"


def test_equal_sessions_make_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        bundle.write(tmp_path / name, with_asset(), Configuration(), "digest")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert zipfile.ZipFile(tmp_path / "a").testzip() is None


def test_events_that_do_not_arrive_are_noticed(recorded: Path, tmp_path: Path) -> None:
    pytest.importorskip("clearml", reason="the extra clearml is not installed")
    with serving() as other:
        other.loses_events = True
        command = [*line(recorded, tmp_path / "state", other.address), "--session", "x"]
        found = subprocess.run(command, env={**os.environ, **KEYS}, capture_output=True, text=True, check=False)
        assert (found.returncode, other.tasks) == (1, {})
        assert "lacks plots" in found.stderr


def test_wrong_credentials_are_told_in_a_sentence(recorded: Path, tmp_path: Path) -> None:
    with serving() as other:
        known = {**os.environ, **KEYS, "CLEARML_API_SECRET_KEY": "another"}
        command = line(recorded, tmp_path / "state", other.address)
        found = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
        assert "does not let us in" in found.stderr
        assert found.returncode == 1


def test_nothing_but_the_servers_is_contacted(empty: State, recorded: Path, tmp_path: Path) -> None:
    with noting() as (proxies, asked):
        known = {**os.environ, **KEYS, **proxies, "HOME": str(tmp_path)}
        command = line(recorded, tmp_path / "state", empty.address)
        found = subprocess.run(command, env=known, capture_output=True, text=True, check=False)

    assert (found.returncode, found.stderr) == (0, "")
    assert asked == []
    assert len(empty.tasks) == 2


@pytest.fixture
def empty() -> Iterator[State]:
    pytest.importorskip("clearml", reason="the extra clearml is not installed")
    with serving() as state:
        yield state


def test_the_import_ends_with_a_command_that_was_killed(empty: State, recorded: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        line(recorded, tmp_path / "state", empty.address), env={**os.environ, **KEYS, "TMPDIR": str(tmp_path)}
    ) as process:
        while not (seen := imports(tmp_path)):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    deadline = time.monotonic() + 60
    while seen & imports(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def imports(below: Path) -> set[int]:
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_text(encoding="utf-8").split("\0")
        except OSError:
            continue
        if importing.__name__ in words and any(word.startswith(str(below)) for word in words):
            found.add(int(path.parent.name))
    return found


def test_killed_uploads_leave_one_whole_task_of_each_session(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("clearml", reason="the extra clearml is not installed")
    os.environ.update(KEYS)
    # Each takes the seconds of the SDK's import, so a short test has few.
    most = kills.KILLS if kills.KILLS >= 20 else kills.KILLS // 2
    monkeypatch.setattr(kills, "SESSIONS", kills.SESSIONS if kills.KILLS >= 20 else 4)
    kills.record(logs, "kills")
    with serving() as server:
        command = [*line(logs, tmp_path / "state", server.address), "--jobs", "2"]
        assert kills.kill_until_done(command, tmp_path / "state", most) == most
        told = sorted((task["name"], task["status"]) for task in server.tasks.values())
        assert told == [(f"session {number:03}", "completed") for number in range(kills.SESSIONS)]
        reader = Clearml(server)
        for task in server.tasks.values():
            assert reader.events(task, "training_stats_scalar")
            assert len(reader.events(task, "log")) == len(sessions(logs)[task["name"]].tables.get("action_records", ()))
