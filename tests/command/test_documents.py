"""`docs/lctrack-command.md` says what the command does."""

import argparse
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from lctrack._row import Row
from lctrack.command.cli import SUBCOMMANDS, parser
from tests.command.conftest import Command
from tests.command.logs import copied_samples

PAGE = (Path(__file__).parents[2] / "docs" / "lctrack-command.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def subparser(name: str) -> argparse.ArgumentParser:
    (choices,) = [action.choices for action in parser()._actions if isinstance(action, argparse._SubParsersAction)]
    made: argparse.ArgumentParser = choices[name]
    return made


def options(made: argparse.ArgumentParser) -> set[str]:
    return {option for action in made._actions for option in action.option_strings}


def documented(text: str) -> set[str]:
    rows = re.findall(r"^\| .*", text, flags=re.MULTILINE)
    return {option for row in rows for option in re.findall(r"`(--?[a-z][a-z-]*)", row.split(" | ")[0])}


def pattern(text: str) -> list[str]:
    """Leave out names, times, numbers and widths: samples are made again now and then, and pyarrow has versions."""
    text = re.sub(r"\d{8}T\d{12}Z-\d+-[0-9a-f]{8}", "NAME", text)
    text = re.sub(r"\d[\d.:-]*( [kM]?B\b)?", "N", text)
    return sorted(re.sub(r" +", " ", re.sub("─+", "─", line)) for line in text.splitlines())


def test_every_subcommand_has_its_section() -> None:
    assert [f"lctrack {name}" for name in SUBCOMMANDS] == re.findall(r"^## (lctrack .*)", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_the_options_of_a_subcommand_are_documented_and_no_others(name: str) -> None:
    assert options(subparser(name)) - {"-h", "--help"} == documented(section(f"lctrack {name}"))


def test_the_options_of_the_command_itself_are_documented() -> None:
    assert options(parser()) == documented(PAGE.partition("\n## ")[0])


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_has_help(name: str, lctrack: Command) -> None:
    result = lctrack(name, "--help")
    assert (result.code, result.err) == (0, "")
    assert options(subparser(name)) <= set(re.findall(r"--?[a-z][a-z-]*", result.out))


def test_the_version_is_that_of_the_package(lctrack: Command) -> None:
    import lctrack as package

    assert lctrack("--version").out == f"lctrack {package.__version__}\n"


def test_the_columns_of_the_sealed_form_are_documented() -> None:
    rows = re.findall(r"^\| (`.*?) \| (?:int64|string|list of strings|bytes) \|", PAGE, flags=re.MULTILINE)
    assert set(Row._fields) == {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_the_examples_print_what_they_show(lctrack: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied_samples(tmp_path)
    (tmp_path / "build").mkdir()
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```console\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 7
    for block in blocks:
        *before, (last, printed) = re.findall(r"^\$ (.*)\n((?:[^$].*\n|\n)*)", block, flags=re.MULTILINE)
        for command, nothing in before:
            assert nothing == ""
            subprocess.run(shlex.split(command), check=True)
        program, *arguments = shlex.split(last)
        assert program == "lctrack"
        result = lctrack(*arguments)
        assert pattern(printed) == pattern(result.out + result.err), last
