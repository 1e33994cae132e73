"""What the recorder acknowledged is in the file when its process is killed."""

import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lctrack._lines import read_lines
from lctrack.command.check import Check, Finding
from tests.recorder import crashing
from tests.recorder.support import Line, files, names, read_events, read_file

KILLS = 200


class Killed(NamedTuple):
    """A process that was killed: what it told (names and lengths of texts), and what it left."""

    told: dict[str, int]
    found: dict[str, int]
    findings: list[Finding]
    torn: int
    open_files: int


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> list[Killed]:
    directory = tmp_path_factory.mktemp("killed")
    command = [sys.executable, crashing.__file__, str(directory), str(KILLS)]
    subprocess.run(command, check=True, timeout=300)
    return [_examine(directory, number) for number in range(KILLS)]


def _examine(directory: Path, number: int) -> Killed:
    words = (directory / f"{number}.told").read_text().split()
    left = directory / str(number)
    findings: list[Finding] = []
    torn = 0
    for file in files(left):
        check = Check()
        for line in read_lines(file):
            check.add(line)
        check.finish()
        findings += check.findings
        torn += _cut_torn_tail(file)
    return Killed(
        told=dict(zip(words[::2], map(int, words[1::2]), strict=True)),
        found=dict(map(_text, read_events(left))),
        findings=findings,
        torn=torn,
        open_files=sum(names(read_file(file))[-1:] != ["segment_end"] for file in files(left)),
    )


def _cut_torn_tail(file: Path) -> bool:
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    file.write_bytes(whole)
    return len(whole) < len(content)


def _text(line: Line) -> tuple[str, int]:
    """Give the name of a text, and how long it is."""
    texts: dict[str, Any] = {
        "score": lambda: line["comment"],
        "span_start": lambda: line["inputs"],
        "span_end": lambda: line["outputs"],
        "chat_model_start": lambda: line["messages"][0][-1]["content"],
        "llm_end": lambda: line["generations"][0][0]["message"]["content"],
    }
    name, _, rest = texts[line["event"]]().partition(" ")
    return name, len(rest)


def test_nothing_that_was_acknowledged_is_missing(killed: list[Killed]) -> None:
    missing = {
        number: process.told.items() - process.found.items()
        for number, process in enumerate(killed)
        if not process.told.items() <= process.found.items()
    }
    assert missing == {}
    assert sum(len(process.told) for process in killed) > 10 * KILLS


def test_every_file_is_sound_but_for_torn_tails(killed: list[Killed]) -> None:
    findings = [finding for process in killed for finding in process.findings]
    assert [finding for finding in findings if finding.kind == "problem"] == []
    reasons = {finding.reason.partition(":")[0] for finding in findings}
    assert reasons <= {"torn", "has no segment_end", "holds no event"}


def test_only_the_last_file_of_a_process_is_open(killed: list[Killed]) -> None:
    # Between the opening of the next segment and the end of the one before, there are two.
    assert max(process.open_files for process in killed) <= 2
    assert sum(process.open_files for process in killed) <= 1.1 * KILLS


def test_the_kills_come_in_the_middle_of_things(killed: list[Killed]) -> None:
    assert sum(process.torn for process in killed) > 0
    assert sum(len(process.findings) > 0 for process in killed) > KILLS / 2
    assert sum(process.found.keys() > process.told.keys() for process in killed) > 0
