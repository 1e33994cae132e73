"""What becomes of a session at SageMaker, read back with AWS's own client."""

import csv
import io
import json
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import lctrack_analysis
from lctrack import LogCallbackHandler
from lctrack_uploaders.cli import main
from lctrack_uploaders.testing.suite import CANARY
from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import SECOND, START, FrameLogs, Rows, agent
from tests.uploaders.sagemaker_reading import KEYS, Sagemaker

SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture
def service(sagemaker_server: str, monkeypatch: pytest.MonkeyPatch) -> Sagemaker:
    """Give the stand-in, and the credentials for it."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return Sagemaker(sagemaker_server)


def upload(service: Sagemaker, logs: Path, *options: str) -> int:
    """Run the command, with an experiment of the test's own."""
    named = ["--sagemaker-experiment", f"test-{service.salt}"]
    return main([str(logs), "--to", "sagemaker", "--idle", "0", *service.flags, *named, *options])


def deliver(service: Sagemaker, logs: Path, rows: Rows) -> Any:
    """Deliver tables made by hand; give the trial component."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lctrack_analysis.load", lambda _paths: FrameLogs(rows))
        assert upload(service, logs) == 0
    (found,) = service.components()
    return found


def recorded(logs: Path) -> dict[str, Unit]:
    """Give the sessions of a log directory, by id."""
    return {unit.session_id: unit for unit in units(lctrack_analysis.load(logs))}


def text_of(value: object) -> str:
    """Give a cell as CSV has it."""
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def test_every_table_of_every_sample_reads_back_as_the_analysis_gives_it(service: Sagemaker, logs: Path) -> None:
    shutil.copytree(SAMPLES, logs / "samples", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    sessions = recorded(logs)
    assert len(sessions) > 10

    assert upload(service, logs) == 0

    objects = service.objects()
    assert {f"test-{service.salt}-{session_id}" for session_id in sessions} == {
        found["TrialComponentName"] for found in service.components()
    }
    for session_id, unit in sessions.items():
        place = f"trial-component-artifacts/test-{service.salt}-{session_id}"
        stored = {key.removeprefix(f"{place}/"): body for key, body in objects.items() if key.startswith(place)}
        assert {name for name in stored if name.startswith("tables/")} == {
            f"tables/{name}.{ending}" for name in unit.tables for ending in ("parquet", "csv")
        }
        for name, frame in unit.tables.items():
            assert_frame_equal(frame, pl.read_parquet(io.BytesIO(stored[f"tables/{name}.parquet"])))
            rows = list(csv.DictReader(io.StringIO(stored[f"tables/{name}.csv"].decode(), newline="")))
            assert len(rows) == frame.height
            whole = [column for column, kind in frame.schema.items() if kind == pl.Int64 or isinstance(kind, pl.List)]
            cells = [{column: text_of(row[column]) for column in whole} for row in frame.to_dicts()]
            assert [{column: row[column] for column in whole} for row in rows] == cells
        assert len(json.loads(stored["metrics.json"])) == len(unit.metrics)
        listed = {item["name"] for item in json.loads(stored["artifacts.json"])}
        assert listed | {"artifacts.json"} == stored.keys()


def test_a_session_is_a_run_with_its_times_and_what_was_recorded_of_it(service: Sagemaker, logs: Path) -> None:
    found = deliver(service, logs, agent())

    assert found["DisplayName"] == "division"
    assert found["Status"]["PrimaryStatus"] == "Failed"
    begin = datetime(2025, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC)
    assert (found["StartTime"], found["EndTime"]) == (begin, begin.replace(minute=1))
    parameters = {key: next(iter(value.values())) for key, value in found["Parameters"].items()}
    assert parameters["lctrack.start"] == "2025-01-01T00:00:00.123456789Z"
    assert parameters["temperature"] == 0.5
    assert parameters["tools"] == '["calc"]'
    assert parameters["lctrack.tags"] == '["test", "ünï"]'
    assert {key: parameters[key] for key in ("project", "name", "group", "entity", "job_type")} == {
        "project": "maths", "name": "division", "group": "nightly", "entity": "lab", "job_type": "eval"
    }  # fmt: skip


def test_metrics_keep_their_values_and_steps(service: Sagemaker, logs: Path) -> None:
    found = deliver(service, logs, agent())

    (unit,) = units(FrameLogs(agent()))
    summaries = {metric["MetricName"]: (metric["Count"], metric["Last"]) for metric in found["Metrics"]}
    counts, last = Counter(point.key for point in unit.metrics), {point.key: point.value for point in unit.metrics}
    assert summaries == {key: (counts[key], last[key]) for key in counts}


def test_old_points_are_taken_and_keep_their_true_time_in_the_artifact(service: Sagemaker, logs: Path) -> None:
    found = deliver(service, logs, agent())

    # The stand-in refuses, as the service does, what is older than two weeks.
    created = found["CreationTime"].replace(microsecond=0)
    assert {metric["TimeStamp"] for metric in found["Metrics"]} == {created}
    (body,) = (body for key, body in service.objects().items() if key.endswith("/metrics.json"))
    assert START // 1_000_000 + 4000 in [point["time"] for point in json.loads(body)]


@pytest.mark.parametrize("years", [-30, 1, 40])
def test_a_session_recorded_by_a_clock_that_was_years_off_is_delivered(
    years: int, service: Sagemaker, logs: Path
) -> None:
    shift = years * 365 * 86_400 * SECOND
    rows = agent()
    for row in [row for table in rows.values() for row in table]:
        row.update({key: row[key] + shift for key in ("start_time", "end_time", "time") if row.get(key)})

    found = deliver(service, logs, rows)

    assert found["StartTime"].timestamp() == pytest.approx((START + shift) / SECOND, abs=0.001)
    assert len(found["Metrics"]) > 5


def test_what_the_limits_cut_is_whole_in_an_artifact(service: Sagemaker, logs: Path) -> None:
    odd: dict[str, Any] = {f"parameter {number}": number for number in range(400)}
    odd |= {"prompt": "line\n" * 2000, "long " * 100: True, "nothing": None, "huge": 10**400}
    rows = agent()
    rows["sessions"][0].update(params=json.dumps({"prompt": odd["prompt"], **odd}), name="a b/ü_" * 50, project="P_1")

    found = deliver(service, logs, rows)

    assert len(found["Parameters"]) == 300
    assert found["Parameters"]["prompt"]["StringValue"].startswith("line line")
    assert found["Parameters"]["prompt"]["StringValue"].endswith("…")
    (body,) = (body for key, body in service.objects().items() if key.endswith("/parameters.json"))
    assert odd.items() <= json.loads(body).items()


def test_every_artifact_is_stored_and_no_more_than_thirty_are_registered(service: Sagemaker, logs: Path) -> None:
    with LogCallbackHandler(logs, project="many", name="many") as handler:
        for number in range(60):
            handler.on_text(f"text {number}", run_id=_id(number))

    assert upload(service, logs) == 0

    (found,) = service.components()
    assert len(found["OutputArtifacts"]) == 30
    texts = {key.rpartition("/")[2] for key in service.objects() if "/on_text_" in key}
    assert texts == {f"on_text_{number}.json" for number in range(1, 61)}
    stored = {f"s3://{service.bucket}/{key}" for key in service.objects()}
    assert {artifact["Value"] for artifact in found["OutputArtifacts"].values()} <= stored
    (segment,) = found["InputArtifacts"].values()
    (file,) = logs.glob("*.jsonl")
    assert service.objects()[segment["Value"].removeprefix(f"s3://{service.bucket}/")] == file.read_bytes()


def test_artifacts_have_the_names_that_langchain_s_handler_gives_them(service: Sagemaker, logs: Path) -> None:
    handlers = pytest.importorskip("langchain_community.callbacks.sagemaker_callback")
    from langchain_core.language_models import FakeListLLM
    from langchain_core.tools import tool

    class Run:
        def __init__(self) -> None:
            self.files: dict[str, Any] = {}

        def log_file(self, path: str, name: str, is_output: bool) -> None:
            assert is_output
            self.files[name] = json.loads(Path(path).read_text())

    @tool
    def calculator(expression: str) -> str:
        """Calculate."""
        return f"{expression} = 4"

    run = Run()
    theirs = handlers.SageMakerCallbackHandler(run)
    with LogCallbackHandler(logs, project="names") as ours:
        model = FakeListLLM(responses=["one", "two", "three"])
        model.generate(["a", "b"], callbacks=[theirs, ours])
        calculator.invoke("2 + 2", config={"callbacks": [theirs, ours]})
        model.invoke("c", config={"callbacks": [theirs, ours]})

    assert upload(service, logs) == 0

    stored = {key.rpartition("/")[2].removesuffix(".json"): body for key, body in service.objects().items()}
    assert len(run.files) == 8
    assert run.files.keys() <= stored.keys()
    kept = (
        "action",
        "step",
        "starts",
        "ends",
        "prompt",
        "llm_starts",
        "llm_ends",
        "tool_starts",
        "input_str",
        "output",
    )
    for name, content in run.files.items():
        own = json.loads(stored[name])
        assert {key: content[key] for key in kept if key in content} == {
            key: own[key] for key in kept if key in content
        }


def test_objects_are_put_where_the_options_say_and_encrypted(service: Sagemaker, logs: Path) -> None:
    service.options |= {"sagemaker_prefix": "teams/llm/", "sagemaker_kms_key": "alias/tracking"}

    deliver(service, logs, agent())

    objects = service.objects()
    assert {key.split("/")[:2] == ["teams", "llm"] for key in objects} == {True}
    heads = [service.client("s3").head_object(Bucket=service.bucket, Key=key) for key in objects]
    assert {head["SSEKMSKeyId"] for head in heads} == {"alias/tracking"}


def test_without_a_bucket_it_is_the_sdk_s_default_and_is_made(service: Sagemaker, logs: Path) -> None:
    del service.options["sagemaker_bucket"]

    found = deliver(service, logs, agent())

    place = "s3://sagemaker-eu-central-1-123456789012/trial-component-artifacts/"
    assert found["OutputArtifacts"]["parameters"]["Value"].startswith(place)


def test_a_role_is_taken_on(service: Sagemaker, logs: Path) -> None:
    service.options["sagemaker_role"] = "arn:aws:iam::123456789012:role/tracking"

    assert deliver(service, logs, agent())["Status"]["PrimaryStatus"] == "Failed"


def test_a_run_deleted_at_sagemaker_is_made_anew_when_its_session_changes(service: Sagemaker, logs: Path) -> None:
    rows = agent()
    found = deliver(service, logs, rows)
    service.client("sagemaker").delete_trial_component(TrialComponentName=found["TrialComponentName"])
    rows["sessions"][0]["notes"] = "changed"

    again = deliver(service, logs, rows)

    assert again["Parameters"].keys() == found["Parameters"].keys()
    assert len(again["Metrics"]) == len(found["Metrics"])


def test_objects_that_vanished_are_found_missing_and_sent_again(service: Sagemaker, logs: Path) -> None:
    rows = agent()
    deliver(service, logs, rows)
    (lost,) = (key for key in service.objects() if key.endswith("tables/runs.csv"))
    service.client("s3").delete_object(Bucket=service.bucket, Key=lost)
    rows["sessions"][0]["notes"] = "changed"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lctrack_analysis.load", lambda _paths: FrameLogs(rows))
        assert upload(service, logs, "--retries", "1") == 0

    assert lost in service.objects()


def test_secrets_are_neither_printed_nor_noted(
    service: Sagemaker, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(service, logs, agent())

    printed = capsys.readouterr()
    noted = b"".join(path.read_bytes() for path in (logs / ".lctrack").iterdir() if path.is_file())
    assert CANARY not in printed.out + printed.err
    assert CANARY.encode() not in noted


def _id(number: int) -> Any:
    from uuid import UUID

    return UUID(int=(0x0190A5B2 << 96) + number)
