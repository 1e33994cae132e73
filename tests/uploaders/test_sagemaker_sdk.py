"""What was delivered, read back with the `sagemaker` SDK itself, where it is installed."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from lctrack_uploaders.cli import main
from lctrack_uploaders.targets.sagemaker import sdk
from lctrack_uploaders.testing.suite import CANARY
from tests.uploaders.sagemaker_reading import KEYS, REGION, Sagemaker

SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture
def delivered(sagemaker_server: str, logs: Path, monkeypatch: pytest.MonkeyPatch) -> Sagemaker:
    """Deliver sample logs; AWS's own variables then lead every client to the stand-in."""
    pytest.importorskip("sagemaker.core.experiments")
    variables = {**KEYS, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": sagemaker_server}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    service = Sagemaker(sagemaker_server)
    for folder in ("a-generate", "c-react"):
        shutil.copytree(SAMPLES / folder, logs / folder)
    named = ["--sagemaker-experiment", f"sdk-{service.salt}", "--sagemaker-bucket", service.bucket]
    assert main([str(logs), "--to", "sagemaker", "--idle", "0", *named]) == 0
    return service


@pytest.fixture
def session(delivered: Sagemaker) -> Any:  # noqa: ARG001  # the variables must be set
    """Give a session of the SDK."""
    import boto3
    from sagemaker.core.helper.session_helper import Session

    keys = {"aws_access_key_id": CANARY, "aws_secret_access_key": CANARY}
    return Session(boto_session=boto3.Session(region_name=REGION, **keys))


def test_list_runs_finds_a_run_for_each_session(delivered: Sagemaker, session: Any) -> None:
    from sagemaker.core.experiments.run import list_runs

    runs = list_runs(f"sdk-{delivered.salt}", sagemaker_session=session)

    assert {run.run_name for run in runs} == {
        found["Parameters"]["lctrack.session"]["StringValue"] for found in delivered.components()
    }


def test_load_run_reads_parameters_times_and_artifacts_and_changes_nothing(delivered: Sagemaker, session: Any) -> None:
    from sagemaker.core.experiments.run import load_run

    before = delivered.everything()
    for found in delivered.components():
        name = found["Parameters"]["lctrack.session"]["StringValue"]
        run = load_run(run_name=name, experiment_name=f"sdk-{delivered.salt}", sagemaker_session=session)
        loaded = run._trial_component
        assert loaded.start_time == found["StartTime"]
        assert loaded.parameters["lctrack.session"] == name
        assert loaded.output_artifacts.keys() == found["OutputArtifacts"].keys()
    assert delivered.everything() == before


def test_experiment_analytics_has_a_row_for_each_session_with_parameters_and_metrics(
    delivered: Sagemaker, session: Any
) -> None:
    pytest.importorskip("pandas")
    from sagemaker.core.analytics import ExperimentAnalytics

    frame = ExperimentAnalytics(experiment_name=f"sdk-{delivered.salt}", sagemaker_session=session).dataframe()

    rows = {row["lctrack.session"]: row for row in frame.to_dict("records")}
    assert len(rows) == len(frame) == len(delivered.components())
    for found in delivered.components():
        row = rows[found["Parameters"]["lctrack.session"]["StringValue"]]
        assert {row[f"{metric['MetricName']} - Last"] == metric["Last"] for metric in found["Metrics"]} == {True}
        assert row["Experiments"] == [f"sdk-{delivered.salt}"]


def test_the_bucket_and_prefix_of_the_sdk_s_configuration_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sagemaker.core.config")
    file = tmp_path / "config.yaml"
    file.write_text(
        "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      Session:\n"
        "        DefaultS3Bucket: team-bucket\n        DefaultS3ObjectKeyPrefix: team\n"
    )
    monkeypatch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(file))

    assert sdk.defaults() == sdk.Defaults("team-bucket", "team")
