"""A network that delays, drops, loses, truncates and answers nonsense on the way to SageMaker."""

import json
from pathlib import Path

import pytest

from lctrack_uploaders.cli import main
from tests.uploaders import kills, proxy
from tests.uploaders.sagemaker_reading import KEYS, Sagemaker


def upload(logs: Path, service: Sagemaker, state: Path, endpoint: str) -> int:
    """Run the command by way of an endpoint."""
    options = {**service.options, "sagemaker_endpoint": endpoint, "sagemaker_experiment": f"faults-{service.salt}"}
    flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", value)]
    return main([str(logs), "--to", "sagemaker", "--state", str(state), "--retries", "3", *flags])


def test_a_bad_network_leaves_at_sagemaker_what_a_good_one_leaves(
    sagemaker_server: str, logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    # Without pauses: it is to meet all faults, soon.
    monkeypatch.setattr("lctrack_uploaders.patience.Patience.pause", lambda *_: 0.01)
    clean, spoiled = Sagemaker(sagemaker_server), Sagemaker(sagemaker_server)
    kills.record(logs, "faults")
    assert upload(logs, clean, logs.parent / "clean", sagemaker_server) == 0

    codes: list[int] = []
    with proxy.unreliable(sagemaker_server, 0.1, seed=7) as (address, happened):
        while not codes or (codes[-1] and len(codes) < 30):
            codes.append(upload(logs, spoiled, logs.parent / "spoiled", address))

    assert sum(happened[fault] > 0 for fault in proxy.FAULTS) >= 6
    assert set(codes[:-1]) <= {1, 3}
    assert codes[-1] == 0
    assert "Traceback" not in capsys.readouterr().err
    found = [json.dumps(each.everything()).replace(each.salt, "(salt)") for each in (clean, spoiled)]
    assert found[0] == found[1]
