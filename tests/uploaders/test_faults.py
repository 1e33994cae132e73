"""A network that delays, drops, loses, truncates and answers nonsense: nothing is lost, nothing doubled."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import requests

from lctrack_uploaders.cli import main
from tests.uploaders import kills, proxy
from tests.uploaders.test_conformance_mlflow import Mlflow


def neutral(found: Any) -> Any:
    """Give what an MLflow store holds, in the order of the sessions' names."""
    return sorted(json.loads(json.dumps(found, default=str)), key=lambda run: run["run"][0])


@pytest.fixture
def spoiled(server: str, monkeypatch: pytest.MonkeyPatch) -> Mlflow:
    """Give a place on the server, and let the engine alone repeat, at once: it is to meet all faults."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setattr("lctrack_uploaders.patience.Patience.pause", lambda *_: 0.01)
    return Mlflow(server)


@pytest.fixture
def clean(spoiled: Mlflow, tmp_path: Path, template: Path) -> Mlflow:
    """Give a store of its own."""
    shutil.copy(template, tmp_path / "mlflow.db")
    return Mlflow(f"sqlite:///{tmp_path}/mlflow.db", spoiled.salt)


def upload(logs: Path, store: str, state: Path) -> int:
    return main([str(logs), "--to", "mlflow", "--tracking-uri", store, "--state", str(state), "--retries", "3"])


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_a_bad_network_leaves_what_a_good_one_leaves(
    share: float, logs: Path, spoiled: Mlflow, clean: Mlflow, capsys: pytest.CaptureFixture[str]
) -> None:
    kills.record(logs, f"faults-{spoiled.salt}")
    assert upload(logs, clean.options["tracking_uri"], logs.parent / "clean") == 0

    codes: list[int] = []
    with proxy.unreliable(spoiled.options["tracking_uri"], share, seed=11) as (address, happened):
        while not codes or (codes[-1] and len(codes) < 30):
            codes.append(upload(logs, address, logs.parent / "spoiled"))

    assert sum(happened[fault] > 0 for fault in proxy.FAULTS) >= 4
    assert set(codes[:-1]) <= {1, 3}
    assert codes[-1] == 0
    assert "Traceback" not in capsys.readouterr().err
    assert neutral(spoiled.everything()) == neutral(clean.everything())


@pytest.mark.parametrize("named", ["/segments/", "/chat_html.html", "/runs.json"])
def test_a_file_that_was_acknowledged_and_not_kept_is_sent_again(
    named: str, logs: Path, spoiled: Mlflow, clean: Mlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = requests.Session.send
    lost: list[str] = []

    def forget_one(self: requests.Session, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        if request.method == "PUT" and named in str(request.url) and not lost:
            lost.append(str(request.url))
            request = requests.Request("GET", f"{spoiled.options['tracking_uri']}/health").prepare()
        return send(self, request, **how)

    kills.record(logs, f"faults-{spoiled.salt}")
    assert upload(logs, clean.options["tracking_uri"], logs.parent / "clean") == 0
    monkeypatch.setattr(requests.Session, "send", forget_one)

    assert upload(logs, spoiled.options["tracking_uri"], logs.parent / "spoiled") == 0

    assert len(lost) == 1
    assert neutral(spoiled.everything()) == neutral(clean.everything())
