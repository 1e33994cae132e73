"""Reading back from the stand-in for SageMaker, with AWS's own client."""

import json
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lctrack_uploaders.testing.suite import CANARY
from tests.uploaders.standin import answering

ROOT = Path(__file__).parents[2]
REGION = "eu-central-1"
KEYS = {"AWS_ACCESS_KEY_ID": CANARY, "AWS_SECRET_ACCESS_KEY": CANARY}


@contextmanager
def serving(log: Path) -> Iterator[str]:
    """Start the stand-in on a free loopback port."""
    pytest.importorskip("moto")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [sys.executable, "-m", "tests.uploaders.sagemaker_server", str(port)]
    with log.open("wb") as out, subprocess.Popen(line, cwd=ROOT, stdout=out, stderr=out) as process:
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the stand-in for SageMaker did not start")


class Sagemaker:
    """The stand-in, with a bucket of its own."""

    def __init__(self, endpoint: str, salt: str | None = None) -> None:
        self.salt = salt or uuid.uuid4().hex[:8]
        self.bucket = f"lctrack-{uuid.uuid4().hex[:8]}"
        self.options: dict[str, Any] = {
            "sagemaker_endpoint": endpoint,
            "sagemaker_region": REGION,
            "sagemaker_bucket": self.bucket,
        }
        self._endpoint = endpoint
        self.client("s3").create_bucket(Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})

    @cached_property
    def flags(self) -> list[str]:
        """The options as on a command line."""
        return [part for name, value in self.options.items() for part in (f"--{name.replace('_', '-')}", value)]

    def client(self, service: str) -> Any:
        """Give a client of boto3."""
        boto3 = pytest.importorskip("boto3")
        keys = {"aws_access_key_id": CANARY, "aws_secret_access_key": CANARY}
        return boto3.client(service, region_name=REGION, endpoint_url=self._endpoint, **keys)

    def components(self) -> list[dict[str, Any]]:
        """Read the trial components of the experiments that have the salt in their names, by name."""
        client = self.client("sagemaker")
        names = [found["ExperimentName"] for found in client.list_experiments()["ExperimentSummaries"]]
        listed = [
            found["TrialComponentName"]
            for name in names
            if self.salt in name
            for found in client.list_trial_components(ExperimentName=name)["TrialComponentSummaries"]
        ]
        return [client.describe_trial_component(TrialComponentName=name) for name in sorted(listed)]

    def objects(self) -> dict[str, bytes]:
        """Read all objects of the bucket, by key."""
        client = self.client("s3")
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
        return {key: client.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}

    def everything(self) -> Any:
        """Read all there is, without the names of the bucket and what the server stamped."""
        kept = ("DisplayName", "Status", "StartTime", "EndTime", "Parameters", "InputArtifacts", "OutputArtifacts")
        told = {
            found["TrialComponentName"]: {
                **{key: found.get(key) for key in kept},
                "Metrics": {metric["MetricName"]: metric["Last"] for metric in found["Metrics"]},
                "Calls": [metric["Count"] for metric in found["Metrics"] if "/" in metric["MetricName"]],
            }
            for found in self.components()
        }
        content = {key: _readable(key, body) for key, body in self.objects().items()}
        text = json.dumps([told, content], default=str).replace(self.bucket, "(bucket)")
        return json.loads(text)

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Let something else answer."""
        with answering((503, b"down for maintenance")) as (address, _):
            before, self.options = self.options, {**self.options, "sagemaker_endpoint": f"http://{address}"}
            yield
            self.options = before


def _readable(key: str, body: bytes) -> Any:
    if key.endswith(".parquet") and "/tables/" in key:
        return str(pl.read_parquet(BytesIO(body)).to_dicts())
    return body.decode()
