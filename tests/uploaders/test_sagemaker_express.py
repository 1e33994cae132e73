"""Objects and metrics go the short way as long as it is answered well, and boto3's own way otherwise."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lctrack_uploaders.cli import main
from tests.uploaders.frames import Rows, agent
from tests.uploaders.sagemaker_reading import KEYS, Sagemaker

express = pytest.importorskip("lctrack_uploaders.targets.sagemaker.express")


@pytest.fixture
def service(sagemaker_server: str, monkeypatch: pytest.MonkeyPatch) -> Sagemaker:
    """Give the stand-in, and the credentials for it."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return Sagemaker(sagemaker_server)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what boto3 itself sends, by operation."""
    from botocore.client import BaseClient

    counts: Counter[str] = Counter()
    turn = threading.Lock()
    original = BaseClient._make_api_call

    def counting(self: Any, operation: str, parameters: Any) -> Any:
        with turn:
            counts[operation] += 1
        return original(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", counting)
    return counts


def deliver(service: Sagemaker, logs: Path, read_as: Callable[[Rows], None]) -> Any:
    """Deliver a session, and give all that the service then holds but its names."""
    read_as(agent())
    line = [str(logs), "--to", "sagemaker", "--sagemaker-experiment", f"test-{service.salt}", *service.flags]
    assert main(line) == 0
    return str(service.everything()).replace(service.salt, "(salt)")


def plain(service: Sagemaker, logs: Path, monkeypatch: pytest.MonkeyPatch, read_as: Callable[[Rows], None]) -> Any:
    """Do likewise with boto3 alone, into a place of its own."""
    other = Sagemaker(service.options["sagemaker_endpoint"])
    with monkeypatch.context() as patch:
        patch.setattr(express.Express, "url", None)
        return deliver(other, logs.parent / "other", read_as)


def test_both_ways_leave_the_same(
    service: Sagemaker, logs: Path, read_as: Callable[[Rows], None], monkeypatch: pytest.MonkeyPatch, sent: Counter[str]
) -> None:
    (logs.parent / "other").mkdir()
    expected = plain(service, logs, monkeypatch, read_as)
    by_boto = Counter(sent)
    sent.clear()

    assert deliver(service, logs, read_as) == expected
    # The first of those that are put at the same time shows the way.
    assert sent["PutObject"] < by_boto["PutObject"] / 2
    assert sent["BatchPutMetrics"] == 1 < by_boto["BatchPutMetrics"]


@pytest.mark.parametrize("how", ["no answer", "garbage"])
def test_what_is_not_answered_well_is_sent_by_boto3(
    how: str,
    service: Sagemaker,
    logs: Path,
    read_as: Callable[[Rows], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (logs.parent / "other").mkdir()
    expected = plain(service, logs, monkeypatch, read_as)

    class Garbage:
        content = b"<html>welcome</html>"
        headers: dict[str, str] = {}  # noqa: RUF012  # never changed

    monkeypatch.setattr(express.Express, "send", lambda *_: Garbage() if how == "garbage" else None)

    assert deliver(service, logs, read_as) == expected


def test_an_odd_key_is_the_same_to_both(service: Sagemaker) -> None:
    client = service.client("s3")
    keys = ["a/b c.json", "ü+=&?#%41.json", "~(x)*'!,;:@$.csv", 'q"\\<>{}|^`.html']
    bucket = express.Bucket(client, service.bucket, {})
    for key in ("first", *keys):
        bucket.put(key, key.encode(), "text/plain")

    assert service.objects() == {key: key.encode() for key in ("first", *keys)}
