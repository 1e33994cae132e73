"""Files by name, in a folder or in S3, each put there whole."""

from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from lctrack_uploaders import files
from lctrack_uploaders.errors import MissingExtraError, RefusedError, UnreachableError
from lctrack_uploaders.targets.lake.places import Place

PATIENCE = 5
"""Seconds to wait for a connection."""
ATTEMPTS = 2
"""Of a request, before the engine's own patience begins."""


class Storage(Protocol):
    """What a delivery needs of either."""

    def put(self, name: str, content: bytes) -> None:
        """Put a file in place of what was there."""

    def get(self, name: str) -> bytes | None:
        """Give a file's content; None where there is none."""

    def size(self, name: str) -> int | None:
        """Give a file's size in bytes; None where there is none."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def check(self) -> str:
        """Tell what the place is, and write nothing."""


def storage(place: Place) -> Storage:
    """Give the storage of a place; nothing is contacted."""
    return Bucket(place) if place.folder is None else Folder(place.folder)


class Folder:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        """Put a file in place of what was there."""
        try:
            files.put(self._folder / name, content)
        except OSError as error:
            raise self._unusable(error) from error

    def get(self, name: str) -> bytes | None:
        """Give a file's content; None where there is none."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error

    def size(self, name: str) -> int | None:
        """Give a file's size in bytes; None where there is none."""
        path = self._folder / name
        return path.stat().st_size if path.is_file() else None

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise self._unusable(error) from error

    def check(self) -> str:
        """Tell whether the folder is there."""
        there = next(path for path in (self._folder, *self._folder.parents) if path.exists())
        if not there.is_dir():
            raise UnreachableError(f"{there} is not a directory: name another.")
        return "is there" if there == self._folder else "will be made"

    def _unusable(self, error: OSError) -> UnreachableError:
        return UnreachableError(f"{self._folder} cannot be used ({error.strerror}): make room, or name another.")


class Bucket:
    """A place in S3."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def put(self, name: str, content: bytes) -> None:
        """Put an object in place of what was there."""
        self._ask("put_object", name, Body=content)

    def get(self, name: str) -> bytes | None:
        """Give an object's content; None where there is none."""
        found = self._ask("get_object", name)
        return None if found is None else found["Body"].read()

    def size(self, name: str) -> int | None:
        """Give an object's size in bytes; None where there is none."""
        found = self._ask("head_object", name)
        return None if found is None else int(found["ContentLength"])

    def remove(self, name: str) -> None:
        """Remove an object, if it is there."""
        self._ask("delete_object", name)

    def check(self) -> str:
        """Ask for the bucket."""
        if self._ask("head_bucket", None) is None:
            raise self._no_bucket()
        return "is there"

    def _ask(self, operation: str, name: str | None, **more: Any) -> Any:
        """Make a request; None is what is asked for and not there."""
        from botocore import exceptions  # noqa: PLC0415  # needs the extra, which `_client` has seen to

        client = self._client
        from lctrack_uploaders.targets.sagemaker import explaining  # noqa: PLC0415  # likewise

        about = {} if name is None else {"Key": self._place.prefix + name}
        with explaining.explained(f"S3 at {self._place.address}"):
            try:
                return getattr(client, operation)(Bucket=self._place.bucket, **about, **more)
            except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError) as error:
                raise RefusedError(
                    f"There are no AWS credentials for {self._place.address}: set AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE."
                ) from error
            except exceptions.ClientError as error:
                code = error.response.get("Error", {}).get("Code")
                if code == "NoSuchBucket":
                    raise self._no_bucket() from error
                if code in ("404", "NoSuchKey"):
                    return None
                raise

    def _no_bucket(self) -> RefusedError:
        return RefusedError(f"There is no bucket {self._place.bucket!r}: make it, or name another.")

    @cached_property
    def _client(self) -> Any:
        try:
            import boto3  # noqa: PLC0415  # needs the extra
            from botocore.config import Config  # noqa: PLC0415  # likewise

            from lctrack_uploaders.targets.sagemaker import explaining  # noqa: PLC0415  # likewise
        except ImportError as error:
            raise MissingExtraError(
                f"A lake in S3 needs packages that are not installed ({error}): "
                'pip install "lctrack-uploaders[parquet]".'
            ) from error
        known = self._place.environ
        with explaining.explained(f"S3 at {self._place.address}"):
            session = boto3.Session(
                profile_name=known.get("AWS_PROFILE"),
                region_name=self._place.region,
                aws_access_key_id=known.get("AWS_ACCESS_KEY_ID"),
                aws_secret_access_key=known.get("AWS_SECRET_ACCESS_KEY"),
                aws_session_token=known.get("AWS_SESSION_TOKEN"),
            )
            config = Config(
                connect_timeout=PATIENCE,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                # The name of a bucket before the name of a host works at AWS alone.
                s3={"addressing_style": "path"} if self._place.endpoint else None,
            )
            return session.client("s3", endpoint_url=self._place.endpoint, config=config)
