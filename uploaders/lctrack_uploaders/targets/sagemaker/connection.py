"""A connection to one account and region: AWS's clients, with short patience, and the bucket.

Everything that contacts AWS goes through here, so that a delivery waits seconds and not minutes for a network that is
not there, and says what went wrong in one sentence.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials

from lctrack_uploaders.errors import RefusedError, UsageError
from lctrack_uploaders.targets.sagemaker import explaining, express, sdk
from lctrack_uploaders.targets.sagemaker.configuration import DEFAULT_PREFIX, Configuration

PATIENCE = 5
"""Seconds to wait for a connection."""
ATTEMPTS = 2
"""Of a request, before the engine's own patience begins."""
_PUTTING = 16
"""Objects that are put at the same time, those of all sessions together."""
_MOST_CONNECTIONS = 32
_ROLE_SESSION = "lctrack-upload"
_FIRST_REGION = "us-east-1"
"""The one region that a bucket is made in without being named."""


def session_of(settings: Configuration) -> Any:
    """Make a session of boto3, which reads AWS's own files and contacts nothing.

    Args:
        settings: The configuration.

    Returns:
        The session.

    Raises:
        UploadError: There is no such profile.
    """
    known = settings.credentials
    with explaining.explained("AWS"):
        return boto3.Session(
            profile_name=settings.profile,
            region_name=settings.region,
            aws_access_key_id=known and known.key_id,
            aws_secret_access_key=known and known.secret,
            aws_session_token=known and known.token,
        )


def region_of(settings: Configuration) -> str:
    """Give the region.

    Args:
        settings: The configuration.

    Returns:
        The one that was named, else that of the profile.

    Raises:
        UsageError: There is none.
    """
    region: str | None = settings.region or session_of(settings).region_name
    if not region:
        raise UsageError("The target sagemaker needs a region: give --sagemaker-region, or set AWS_DEFAULT_REGION.")
    return region


class Connection:
    """The clients of one account and region; made without contacting anything."""

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self.region = region_of(settings)
        self.where = f"SageMaker at {settings.endpoint}" if settings.endpoint else f"SageMaker in {self.region}"
        session = session_of(settings)
        if settings.role:
            session = self._as_role(session, settings.role)
        with self.explained():
            self.experiments = self._client(session, "sagemaker")
            self.metrics = self._client(session, "sagemaker-metrics")
            self.objects = self._client(session, "s3")
            self._identity = self._client(session, "sts")
        self.points = express.Express(self.metrics, "BatchPutMetrics")
        self.threads = ThreadPoolExecutor(_PUTTING, thread_name_prefix="lctrack-s3")
        self._session = session

    def close(self) -> None:
        """Let the threads go."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    def explained(self) -> AbstractContextManager[None]:
        """Turn what AWS's client raises into one of our errors."""
        return explaining.explained(self.where)

    @cached_property
    def account(self) -> str:
        """The account's number."""
        with self.explained():
            return str(self._identity.get_caller_identity()["Account"])

    @cached_property
    def bucket(self) -> str:
        """The bucket, which is there: the default one is made, as the SDK does it."""
        name = self.bucket_name
        if not self.has_bucket():
            place = {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
            with self.explained():
                try:
                    self.objects.create_bucket(Bucket=name, **({} if self.region == _FIRST_REGION else place))
                except Exception as error:
                    if not explaining.is_there(error):
                        raise
        return name

    @cached_property
    def prefix(self) -> str:
        """Where in the bucket."""
        return self._settings.prefix or "/".join(filter(None, (self._defaults.prefix, DEFAULT_PREFIX)))

    @cached_property
    def placing(self) -> dict[str, str]:
        """What is said with each object: how to encrypt it, and whose the default bucket must be."""
        key = self._settings.kms_key
        encrypted = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
        return {**encrypted, **self.owner}

    @cached_property
    def store(self) -> express.Bucket:
        """The bucket, for objects."""
        return express.Bucket(self.objects, self.bucket, self.placing)

    @property
    def owner(self) -> dict[str, str]:
        """What is said with each request for the default bucket: a bucket of that name may be somebody else's."""
        return {"ExpectedBucketOwner": self.account} if self.bucket_name == self._own_bucket else {}

    def has_bucket(self) -> bool:
        """Tell whether the bucket is there, and ours to use.

        Raises:
            UploadError: It is not ours, or somebody named it and it is not there.
        """
        with self.explained():
            try:
                self.objects.head_bucket(Bucket=self.bucket_name, **self.owner)
            except Exception as error:
                if not explaining.is_gone(error):
                    raise
            else:
                return True
        if self.bucket_name != self._own_bucket:
            raise RefusedError(
                f"There is no bucket {self.bucket_name!r}: make it, or name another with --sagemaker-bucket."
            )
        return False

    @property
    def bucket_name(self) -> str:
        """The bucket's name, whether it is there or not."""
        return self._settings.bucket or self._defaults.bucket or self._own_bucket

    @property
    def _own_bucket(self) -> str:
        # Of a bucket that was named, nobody needs to know the account.
        named = self._settings.bucket or self._defaults.bucket
        return "" if named else f"sagemaker-{self.region}-{self.account}"

    @cached_property
    def _defaults(self) -> sdk.Defaults:
        return sdk.defaults() if self._settings.bucket is None else sdk.Defaults()

    def _client(self, session: Any, service: str) -> Any:
        endpoint = self._settings.endpoint
        config = Config(
            connect_timeout=PATIENCE,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            max_pool_connections=_MOST_CONNECTIONS,
            # The name of a bucket before the name of a host works at AWS alone.
            s3={"addressing_style": "path"} if endpoint else None,
        )
        return session.client(service, region_name=self.region, endpoint_url=endpoint, config=config)

    def _as_role(self, session: Any, role: str) -> Any:
        """Give a session with the role's credentials, which are asked for when needed, and again before they expire."""
        identity = self._client(session, "sts")

        def ask() -> dict[str, str]:
            with self.explained():
                found = identity.assume_role(RoleArn=role, RoleSessionName=_ROLE_SESSION)["Credentials"]
            return {
                "access_key": found["AccessKeyId"],
                "secret_key": found["SecretAccessKey"],
                "token": found["SessionToken"],
                "expiry_time": found["Expiration"].isoformat(),
            }

        inner = botocore.session.get_session()
        inner._credentials = DeferredRefreshableCredentials(ask, "assume-role")  # noqa: SLF001  # the one way there is
        return boto3.Session(botocore_session=inner, region_name=self.region)
