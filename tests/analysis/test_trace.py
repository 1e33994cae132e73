"""One trace in the terminal: `--tree` and `--timeline`."""

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from lctrack_analysis import Logs
from lctrack_analysis.cli import main
from lctrack_analysis.errors import NoMatchError, UsageError
from lctrack_analysis.trace.command import print_trace
from lctrack_analysis.trace.finding import find_trace
from tests.analysis.conftest import Load
from tests.analysis.test_hostile_text import HOSTILE, OBEYED
from tests.analysis.writing import chain, chat, event, human, numbered, segment_start, token, write

ROOT, OTHER = "aaaa-1111", "aaaa-2222"
LINES = [
    *chain(ROOT, 0, 8, trace_id=ROOT),
    *[
        {**line, "trace_id": ROOT, "parent_run_id": ROOT, "name": "asking"}
        for line in chat("bbbb-call", [human("hello")], {"type": "ai", "content": "hi"}, 4)
    ],
    token(4.5, "bbbb-call"),
    *chain(OTHER, 10, 12, trace_id=OTHER),
]


def shown(logs: Logs, called: str, view: str, width: int = 60) -> list[str]:
    text = io.StringIO()
    print_trace(logs, called, view, Console(file=text, width=width, markup=False, emoji=False, highlight=False))
    return [line.rstrip() for line in text.getvalue().splitlines()]


@pytest.mark.parametrize("called", [ROOT, "aaaa-1", "bbbb-call", "bbbb"])
def test_a_trace_is_found_by_its_id_a_run_of_it_or_a_beginning(called: str, load_events: Load) -> None:
    assert find_trace(load_events(*LINES), called) == ROOT


def test_a_beginning_that_two_traces_have_is_refused(load_events: Load) -> None:
    with pytest.raises(UsageError, match=f"^2 traces have an id that begins with aaaa: {ROOT}, {OTHER}; give more"):
        find_trace(load_events(*LINES), "aaaa")


@pytest.mark.parametrize("called", ["nothing", "aa", "", "' OR true --"])
def test_no_trace_is_one_sentence_that_names_the_latest(called: str, load_events: Load) -> None:
    with pytest.raises(NoMatchError, match=f"^there is no trace {called}: the latest is {OTHER}$"):
        find_trace(load_events(*LINES), called)


def test_the_tree_has_each_run_of_the_trace_below_its_parent(load_events: Load) -> None:
    expected = ["aaaa-1111  8.00 s  aaaa-1111", "└── aaaa-1111  chain · 8.00 s", "    └── asking  chat_model · 1.00 s"]
    assert expected == shown(load_events(*LINES), ROOT, "tree")


def test_a_bar_begins_and_ends_where_its_run_does(load_events: Load) -> None:
    _, root, call, legend = shown(load_events(*LINES), ROOT, "timeline")
    assert root.count("█") == 35
    start = root.index("█")
    # The call takes the fifth of eight seconds, and its first token comes in the middle of it.
    assert re.search("[░█]", call).start() - start == 35 // 2  # type: ignore[union-attr]  # or the test fails
    assert (call.count("░"), call.count("█")) == (2, 3)
    assert call.endswith("1.00 s")
    assert legend == "░ until the first token"


def test_a_run_that_is_open_has_a_bar_to_the_end_of_the_trace(load_events: Load) -> None:
    lines = [*chain("r", 0, 8), event("chain_start", 4, run_id="open", parent_run_id="r", trace_id="r", name="open")]
    _, root, child = shown(load_events(*lines), "r", "timeline")
    assert root.rindex("█") == child.rindex("█")
    assert child.endswith("  open")


@pytest.mark.parametrize("view", ["tree", "timeline"])
def test_no_text_is_obeyed(view: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        event("span_start", 0, run_id=HOSTILE, trace_id=HOSTILE, kind=HOSTILE, name=HOSTILE),
        event("span_error", 2, run_id=HOSTILE, error={"type": HOSTILE, "message": HOSTILE}),
    ]
    write(tmp_path / "one.jsonl", *numbered([segment_start(), *lines]))
    assert main([str(tmp_path), f"--{view}", "[bold]"]) == 0
    output = capsys.readouterr().out
    assert OBEYED.findall(output) == []
    assert r"[bold]x[/bold] :smile:\x1b[31mred" in output


@pytest.mark.parametrize("view", ["tree", "timeline"])
def test_a_format_for_rows_is_refused(view: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), f"--{view}", "x", "--format", "csv"]) == 2
    assert capsys.readouterr().err == (
        f"lctrack-analyze: --{view} shows a trace and gives no rows: leave --format and --output out\n"
    )
