"""`--status` and `--check`: what a health check and a careful person ask."""

import json
import time
from pathlib import Path

import pytest

from lctrack_uploaders.cli import main
from tests.uploaders.frames import session
from tests.uploaders.readback import Use

Captured = pytest.CaptureFixture[str]


def told(logs: Path, capsys: Captured, *options: str) -> tuple[int, dict[str, object]]:
    """Ask for the status of the only target."""
    capsys.readouterr()
    code = main([str(logs), "--status", "--json", *options])
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert isinstance(found, dict)
    return code, found


def test_all_is_well_after_a_delivery(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as({"sessions": [session()]})
    main([str(logs), "--to", "dummy"])

    code, found = told(logs, capsys)

    assert (code, found["healthy"], found["delivered"], found["waiting"], found["trouble"]) == (0, True, 1, 0, None)


def test_what_is_new_waits_and_what_goes_on_is_being_recorded(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as({"sessions": [session()]})
    main([str(logs), "--to", "dummy"])
    now = time.time_ns()
    fresh = session(session_id="fresh", status="open", start_time=now, end_time=now)
    read_as({"sessions": [session(), session(session_id="new"), fresh]})

    code, found = told(logs, capsys)

    assert (code, found["delivered"], found["waiting"], found["recording"]) == (0, 1, 1, 1)


def test_a_destination_that_is_down_is_not_well_until_it_answers(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as({"sessions": [session()]})
    assert main([str(logs), "--to", "dummy", "--dummy-faults", "down=1"]) == 1
    code, found = told(logs, capsys)
    assert (code, found["last_success"]) == (1, None)
    assert "down" in str(found["trouble"])

    assert main([str(logs), "--to", "dummy"]) == 0

    assert told(logs, capsys)[0] == 0


def test_what_was_given_up_is_listed_with_its_reason_until_it_is_delivered(
    logs: Path, read_as: Use, capsys: Captured
) -> None:
    read_as({"sessions": [session()]})
    main([str(logs), "--to", "dummy", "--dummy-faults", "terminal=1"])
    code, found = told(logs, capsys)
    assert code == 1
    assert found["given_up"] == [{"session_id": "session-1", "reason": "The dummy was told to fail: terminal at open."}]
    assert main([str(logs), "--to", "dummy"]) == 1
    assert "given up before: --retry-failed tries again" in capsys.readouterr().err

    assert main([str(logs), "--to", "dummy", "--retry-failed"]) == 0

    assert told(logs, capsys)[0] == 0


def test_a_success_that_is_too_old_is_not_well(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as({"sessions": [session()]})
    main([str(logs), "--to", "dummy"])

    assert told(logs, capsys, "--max-age", "1h")[0] == 0
    time.sleep(0.02)
    assert told(logs, capsys, "--max-age", "0.01s")[0] == 1


def test_one_target_of_two_that_is_not_well_is_some(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as({"sessions": [session()]})
    main([str(logs), "--to", "dummy"])
    main([str(logs), "--to", "dummy", "--dummy-directory", str(logs / ".other"), "--dummy-faults", "down=1"])
    capsys.readouterr()

    assert main([str(logs), "--status"]) == 3

    printed = capsys.readouterr().out
    assert (printed.count(": well"), printed.count(": NOT WELL")) == (1, 1)


def test_before_the_first_delivery_there_is_nothing_to_be_well(logs: Path, read_as: Use, capsys: Captured) -> None:
    read_as({"sessions": [session()]})

    assert main([str(logs), "--status"]) == 1

    assert "nothing has been delivered yet" in capsys.readouterr().out
    assert list(logs.iterdir()) == []


@pytest.mark.parametrize(("faults", "code"), [("delay=0", 0), ("down=1", 3), ("refused=1", 3)])
def test_a_check_tries_each_target_without_logs_and_leaves_nothing(
    faults: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lctrack.toml").write_text(f'[upload.targets.other]\nkind = "dummy"\ndummy-faults = "{faults}"\n')

    assert main(["--to", "dummy,other", "--check", "--json"]) == code

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["target"], one["ok"]) for one in found] == [("dummy", True), ("other", code == 0)]
    assert [path.name for path in tmp_path.iterdir()] == ["lctrack.toml"]


def test_a_check_tells_what_answers_on_standard_output_and_what_does_not_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lctrack.toml").write_text('[upload.targets.other]\nkind = "dummy"\ndummy-faults = "down=1"\n')

    assert main(["--to", "dummy,other", "--check"]) == 3

    out, err = capsys.readouterr()
    assert [line.partition(":")[0] for line in out.splitlines()] == ["dummy"]
    assert [line.split(":")[:2] for line in err.splitlines()] == [["lctrack-upload", " other"]]
