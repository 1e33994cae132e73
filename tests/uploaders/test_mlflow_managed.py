"""MLflow that SageMaker runs: an ARN as the address, AWS's plugin in between, a real server behind it."""

import importlib.util
from pathlib import Path

import pytest

from lctrack_uploaders import MissingExtraError, RefusedError, UnreachableError, UsageError
from lctrack_uploaders.targets.mlflow.configuration import Configuration
from lctrack_uploaders.targets.mlflow.connection import Connection
from lctrack_uploaders.testing.suite import CANARY
from tests.uploaders.frames import agent
from tests.uploaders.readback import Store
from tests.uploaders.standin import answering
from tests.uploaders.test_mlflow_configuration import read

ARN = "arn:aws:sagemaker:eu-central-1:123456789012:mlflow-tracking-server/lab"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set credentials."""
    pytest.importorskip("sagemaker_mlflow")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", CANARY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)


@pytest.mark.parametrize("kind", ["mlflow-tracking-server", "mlflow-app"])
def test_an_arn_is_an_address(kind: str) -> None:
    found = read(f"arn:aws:sagemaker:eu-central-1:123456789012:{kind}/lab")

    assert found.is_managed
    assert found.database is None


def test_the_arn_of_something_else_is_refused() -> None:
    with pytest.raises(UsageError, match="--tracking-uri is no such address"):
        read("arn:aws:s3:::bucket")


def test_without_the_plugin_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(MissingExtraError, match=r"needs AWS's plugin: pip install sagemaker-mlflow\.$"):
        Connection(Configuration(ARN, None))


@pytest.mark.usefixtures("keys")
def test_a_session_is_delivered_through_the_plugin(
    server_store: Store, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The service keeps artifacts where the client reaches them itself; the test's server would keep them with itself.
    place = (tmp_path / "artifacts").as_uri()
    server_store.client.create_experiment(f"maths-{server_store.salt}", artifact_location=place)
    monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", server)
    server_store.options = ("--tracking-uri", ARN)

    server_store.deliver(agent())

    assert server_store.run().info.run_name == "division"
    assert len(server_store.traces()) == 2


@pytest.mark.usefixtures("keys")
def test_requests_are_signed_with_the_aws_credentials_and_a_refusal_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering((403, b"{}")) as (address, seen):
        monkeypatch.setenv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", f"http://{address}")
        with pytest.raises(RefusedError, match=r"\(HTTP 403\): check the AWS credentials\.$"):
            Connection(Configuration(ARN, None))

    assert [str(header).split()[0] for header in seen] == ["AWS4-HMAC-SHA256"]
    assert "eu-central-1/sagemaker-mlflow/aws4_request" in str(seen[0])


def test_without_aws_credentials_they_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("sagemaker_mlflow")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(UnreachableError, match="are there AWS credentials, and a network"):
        Connection(Configuration(ARN, None))
