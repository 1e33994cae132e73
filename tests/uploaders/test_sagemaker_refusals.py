"""No credentials, wrong ones, no network, a clock a year off: a clear sentence each, and the next run delivers."""

import http.server
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pytest

from lctrack_uploaders.cli import main
from lctrack_uploaders.testing.suite import CANARY
from tests.uploaders.frames import Rows, agent
from tests.uploaders.sagemaker_reading import KEYS, REGION, Sagemaker

YEAR = 365 * 86_400


@pytest.fixture
def service(sagemaker_server: str) -> Sagemaker:
    return Sagemaker(sagemaker_server)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, read_as: Callable[[Rows], None]) -> None:
    """Keep AWS's own files and the machine's role out, and read a session made by hand."""
    read_as(agent())
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set credentials."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


@contextmanager
def refusing(code: str, message: str, status: int = 400, date: float | None = None) -> Iterator[str]:
    """Answer everything with this error, as AWS's JSON services do, dated as told."""

    class Handler(http.server.BaseHTTPRequestHandler):
        body: ClassVar = json.dumps({"__type": code, "message": message}).encode()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response_only(status)
            self.send_header("Date", formatdate(date, usegmt=True))
            self.send_header("x-amzn-ErrorType", code)
            self.send_header("Content-Length", str(len(self.body)))
            self.end_headers()
            self.wfile.write(self.body if self.command != "HEAD" else b"")

        do_GET = do_HEAD = do_PUT = do_POST  # noqa: N815  # the names http.server asks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def upload(service: Sagemaker, logs: Path, changed: Mapping[str, Any] | None = None) -> int:
    """Run the command, with some options changed."""
    options = {**service.options, "sagemaker_experiment": f"test-{service.salt}", **(changed or {})}
    flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
    return main([str(logs), "--to", "sagemaker", *flags])


def one_sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """Give the only line of standard error, which must be a finished sentence without a secret."""
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(".")
    assert CANARY not in line
    return line


def test_without_credentials_it_says_where_they_come_from(
    service: Sagemaker, logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert upload(service, logs) == 1
    assert "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile" in one_sentence(capsys)

    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    assert upload(service, logs) == 0


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UnrecognizedClientException", "The security token included in the request is invalid."),
        ("ExpiredTokenException", "The security token included in the request is expired"),
        ("AccessDeniedException", "User is not authorized to perform: sagemaker:CreateExperiment"),
    ],
)
def test_wrong_credentials_are_told_by_aws_s_own_code(
    code: str, message: str, service: Sagemaker, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with refusing(code, message) as endpoint:
        assert upload(service, logs, {"sagemaker_endpoint": endpoint}) == 1

    line = one_sentence(capsys)
    assert f"does not let us in (DescribeTrial: {code}: {message.rstrip('.')})" in line
    assert "check the credentials and their permissions" in line
    assert upload(service, logs) == 0


@pytest.mark.usefixtures("keys")
def test_without_a_network_it_says_so_and_the_next_run_delivers(
    service: Sagemaker, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert upload(service, logs, {"sagemaker_endpoint": nobody}) == 1

    assert "does not answer (EndpointConnectionError): is there a network" in one_sentence(capsys)
    assert upload(service, logs) == 0


class Skew(NamedTuple):
    """What AWS answers, how many seconds its clock is ahead, and what is said of it."""

    code: str
    message: str
    seconds: int
    said: str


SKEWS = (
    Skew("InvalidSignatureException", "Signature expired: 20250101T000000Z is now earlier", YEAR, "365 days behind"),
    Skew("InvalidSignatureException", "Signature not yet current: 20280101T000000Z", -YEAR, "365 days ahead of"),
    Skew("RequestTimeTooSkewed", "The difference between the times is too large.", 3 * 3600 + 60, "3 hours behind"),
    Skew("SignatureDoesNotMatch", "The request signature does not match.", YEAR, "365 days behind"),
)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize("skew", SKEWS, ids=lambda skew: skew.said)
def test_a_clock_that_is_wrong_is_told_with_by_how_much(
    skew: Skew, service: Sagemaker, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with refusing(skew.code, skew.message, 403, time.time() + skew.seconds) as endpoint:
        assert upload(service, logs, {"sagemaker_endpoint": endpoint}) == 1

    line = one_sentence(capsys)
    assert f"does not accept the clock of this machine, which is {skew.said} the one of AWS" in line
    assert upload(service, logs) == 0


@pytest.mark.usefixtures("keys")
def test_a_profile_that_is_not_there_is_named(
    service: Sagemaker, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert upload(service, logs, {"sagemaker_profile": "nobody"}) == 1
    assert "nobody" in one_sentence(capsys)


@pytest.mark.usefixtures("keys")
def test_a_named_bucket_that_is_not_there_is_not_made(
    service: Sagemaker, logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert upload(service, logs, {"sagemaker_bucket": "no-such-bucket"}) == 1

    assert "There is no bucket 'no-such-bucket': make it" in one_sentence(capsys)
    assert service.components() == []


@pytest.mark.usefixtures("keys")
def test_without_the_extra_it_is_named(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    monkeypatch.delitem(sys.modules, "lctrack_uploaders.targets.sagemaker.connection", raising=False)

    assert main([str(logs), "--to", "sagemaker", "--sagemaker-region", REGION]) == 1
    assert 'pip install "lctrack-uploaders[sagemaker]".' in one_sentence(capsys)


@pytest.mark.usefixtures("keys")
def test_without_a_region_it_is_asked_for(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("boto3")
    assert main([str(logs), "--to", "sagemaker"]) == 2
    assert "give --sagemaker-region, or set AWS_DEFAULT_REGION" in one_sentence(capsys)


@pytest.mark.usefixtures("keys")
def test_the_region_of_a_profile_counts(
    logs: Path, tmp_path: Path, service: Sagemaker, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"[profile lab]\nregion = {REGION}\naws_access_key_id = {CANARY}\naws_secret_access_key = {CANARY}\n"
    (tmp_path / "config").write_text(text)
    del service.options["sagemaker_region"]

    assert upload(service, logs, {"sagemaker_profile": "lab"}) == 0
    assert f"--region {REGION}" in capsys.readouterr().out
