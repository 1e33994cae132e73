"""Text that a terminal would obey is shown, not obeyed, wherever it comes from."""

import re
from pathlib import Path

import pytest

from lctrack_analysis import Logs, load
from lctrack_analysis.cli import main
from lctrack_analysis.columns import TABLES
from lctrack_analysis.render import render
from lctrack_analysis.text import visible
from tests.analysis.conftest import Load
from tests.analysis.writing import ai, chat, event, human, numbered, segment_start, write

HOSTILE = "[bold]x[/bold] :smile:\x1b[31mred\x1b]0;title\x07\rover \u202elevart\u2066 [link=x]\nline \x9b2J \x00 \ufeff"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


@pytest.fixture
def hostile(tmp_path: Path) -> str:
    error = {"type": HOSTILE, "message": HOSTILE, "traceback": HOSTILE}
    lines = [
        event("session_start", 0, session={"name": HOSTILE, "project": HOSTILE}),
        *chat("r", [human(HOSTILE)], ai(HOSTILE, response_metadata={"model_name": HOSTILE, "finish_reason": HOSTILE})),
        event("span_start", 1, run_id=HOSTILE, kind=HOSTILE, name=HOSTILE, tags=[HOSTILE]),
        event("span_error", 2, run_id=HOSTILE, error=error),
        event("dropped", 3, count=1, reason=HOSTILE),
    ]
    write(tmp_path / "x\x1b[31m.jsonl", *numbered([segment_start(HOSTILE), *lines]), b"nonsense\n")
    return str(tmp_path)


def test_marks_are_shown_as_escapes() -> None:
    assert visible("\x1b[31m\r\u202e\x9b\U000e0041") == r"\x1b[31m\r\u202e\x9b\U000e0041"
    assert visible("plain é✓ 👨\u200d👩\u200d👧 العربية\ttab\nline") == "plain é✓ 👨\u200d👩\u200d👧 العربية\ttab\nline"


def test_the_summary_obeys_no_text(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([hostile])
    shown = capsys.readouterr().out
    assert OBEYED.findall(shown) == []
    assert r"[bold]x[/bold] :smile:\x1b[31mred\x1b]0;title\x07\rover" in shown


@pytest.mark.parametrize("output_format", ["table", "markdown"])
def test_tables_obey_no_text_and_keep_a_line_for_each_row(output_format: str, hostile: str) -> None:
    logs = load(hostile)
    for table in TABLES:
        result = logs.query(f"FROM {table}")
        shown = render(result, output_format).decode()
        assert OBEYED.findall(shown) == []
        assert len(shown.splitlines()) == 2 + result.frame.height


def test_names_of_columns_are_obeyed_no_more_than_cells(samples: Logs) -> None:
    result = samples.query('SELECT 1 AS "\x1b[31mred [bold]x[/bold] | \r\u202e"')
    for output_format in ("table", "markdown"):
        shown = render(result, output_format).decode()
        assert OBEYED.findall(shown) == []
        assert r"x1b[31mred [bold]x[/bold]" in shown


def test_an_error_that_quotes_text_from_the_logs_is_not_obeyed(
    hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([hostile, "--sql", "SELECT text::INTEGER FROM generations"]) == 1
    shown = capsys.readouterr().err
    assert r"Could not convert string '[bold]x[/bold] :smile:\x1b[31mred" in shown
    assert OBEYED.findall(shown) == []


def test_a_name_of_a_file_is_not_obeyed(hostile: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(Path(hostile) / "\x1b[2J.jsonl", b"nonsense\n")
    main([f"{hostile}/*2J*"])
    main([f"{hostile}/\x1b[31m"])
    assert OBEYED.findall(capsys.readouterr().err) == []


def test_markdown_brings_no_html_of_its_own(load_events: Load) -> None:
    attack = "<script>alert(1)</script> <img src=x onerror=alert(1)> \\<b>"
    result = load_events(event("text", run_id=attack)).query("SELECT run_id FROM events WHERE event = 'text'")
    shown = render(result, "markdown").decode()
    assert re.findall(r"(?<!\\)(?:\\\\)*<", shown) == []
