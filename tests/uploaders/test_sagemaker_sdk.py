"""What was delivered, read back with the `sagemaker` SDK itself, which `scripts/sagemaker_sdk` installs apart."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lctrack_uploaders.cli import main
from tests.uploaders.sagemaker_reading import KEYS, REGION, ROOT, Sagemaker

SAMPLES = ROOT / "sample_logs"


@pytest.fixture(scope="module")
def installed() -> str:
    """Give the place of the SDK."""
    place = os.environ.get("LCTRACK_SAGEMAKER_SDK", "")
    if not Path(place, "sagemaker").is_dir():
        pytest.skip("the sagemaker SDK is not there: scripts/sagemaker_sdk installs it, scripts/test tells where")
    return place


def ask(installed: str, *question: str) -> Any:
    """Let the SDK answer."""
    path = os.pathsep.join([installed, *filter(None, sys.path)])
    line = [sys.executable, "-m", "tests.uploaders.sagemaker_sdk_reading", *question]
    done = subprocess.run(
        line, cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def delivered(installed: str, sagemaker_server: str, logs: Path, monkeypatch: pytest.MonkeyPatch) -> Sagemaker:  # noqa: ARG001  # without the SDK there is nothing to deliver for
    """Deliver sample logs; AWS's own variables then lead every client to the stand-in."""
    variables = {**KEYS, "AWS_DEFAULT_REGION": REGION, "AWS_ENDPOINT_URL": sagemaker_server}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    service = Sagemaker(sagemaker_server)
    for folder in ("a-generate", "c-react"):
        shutil.copytree(SAMPLES / folder, logs / folder)
    named = ["--sagemaker-experiment", f"sdk-{service.salt}", "--sagemaker-bucket", service.bucket]
    assert main([str(logs), "--to", "sagemaker", "--idle", "0", *named]) == 0
    return service


def sessions_of(service: Sagemaker) -> dict[str, dict[str, Any]]:
    """Give the trial components by the sessions that they hold."""
    return {found["Parameters"]["lctrack.session"]["StringValue"]: found for found in service.components()}


def test_list_runs_finds_a_run_for_each_session(installed: str, delivered: Sagemaker) -> None:
    assert sorted(ask(installed, "run_names", f"sdk-{delivered.salt}")) == sorted(sessions_of(delivered))


def test_load_run_reads_parameters_times_and_artifacts_and_changes_nothing(
    installed: str, delivered: Sagemaker
) -> None:
    before = delivered.everything()
    expected = {
        name: {
            "start": found["StartTime"].timestamp(),
            "session": name,
            "artifacts": sorted(found["OutputArtifacts"]),
        }
        for name, found in sessions_of(delivered).items()
    }
    assert ask(installed, "loaded", f"sdk-{delivered.salt}", *expected) == expected
    assert delivered.everything() == before


def test_experiment_analytics_has_a_row_for_each_session_with_parameters_and_metrics(
    installed: str, delivered: Sagemaker
) -> None:
    rows = ask(installed, "analytics", f"sdk-{delivered.salt}")

    expected = sessions_of(delivered)
    assert sorted(row["lctrack.session"] for row in rows) == sorted(expected)
    for row in rows:
        metrics = expected[row["lctrack.session"]]["Metrics"]
        assert metrics
        assert {row[f"{metric['MetricName']} - Last"] == metric["Last"] for metric in metrics} == {True}
        assert row["Experiments"] == [f"sdk-{delivered.salt}"]


def test_the_bucket_and_prefix_of_the_sdk_s_configuration_count(
    installed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "SchemaVersion: '1.0'\nSageMaker:\n  PythonSDK:\n    Modules:\n      Session:\n"
        "        DefaultS3Bucket: team-bucket\n        DefaultS3ObjectKeyPrefix: team\n"
    )
    monkeypatch.setenv("SAGEMAKER_USER_CONFIG_OVERRIDE", str(file))

    assert ask(installed, "defaults") == ["team-bucket", "team"]
