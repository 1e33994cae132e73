"""The summary: what a person wants to know first, on a terminal of 80 columns too."""

import fcntl
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from lctrack_analysis import Logs
from lctrack_analysis.cli import main
from sample_logs.make import HERE
from tests.analysis.writing import Line, chain, event, numbered, segment_start, write

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def on_terminal(*arguments: str, columns: int = 80, **environment: str) -> str:
    """Give what the command writes on a terminal of so many columns."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", **environment}
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
        if name not in environment:
            env.pop(name, None)
    command = [sys.executable, "-m", "lctrack_analysis.cli", *arguments]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=env) as process:
        os.close(terminal)
        chunks = []
        while chunk := _read(controller):
            chunks.append(chunk)
    os.close(controller)
    assert process.returncode == 0
    return b"".join(chunks).decode().replace("\r\n", "\n")


def _read(controller: int) -> bytes:
    try:
        return os.read(controller, 65536)
    except OSError:  # how Linux says that the other end is closed
        return b""


def told(logs: list[Line], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    main([str(write(tmp_path / "x.jsonl", *numbered([segment_start(), *logs])))])
    return capsys.readouterr().out


def test_the_samples_fit_a_terminal_of_80_columns_without_a_wrapped_row(samples: Logs, sample_files: Path) -> None:
    shown = ESCAPES.sub("", on_terminal(str(sample_files)))
    tables = shown.partition("Next:")[0].splitlines()
    assert [line for line in tables if len(line) > 80] == []
    sections = shown.split("\n\n")
    sessions = next(section for section in sections if section.startswith("Sessions"))
    assert len(sessions.strip().splitlines()) == 3 + samples.sessions.height
    runs = next(section for section in sections if section.startswith("Runs"))
    assert len(runs.strip().splitlines()) == 3 + samples.runs["kind"].n_unique()
    for column in ("traces", "runs", "calls", "tokens", "errors", "p50 ms", "p99 ms", "first ms"):
        assert f" {column}" in shown


def test_long_names_and_large_numbers_fit_80_columns_too(tmp_path: Path) -> None:
    labels = {"project": "p", "name": "a very long name of a session that somebody chose without thinking about it"}
    usage = {"input_tokens": 1_234_567_890, "output_tokens": 987_654_321, "cached_tokens": 1, "reasoning_tokens": 1}
    lines = [event("session_start", 0, session=labels)]
    for n in range(300):
        lines += [
            event("span_start", n, run_id=f"r{n}", kind="llm", model="vendor/some-very-long-model-name-2025-01-01"),
            event("span_end", n + 5_000, run_id=f"r{n}", usage=usage),
        ]
    lines += [
        event("chain_start", 1, run_id="e"),
        event("chain_error", 2, run_id="e", error={"type": "m.E" * 20, "message": "x" * 200}),
    ]
    write(tmp_path / "x.jsonl", *numbered([segment_start(), *lines]), b"nonsense\n")
    shown = ESCAPES.sub("", on_terminal(str(tmp_path))).partition("Next:")[0]
    assert [line for line in shown.splitlines() if len(line) > 80] == []
    for number in ("370370367000", "296296296300", "5000000", "301"):
        assert number in shown


def test_no_color_is_honoured() -> None:
    coloured = re.compile(r"\x1b\[[0-9;]*(3[0-7]|4[0-7]|38|48|9[0-7])[0-9;]*m")
    assert not coloured.search(on_terminal(str(HERE / "h-errors"), NO_COLOR="1"))


def test_what_is_piped_has_no_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    main([str(HERE / "h-errors")])
    assert "\x1b" not in capsys.readouterr().out


def test_the_samples_are_summed_up(samples: Logs, sample_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(sample_files)])
    shown = capsys.readouterr().out
    counts = [f"{samples.table(name).height} {name}" for name in ("sessions", "traces", "runs", "generations")]
    assert shown.startswith(" · ".join(counts))
    sessions = shown.partition("\nRuns\n")[0]
    for session in samples.sessions.to_dicts():
        name = session["name"] + (" (open)" if session["status"] == "open" else "")
        [row] = [line for line in sessions.splitlines() if line.startswith(f"{name}  ")]
        assert [session[key] or 0 for key in ("traces", "runs", "llm_starts", "total_tokens", "errors")] == [
            int(cell) for cell in row.split()[-5:]
        ]
    for origin in samples.errors.filter(samples.errors["is_origin"])["message"]:
        assert origin[:40] in shown
    assert "torn: the file ends in the middle of this line" in shown
    assert "--errors" in shown


def test_what_is_empty_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(chain("r"), tmp_path, capsys)
    assert "Runs" in shown
    for title in ("Models", "Errors", "Losses", "Problems", "--errors"):
        assert title not in shown


def test_events_that_the_recorder_lost_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = [event("dropped", n, count=count, reason="OSError: full") for n, count in enumerate((2, 3))]
    shown = told([*chain("r"), *lost, event("dropped", 9, count="many", reason=None)], tmp_path, capsys)
    assert re.search(r"Losses: events that could not be recorded *\n.*\n.*\nOSError: full +5\n", shown)


def test_only_the_latest_of_many_sessions_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line | {"session_id": f"session {n:02}"} for n in range(30) for line in chain(f"r{n}", n)]
    shown = told(lines, tmp_path, capsys)
    assert "session 09" not in shown
    assert re.search(r"Sessions\n… 10 earlier\n.*\n.*\nsession 10 .*(\nsession [12]\d .*){19}\n\n", shown)


def test_the_suggested_commands_can_be_copied_whatever_the_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "it's $HOME; here"
    write(folder / "x.jsonl", *numbered([segment_start(), *chain("r")]))
    main([str(folder)])
    suggested = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  lctrack-analyze")]
    for line in suggested:
        assert shlex.split(line)[1] == str(folder)
    assert len(suggested) == 2
