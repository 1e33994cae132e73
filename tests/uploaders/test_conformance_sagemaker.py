"""The suite on SageMaker: moto, made as strict as the service."""

from collections.abc import Callable
from typing import ClassVar

import pytest

from lctrack_uploaders.testing import Destination, TargetSuite
from tests.uploaders.sagemaker_reading import Sagemaker


class TestSagemaker(TargetSuite):
    kind: ClassVar = "sagemaker"
    wrong: ClassVar = [
        {"sagemaker_region": "Frankfurt"},
        {"sagemaker_endpoint": "ftp://host/"},
        {"sagemaker_endpoint": "http://bob:canary-4711-secret@host/"},
        {"sagemaker_bucket": "s3://bucket"},
        {"sagemaker_role": "tracking"},
        {"sagemaker_profile": "a b"},
        {"sagemaker_prefix": "a b"},
        {"sagemaker_kms_key": "two words"},
        {"sagemaker_experiment": " "},
    ]

    @pytest.fixture
    def make_destination(self, sagemaker_server: str) -> Callable[[], Destination]:
        return lambda: Sagemaker(sagemaker_server)
