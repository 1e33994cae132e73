"""What the documents say is what the code does."""

import argparse
import importlib
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARSERS = {"lctrack-analyze": "lctrack_analysis.cli", "lctrack-upload": "lctrack_uploaders.cli"}


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [option for action in parser._actions for option in action.option_strings]


@pytest.mark.parametrize("command", PARSERS)
def test_every_option_in_the_help_is_in_the_documents(command: str) -> None:
    parser = importlib.import_module(PARSERS[command]).parser()
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = page.partition(f"## {command}\n")[2].partition("\n## ")[0]
    missing = [option for option in _options(parser) if not re.search(rf"`{option}[ `]", section)]
    assert missing == []


@pytest.mark.parametrize("command", PARSERS)
def test_every_documented_option_is_in_the_help(command: str) -> None:
    parser = importlib.import_module(PARSERS[command]).parser()
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    section = page.partition(f"## {command}\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| .*", section, flags=re.MULTILINE)
    named = {option for row in documented for option in re.findall(r"`(--?[a-z][a-z-]*)", row.split(" | ")[0])}
    assert named - set(_options(parser)) == set()


def test_the_page_of_tables_is_the_list_of_columns() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "tables_page.py"))["page"]()
    assert page == (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")


def _examples() -> list[tuple[str, str]]:
    """Find the commands that are shown with what they print."""
    pages = runpy.run_path(str(ROOT / "scripts" / "readme_examples.py"))["PAGES"]
    text = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in pages)
    blocks = re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL)
    return [(block.partition("\n")[0].removeprefix("$ "), block.partition("\n")[2]) for block in blocks]


@pytest.mark.parametrize(("command", "printed"), _examples(), ids=lambda value: value[:40])
def test_a_page_shows_what_a_command_really_prints(command: str, printed: str) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    result = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    actual = "\n".join(line.rstrip() for line in result.stdout.splitlines())
    assert printed.rstrip("\n") == actual


def test_the_page_on_notebooks_shows_what_python_really_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    examples = runpy.run_path(str(ROOT / "scripts" / "python_examples.py"))
    page = (ROOT / examples["PAGE"]).read_text(encoding="utf-8")
    assert page == examples["filled"](page)


def test_the_page_on_sql_shows_what_the_prompt_really_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    session = runpy.run_path(str(ROOT / "scripts" / "prompt_example.py"))
    page = (ROOT / session["PAGE"]).read_text(encoding="utf-8")
    assert "\nlctrack> .quit\n" in page
    assert page == session["filled"](page)


def test_the_readme_has_such_examples() -> None:
    assert len(_examples()) >= 2


@pytest.mark.parametrize("question", ["--errors", "--slowest", "--compare", "--search", "--export"])
def test_every_question_is_shown_with_what_it_prints(question: str) -> None:
    assert [command for command, _ in _examples() if question in command]


@pytest.mark.parametrize("option", ["--sql", "-f -", "--format", "--table"])
def test_every_way_to_ask_in_sql_is_shown_with_what_it_prints(option: str) -> None:
    assert [command for command, _ in _examples() if option in command]


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
