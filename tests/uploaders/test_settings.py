"""Flags over environment over lctrack.toml over pyproject.toml."""

import json
from pathlib import Path

import pytest

from lctrack_uploaders.cli import main
from tests.uploaders.frames import agent
from tests.uploaders.readback import Use

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_as: Use) -> Path:
    """Work in an empty directory, with one session to deliver."""
    read_as(agent())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir(exist_ok=True)
    return tmp_path


def address(capsys: Captured, *options: str) -> str:
    """Ask where a dry run would deliver to."""
    assert main(["logs", "--dry-run", "--json", *options]) == 0
    found = json.loads(capsys.readouterr().out)["address"]
    assert isinstance(found, str)
    return found.rpartition("/")[2]


def test_the_uppermost_layer_that_says_something_counts(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (here / "pyproject.toml").write_text('[tool.lctrack.upload.targets.dummy]\ndummy-directory = "pyproject"\n')
    assert address(capsys, "--to", "dummy") == "pyproject"
    (here / "lctrack.toml").write_text('[upload.targets.dummy]\ndummy-directory = "lctrack"\n')
    assert address(capsys, "--to", "dummy") == "lctrack"
    monkeypatch.setenv("LCTRACK_DUMMY_DUMMY_DIRECTORY", "environment")
    assert address(capsys, "--to", "dummy") == "environment"
    assert address(capsys, "--to", "dummy", "--dummy-directory", "flag") == "flag"


def test_the_tracker_s_own_variable_is_environment_for_a_target_called_by_its_kind_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    tables = ("mlflow", "tracking-uri"), ("archive", 'kind = "mlflow"\ntracking-uri')
    text = "\n".join(
        f'[upload.targets.{name}\n{keys} = "http://file"\n'.replace("\n", "]\n", 1) for name, keys in tables
    )
    (here / "lctrack.toml").write_text(text)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://environment")

    assert address(capsys, "--to", "mlflow") == "environment"
    assert address(capsys, "--to", "archive") == "file"


def test_several_targets_of_one_kind_are_served_in_one_call(here: Path, capsys: Captured) -> None:
    (here / "lctrack.toml").write_text(
        '[upload]\nto = ["one", "two"]\n'
        '[upload.targets.one]\nkind = "dummy"\ndummy-directory = "first"\n'
        '[upload.targets.two]\nkind = "dummy"\ndummy-directory = "second"\n'
    )

    assert main(["logs"]) == 0

    assert [line for line in capsys.readouterr().out.splitlines() if "delivered" in line] == [
        "one: 1 delivered",
        "two: 1 delivered",
    ]
    assert len(list((here / "first").iterdir())) == len(list((here / "second").iterdir())) == 1


def test_a_target_that_is_down_keeps_nothing_from_the_others(here: Path, capsys: Captured) -> None:
    (here / "lctrack.toml").write_text('[upload.targets.dead]\nkind = "dummy"\ndummy-faults = "down=1"\n')

    assert main(["logs", "--to", "dead,dummy"]) == 3

    assert "dummy: 1 delivered" in capsys.readouterr().out


def test_a_flag_that_would_go_to_two_targets_is_refused(here: Path, capsys: Captured) -> None:
    (here / "lctrack.toml").write_text('[upload.targets.one]\nkind = "dummy"\n')

    assert main(["logs", "--to", "one", "--to", "dummy", "--dummy-directory", "x"]) == 2

    assert "--dummy-directory would go to several targets of kind dummy" in capsys.readouterr().err


def test_options_of_the_command_come_from_files_and_environment_too(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    (here / "lctrack.toml").write_text('[upload]\nto = "dummy"\njson = true\ndry-run = true\n')
    assert main(["logs"]) == 0
    assert json.loads(capsys.readouterr().out)["pending"] == 1
    monkeypatch.setenv("LCTRACK_UPLOAD_DRY_RUN", "false")
    assert main(["logs"]) == 0
    assert json.loads(capsys.readouterr().out)["delivered"] == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[upload]\njbos = 3\n", "there is no option 'jbos'"),
        ("[upload]\njobs = 'many'\n", "lctrack.toml, jobs cannot be 'many'"),
        ("[upload]\nverify = 'perhaps'\n", "lctrack.toml, verify must be true or false"),
        ("[upload.targets.dummy]\nfaults = 'x'\n", "target 'dummy': there is no option 'faults'"),
        (
            "[upload.targets.x]\nkind = 'mlfow'\n",
            "There is no target 'mlfow' for 'x': choose one of clearml, dummy, mlflow, sagemaker, wandb, x.",
        ),
        ("[upload]\ntargets = 3\n", "targets must be tables"),
        ("[upload\n", "lctrack.toml cannot be read: "),
        ("[upload.targets.x]\npassword = 'canary'\n", "holds a secret under 'password'"),
        ("[upload.targets.x]\ntracking-uri = 'http://bob:canary@host'\n", "holds a secret under 'tracking-uri'"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_one_sentence(
    text: str, expected: str, here: Path, capsys: Captured
) -> None:
    (here / "lctrack.toml").write_text(text)

    assert main(["logs", "--to", "x" if "targets.x" in text else "dummy"]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line
    assert "canary" not in line


@pytest.mark.usefixtures("here")
def test_a_file_that_is_named_must_be_there(capsys: Captured) -> None:
    assert main(["logs", "--to", "dummy", "--config", "absent.toml"]) == 2

    assert capsys.readouterr().err == "lctrack-upload: There is no configuration file absent.toml.\n"


@pytest.mark.usefixtures("here")
def test_a_wrong_value_in_the_environment_is_called_by_the_variable_s_name(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("LCTRACK_UPLOAD_IDLE", "soon")

    assert main(["logs", "--to", "dummy"]) == 2

    assert capsys.readouterr().err == "lctrack-upload: LCTRACK_UPLOAD_IDLE cannot be 'soon'.\n"
