"""Puts into docs/sql.md what its session at the prompt shows now: python scripts/prompt_example.py.

The prompt runs on a terminal that can only print (`TERM=dumb`), and so needs no emulator to be read: there it is as
wide everywhere, and shows each character once. Only the codes that show a cursor are left out.
"""

import os
import pty
import re
import select
import subprocess
import tempfile
import termios
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = "docs/sql.md"
_PROMPT = "lctrack> "
_PATIENCE = 120.0
_CURSOR = re.compile(r"\x1b\[\?\d+[hl]")


def filled(text: str) -> str:
    """Type what a page's session types, and put what is shown below it."""

    def run(example: re.Match[str]) -> str:
        command, session = example.groups()
        return f"```text\n$ {command}\n{_shown(command, re.findall(f'^{_PROMPT}(.*)$', session, re.MULTILINE))}```"

    return re.sub(r"```text\n\$ ([^\n]*)\n(.*?)```", run, text, flags=re.DOTALL)


def _shown(command: str, typed: list[str]) -> str:
    ours, theirs = pty.openpty()
    with tempfile.TemporaryDirectory() as state:
        process = subprocess.Popen(  # noqa: S603  # the page's own command
            ["sh", "-c", command], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs,  # noqa: S607  # likewise
            env={**os.environ, "TERM": "dumb", "COLUMNS": "80", "LINES": "25", "PAGER": "", "XDG_STATE_HOME": state},
        )  # fmt: skip
        os.close(theirs)
        try:
            shown = ""
            for line in typed:
                shown += _read(ours, _PROMPT)
                _wait_for_the_prompt_to_echo(ours)
                os.write(ours, f"{line}\r".encode())
            shown += _read(ours, "")
        finally:
            process.kill()
            process.wait()
            os.close(ours)
    return "".join(f"{line.rstrip()}\n" for line in _CURSOR.sub("", shown).replace("\r", "").splitlines())


def _wait_for_the_prompt_to_echo(terminal: int) -> None:
    """Wait until the terminal itself does no more: what is typed would be shown twice."""
    until = time.monotonic() + _PATIENCE
    while termios.tcgetattr(terminal)[3] & termios.ECHO and time.monotonic() < until:
        time.sleep(0.01)


def _read(terminal: int, until: str) -> str:
    """Read until something is shown last, or where that is nothing, until the command has ended."""
    shown, patience = b"", time.monotonic() + _PATIENCE
    while not until or not shown.endswith(until.encode()):
        if not select.select([terminal], [], [], max(patience - time.monotonic(), 0))[0]:
            raise TimeoutError(f"{until!r} is not at the end of {shown!r}")
        try:
            found = os.read(terminal, 65_536)
        except OSError:  # on Linux: the other side is closed
            found = b""
        if not found:
            break
        shown += found
    return shown.decode()


if __name__ == "__main__":
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    (ROOT / PAGE).write_text(filled(page), encoding="utf-8")
