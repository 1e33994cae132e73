"""Credentials reach the tracker and nothing else."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_uploaders import MissingExtraError, secrets
from lctrack_uploaders.cli import main
from lctrack_uploaders.targets.mlflow.configuration import Configuration
from lctrack_uploaders.targets.mlflow.connection import Connection
from tests.uploaders.frames import FrameLogs, agent
from tests.uploaders.readback import Use
from tests.uploaders.standin import NOT_FOUND, answering

CANARY = "canary-4711"
Captured = pytest.CaptureFixture[str]


def everything_said(directory: Path, capsys: Captured) -> str:
    captured = capsys.readouterr()
    files = [path.read_bytes().decode(errors="replace") for path in directory.rglob("*") if path.is_file()]
    return "\n".join([captured.out, captured.err, *files])


@pytest.mark.parametrize("variable", ["MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_PASSWORD"])
@pytest.mark.parametrize(
    "answers",
    [
        [(401, f"wrong: {CANARY}".encode())],
        [NOT_FOUND, (200, b"3.17"), (500, f"token {CANARY} broke it".encode())],
        [NOT_FOUND, (200, b"3.17"), (400, f'{{"error_code": "X", "message": "no {CANARY}"}}'.encode())],
    ],
)
def test_a_server_that_repeats_the_secret_does_not_get_it_printed_or_noted(
    answers: list[tuple[int, bytes]], variable: str, logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("lctrack_analysis.load", lambda _paths: FrameLogs(agent()))
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "alice")
    monkeypatch.setenv(variable, CANARY)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with answering(*answers) as (address, seen):
        assert main([str(logs), "--to", "mlflow", "--tracking-uri", f"http://{address}"]) == 1

    assert [header for header in seen if header]
    assert CANARY not in everything_said(logs, capsys)


def test_a_target_s_own_variable_goes_to_that_target_alone(
    logs: Path, read_as: Use, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read_as(agent())
    monkeypatch.setenv("LCTRACK_FIRST_MLFLOW_TRACKING_TOKEN", CANARY)
    with answering((401, b"no")) as (one, seen_by_one), answering((401, b"no")) as (two, seen_by_two):
        (tmp_path / "c.toml").write_text(
            f'[upload.targets.first]\nkind = "mlflow"\ntracking-uri = "http://{one}"\n'
            f'[upload.targets.second]\nkind = "mlflow"\ntracking-uri = "http://{two}"\n'
        )

        main([str(logs), "--to", "first,second", "--config", str(tmp_path / "c.toml")])

    assert (seen_by_one, seen_by_two) == ([f"Bearer {CANARY}"], [None])


def test_a_keyring_is_asked_for_what_the_environment_does_not_have(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("tracker", "A_TOKEN"): "from the keyring", ("tracker", "B_TOKEN"): "unwanted"}
    ring = SimpleNamespace(get_password=lambda service, name: kept.get((service, name)))
    monkeypatch.setitem(sys.modules, "keyring", ring)

    found = secrets.environment("prod", {"B_TOKEN": "set"}, ["A_TOKEN", "B_TOKEN", "C_TOKEN"], "tracker")

    assert found == {"A_TOKEN": "from the keyring", "B_TOKEN": "set"}


def test_a_keyring_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(MissingExtraError, match="pip install keyring"):
        secrets.environment("prod", {}, ["A_TOKEN"], "tracker")


@given(st.text(), st.text(min_size=4), st.text())
def test_a_known_secret_is_never_left_in_a_text(before: str, secret: str, after: str) -> None:
    redactor = secrets.Redactor()
    redactor.learn([secret])
    text = redactor(f"{before}{secret}{after}")

    # What is left could only be put together of the mask and what stood around.
    assert secret not in text.replace(secrets.MASK, "\0")


def test_a_password_in_an_address_is_masked_without_being_known() -> None:
    assert secrets.Redactor()("at http://bob:hush@host/x") == "at http://***@host/x"


def test_an_address_on_the_command_line_gives_its_password_to_the_redactor(
    logs: Path, read_as: Use, capsys: Captured
) -> None:
    read_as(agent())
    with answering((401, b"no")) as (address, _):
        assert main([str(logs), "--to", "mlflow", "--tracking-uri", f"http://bob:{CANARY}@{address}", "--json"]) == 1

    assert CANARY not in everything_said(logs, capsys)


def test_the_environment_is_left_without_a_target_s_credentials(
    logs: Path, read_as: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_as(agent())
    monkeypatch.setattr("lctrack_uploaders.targets.mlflow.connection.Connection._check_server", lambda _self: None)
    with answering((200, b"3.17"), (400, b"no")) as (address, seen):
        main([str(logs), "--to", "mlflow", "--tracking-uri", f"http://bob:{CANARY}@{address}"])

    assert len(seen) > 1
    assert CANARY not in os.environ.values()


def test_every_round_takes_each_target_s_own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lctrack_uploaders.targets.mlflow.connection.Connection._check_server", lambda _self: None)
    with answering((404, b"{}")) as (one, seen_by_one), answering((404, b"{}")) as (two, seen_by_two):
        first, second = (
            Connection(Configuration(f"http://{host}", None, token=token))
            for host, token in ((one, "first"), (two, "second"))
        )
        for connection in (first, second, first):
            connection.activate()
            connection.version()

    assert set(seen_by_one) == {"Bearer first"}
    assert set(seen_by_two) == {"Bearer second"}
