import pytest

from lctrack_uploaders import TerminalError, TransientError, UnreachableError, UploadError
from lctrack_uploaders.targets.mlflow import batches
from lctrack_uploaders.targets.mlflow.configuration import Configuration
from lctrack_uploaders.targets.mlflow.connection import Connection
from lctrack_uploaders.units import units
from tests.uploaders.frames import FrameLogs, agent
from tests.uploaders.standin import NOT_FOUND, answering


@pytest.mark.parametrize(
    ("answer", "kind", "expected"),
    [
        ((404, b"no such path"), TerminalError, r"HTTP 404: no such path\); it must be MLflow 3.15 or newer"),
        ((422, b"odd span"), TerminalError, "HTTP 422: odd span"),
        ((503, b"busy"), TransientError, "HTTP 503: busy"),
        ((429, b"slowly"), TransientError, "HTTP 429: slowly"),
        ((200, b"\x00\xff<html>"), TransientError, "did not confirm the traces as MLflow does"),
        ((200, b"\n\x04\x08\x02\x12\x00"), TerminalError, "refused 2 spans: no reason given"),
    ],
)
def test_a_server_that_does_not_take_traces_says_so(
    answer: tuple[int, bytes], kind: type[UploadError], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with answering(NOT_FOUND, answer) as (address, _):
        connection = Connection(Configuration(f"http://{address}", None))

        with pytest.raises(kind, match=expected):
            connection.send("1", [[]], "run")


@pytest.mark.parametrize("version", ["2.22.1", "3.14.0"])
def test_a_server_that_would_count_tokens_twice_is_refused(version: str) -> None:
    with (
        answering(NOT_FOUND, (200, version.encode())) as (address, _),
        pytest.raises(UnreachableError, match=r"upgrade the server to 3\.15 or newer"),
    ):
        Connection(Configuration(f"http://{address}", None))


@pytest.mark.parametrize("answer", [(200, b"3.15.0"), (200, b"4.0.0rc1"), (404, b"3.1"), (200, b"<html>")])
def test_a_server_of_a_newer_or_unknown_version_is_tried(answer: tuple[int, bytes]) -> None:
    with answering(NOT_FOUND, answer) as (address, seen):
        Connection(Configuration(f"http://{address}", None))

    assert len(seen) == 2


def test_no_request_holds_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    (unit,) = units(FrameLogs(agent()))

    def sizes() -> list[int]:
        return [len(batch.traces) for batch in batches.batches(unit)]

    assert sizes() == [2]
    with monkeypatch.context() as narrow:
        narrow.setattr(batches, "SIZE_OF_A_REQUEST", 100)
        assert sizes() == [1, 1]
    monkeypatch.setattr(batches, "TRACES_A_REQUEST", 1)
    assert sizes() == [1, 1]
