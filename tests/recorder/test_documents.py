"""What the pages about recording say is what the code does: their examples run, their tables are the options."""

import contextlib
import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import lctrack
from lctrack._migrating import FlushLabels
from lctrack._options import Options
from lctrack._privacy import Privacy
from lctrack._sampling import Sampling
from lctrack._session import Labels
from lctrack._storage import Storage
from tests.recorder.support import read_events

ROOT = Path(__file__).parents[2]
PAGES = {"recording": "docs/recording.md", "migrating": "docs/migrating.md", "readme": "README.md"}


def page(name: str) -> str:
    return (ROOT / PAGES[name]).read_text(encoding="utf-8")


def blocks(name: str) -> list[str]:
    found: list[str] = re.findall(r"^```python\n(.*?)^```$", page(name), flags=re.DOTALL | re.MULTILINE)
    return found


def section(name: str, heading: str) -> str:
    return page(name).partition(f"\n{heading}\n")[2].partition("\n#")[0]


def rows(text: str) -> list[tuple[str, ...]]:
    return [
        tuple(cell.strip() for cell in row.split(" | ")) for row in re.findall(r"^\| (`.*) \|$", text, re.MULTILINE)
    ]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv("LCTRACK_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    with contextlib.ExitStack() as stack:
        stack.callback(lctrack.autolog, disable=True)
        yield tmp_path


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("elsewhere")
def test_the_examples_of_a_page_run_one_after_the_other(name: str) -> None:
    names: dict[str, Any] = {"__name__": "example", "look_up": hex}
    if name != "recording":  # which makes its chain itself
        exec(blocks("recording")[0], names)  # noqa: S102  # the page's own code is what is tested
    assert blocks(name)
    for number, block in enumerate(blocks(name)):
        exec(compile(block, f"{PAGES[name]}, example {number}", "exec"), names)  # noqa: S102  # likewise


def test_the_examples_leave_what_the_page_says(elsewhere: Path) -> None:
    names: dict[str, Any] = {"__name__": "example"}
    for block in blocks("recording"):
        exec(block, names)  # noqa: S102  # likewise
    lines = read_events(elsewhere / "logs")
    starts = {line["run_id"]: line for line in lines if line["event"].endswith("_start")}
    parents = {(line["name"], starts.get(line.get("parent_run_id"), {}).get("name")) for line in starts.values()}
    assert {("ask", "adviser"), ("RunnableSequence", "two at once"), ("read sensor", None)} <= parents
    assert [line["kind"] for line in lines if line["event"] == "asset"] == ["serialized", "source"]
    assert [line["key"] for line in lines if line["event"] == "score"] == ["relevant", "correct", "satisfied"]
    assert not [line for line in lines if line["event"].endswith("_error")]


def test_the_table_of_options_is_the_options() -> None:
    assert [row[0].strip("`") for row in rows(section("recording", "## Options"))] == list(Options.__annotations__)


def test_the_table_of_options_has_their_defaults() -> None:
    groups = (Labels(), Privacy(), Sampling(), Storage())
    defaults = {field.name: getattr(group, field.name) for group in groups for field in dataclasses.fields(group)}
    defaults |= {"stream": "timing", "raise_error": False}  # which the recorder holds itself
    shown = {row[0].strip("`"): row[1].strip("`").replace('"', "'") for row in rows(section("recording", "## Options"))}
    assert shown == {name: repr(defaults[name]) for name in shown}


@pytest.mark.parametrize(
    ("heading", "function"),
    [("## Sessions", lctrack.LogCallbackHandler.flush_tracker), ("## Code without LangChain", lctrack.Recorder.span)],
)
def test_the_table_of_arguments_is_the_signature(heading: str, function: Any) -> None:
    named = [name for row in rows(section("recording", heading)) for name in re.findall(r"`(\w+)`", row[0])]
    given = [parameter for parameter in inspect.signature(function).parameters.values() if parameter.name != "self"]
    own = [parameter.name for parameter in given if parameter.kind is not parameter.VAR_KEYWORD]
    labels = [name for name in FlushLabels.__annotations__ if name in Options.__annotations__]
    assert named == (own + labels if heading == "## Sessions" else own)


def test_every_option_is_in_the_recorders_docstring() -> None:
    documented = re.findall(r"^ {4,8}(\w+): ", inspect.getdoc(lctrack.Recorder) or "", flags=re.MULTILINE)
    assert [name for name in Options.__annotations__ if name not in documented] == []
