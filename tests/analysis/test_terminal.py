"""The prompt and the tables on a real terminal: the command behind a pseudo-terminal, keys as bytes."""

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from fcntl import ioctl
from pathlib import Path

import pytest

from sample_logs.make import HERE
from tests.analysis.writing import ai, chat, human, numbered, segment_start, write

ENTER, CTRL_C, CTRL_D, TAB, UP = "\r", "\x03", "\x04", "\t", "\x1b[A"
ENDLESS = "SELECT count(*) FROM range(1000000000000) AS a(x) WHERE sin(x) > 2;"
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()=>][0-9A-B]?|\r")
_PATIENCE = 20.0


class Terminal:
    """The command on a terminal of 40 lines and 120 columns."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lctrack_analysis.cli", *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509  # no thread of ours is running
            env={**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **environment},
        )  # fmt: skip
        os.close(theirs)
        self.raw = ""

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def wait_for(self, text: str) -> str:
        """Read until a text is shown, and give what was shown before it, without terminal codes."""
        until = time.monotonic() + _PATIENCE
        while text not in (shown := _CODES.sub("", self.raw)):
            assert time.monotonic() < until, f"{text!r} is not in {shown!r}"
            self._read()
        before, _, self.raw = shown.partition(text)
        return before

    def leave(self) -> tuple[int, str]:
        """Read until the command has ended, and give its exit code and what was shown."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and self._read():
            pass
        return self.process.wait(timeout=_PATIENCE), _CODES.sub("", self.raw)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], 0.2)[0]:
            return self.process.poll() is None
        try:
            found = os.read(self._ours, 65_536)
        except OSError:  # the other side is closed
            return False
        self.raw += found.decode(errors="replace")
        return bool(found)


Start = Callable[..., Terminal]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    terminals: list[Terminal] = []

    def start_it(*arguments: str, **environment: str) -> Terminal:
        given = list(arguments) or [str(HERE / "i-spans"), "--sql"]
        terminals.append(Terminal(given, {"XDG_STATE_HOME": str(tmp_path / "state"), "PAGER": "cat", **environment}))
        return terminals[-1]

    yield start_it
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def at_prompt(start: Start) -> Terminal:
    terminal = start()
    terminal.wait_for("lctrack>")
    return terminal


def test_a_query_over_two_lines_is_answered_and_ctrl_d_leaves(at_prompt: Terminal) -> None:
    at_prompt.type(f"SELECT 4710{ENTER}")
    at_prompt.wait_for("...")
    at_prompt.type(f"+ 1 AS sum;{ENTER}")
    at_prompt.wait_for("4711")
    at_prompt.wait_for("lctrack>")
    at_prompt.type(CTRL_D)
    assert at_prompt.leave()[0] == 0


def test_tab_completes_a_table(at_prompt: Terminal) -> None:
    at_prompt.type(TAB.join(["SELECT count(*) * 0 + 4700 + 11 AS x FROM retrieva", ""]))
    at_prompt.wait_for("retrievals")
    at_prompt.type(f";{ENTER}")
    at_prompt.wait_for("4711")


def test_ctrl_c_stops_a_query_that_runs_and_the_prompt_goes_on(at_prompt: Terminal) -> None:
    at_prompt.type(f"{ENDLESS}{ENTER}")
    at_prompt.wait_for("> 2;")
    time.sleep(1)  # until it runs
    os.killpg(at_prompt.process.pid, signal.SIGINT)  # what the terminal makes of Ctrl-C while nobody reads keys
    at_prompt.wait_for("stopped")
    at_prompt.wait_for("lctrack>")
    at_prompt.type(f"SELECT 4710 + 1;{ENTER}")
    at_prompt.wait_for("4711")


def test_ctrl_c_drops_the_line_and_the_prompt_goes_on(at_prompt: Terminal) -> None:
    at_prompt.type("SELECT 'dropped")
    at_prompt.wait_for("dropped")
    at_prompt.type(CTRL_C)
    at_prompt.wait_for("lctrack>")
    at_prompt.type(f"SELECT 4710 + 1;{ENTER}")
    at_prompt.wait_for("4711")


def test_what_was_typed_is_there_the_next_time(start: Start) -> None:
    for keys in (f"SELECT 4710 + 1;{ENTER}", f"{UP}{ENTER}"):
        terminal = start()
        terminal.wait_for("lctrack>")
        terminal.type(keys)
        terminal.wait_for("4711")
        terminal.wait_for("lctrack>")
        terminal.type(CTRL_D)
        assert terminal.leave()[0] == 0


def test_what_is_longer_than_the_screen_goes_through_the_pager_and_holds_no_codes_of_the_data(
    start: Start, tmp_path: Path
) -> None:
    pager = tmp_path / "pager"
    pager.write_text(f'#!/bin/sh\ncat > "{tmp_path}/paged"\necho paged\n')
    pager.chmod(0o700)
    lines = chat("r", [human("h")], ai("\x1b]0;title\x07red"))
    logs = write(tmp_path / "one.jsonl", *numbered([segment_start(), *lines]))
    terminal = start(str(logs), "--sql", PAGER=str(pager))
    terminal.wait_for("lctrack>")
    terminal.type(f"SELECT 4710 + 1;{ENTER}")
    terminal.wait_for("4711")
    assert not (tmp_path / "paged").exists()
    terminal.type(ENTER.join(["SELECT text FROM generations, range(100);", ""]))
    terminal.wait_for("paged")
    paged = (tmp_path / "paged").read_text()
    assert paged.count(r"\x1b]0;title\x07red") == 100
    assert re.findall(r"\x1b(?!\[[0-9;]*m)|\x07", paged) == []


def test_a_pager_that_cannot_be_started_is_done_without(start: Start) -> None:
    terminal = start(PAGER="/nowhere/pager")
    terminal.wait_for("lctrack>")
    terminal.type(ENTER.join(["SELECT range FROM range(4612, 4712);", ""]))
    terminal.wait_for("4711")


def test_a_terminal_is_shown_so_many_rows_and_told_of_the_rest(start: Start) -> None:
    logs = str(HERE / "i-spans")
    code, shown = start(logs, "--sql", "FROM range(1300)", "--max-rows", "10").leave()
    assert code == 0
    assert "… 1,290 more rows: LIMIT chooses, --max-rows 0 shows all, -o FILE keeps all" in shown
    assert len(shown.splitlines()) == 13
    assert "more rows" not in start(logs, "--sql", "FROM range(300)", "--max-rows", "0").leave()[1]


def test_a_pipe_gets_every_row() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lctrack_analysis.cli", str(HERE / "i-spans"), "--sql", "FROM range(300)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert len(done.stdout.splitlines()) == 302
