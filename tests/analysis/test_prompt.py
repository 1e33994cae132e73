"""The SQL prompt, typed at through prompt_toolkit's own pipe."""

import io
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from lctrack_analysis import Logs, prompt
from lctrack_analysis.columns import TABLES
from lctrack_analysis.completion import SqlCompleter
from lctrack_analysis.prompt import is_complete, run_prompt
from lctrack_analysis.render import console_for
from lctrack_analysis.text import without_links
from tests.analysis.conftest import Load
from tests.analysis.writing import ai, chat, human

Type = Callable[[str], str]
CTRL_C, CTRL_D, ENTER, ESC, TAB, UP = "\x03", "\x04", "\r", "\x1b", "\t", "\x1b[A"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "lctrack" / "sql_history"


@pytest.fixture
def typed(samples: Logs) -> Iterator[Type]:
    """Type at the prompt, and give what it printed; text that does not leave is followed by Ctrl-D."""
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):

        def type_text(text: str) -> str:
            shown = io.StringIO()
            keys.send_text(text + CTRL_D)
            run_prompt(samples, console_for(shown))
            return shown.getvalue()

        yield type_text


def test_a_query_is_answered(typed: Type) -> None:
    assert "4711" in typed(f"SELECT 4710 + 1;{ENTER}")


def test_an_error_is_told_and_does_not_leave(typed: Type) -> None:
    shown = typed(ENTER.join(["SELEC 1;", "DROP TABLE runs;", "SELECT 1; FROM rnus;", "SELECT 4711;", ""]))
    assert 'syntax error at or near "SELEC"' in shown
    assert "DROP statements are not allowed" in shown
    assert "statement 2 of 2: there is no table rnus: did you mean runs?" in shown
    assert "4711" in shown


def test_an_empty_line_asks_nothing(typed: Type) -> None:
    assert typed(f"{ENTER}  {ENTER}").count("\n") == 1


def test_tables_are_listed_with_what_a_row_stands_for(typed: Type) -> None:
    shown = typed(f".tables{ENTER}")
    for table in TABLES.values():
        about = re.escape(without_links(table.row)).replace(r"\ ", r"\s+")
        assert re.search(rf"^{table.name} +one row for {about} *$", shown, flags=re.MULTILINE)


def test_what_is_told_of_tables_and_columns_has_no_links_of_the_pages(typed: Type) -> None:
    shown = "".join(typed(f"{command}{ENTER}") for command in (".tables", *(f".schema {name}" for name in TABLES)))
    assert "](" not in shown
    assert "`" not in shown


def test_the_columns_of_a_table_are_listed(typed: Type) -> None:
    shown = typed(f".schema runs{ENTER}")
    for column in TABLES["runs"].columns:
        assert column.name in shown
        assert " ".join(without_links(column.doc).split()) in " ".join(shown.split())
    assert "there is no table nothing: choose one of events," in typed(f".schema nothing{ENTER}")
    assert "there is no table trace: did you mean traces?" in typed(f"\\d trace;{ENTER}")


@pytest.mark.parametrize("command", [".schema", "\\d", "\\dt", ".tables;"])
def test_without_a_table_they_are_listed(command: str, typed: Type) -> None:
    assert "one row for" in typed(f"{command}{ENTER}")


def test_a_command_that_does_not_exist_is_answered_with_the_nearest(typed: Type) -> None:
    assert "there is no command .table: did you mean .tables?; .help lists them" in typed(f".table{ENTER}")
    assert "there is no command .shema: did you mean .schema?; .help lists them" in typed(f".shema runs{ENTER}")


@pytest.mark.parametrize("command", [".help", "\\?", "\\h"])
def test_help_explains(command: str, typed: Type) -> None:
    shown = typed(f"{command}{ENTER}")
    for explained in (".tables", ".schema [TABLE]", ".quit", "Ctrl-C", "Ctrl-D"):
        assert explained in shown


@pytest.mark.parametrize("leave", [f".quit{ENTER}", f".exit{ENTER}", f"\\q{ENTER}", CTRL_D])
def test_what_comes_after_leaving_is_not_answered(leave: str, typed: Type) -> None:
    assert "4711" not in typed(f"{leave}SELECT 4711;{ENTER}")


def test_ctrl_c_drops_what_was_typed(typed: Type) -> None:
    shown = typed(f"SELECT 4711{CTRL_C}SELECT 4712;{ENTER}")
    assert "4712" in shown
    assert "4711" not in shown


def test_a_query_goes_over_lines_until_its_semicolon(typed: Type) -> None:
    shown = typed(f"SELECT{ENTER}4711{ENTER}AS a;{ENTER}")
    assert "4711" in shown
    assert "Error" not in shown


def test_esc_and_enter_run_what_has_no_semicolon(typed: Type) -> None:
    assert "4711" in typed(f"SELECT{ENTER}4711{ESC}{ENTER}")


def test_several_queries_are_answered(typed: Type) -> None:
    shown = typed(f"SELECT 4711; SELECT 4712;{ENTER}")
    assert "4711" in shown
    assert "4712" in shown


@pytest.mark.parametrize(
    "text",
    [
        *["", "  ", ".tables", "\\?", "SELECT 1;", "SELECT 1; ", "SELECT ';';", "SELECT 1; -- done", "SELECT 'it''s';"],
        "SELECT 1 /* ; */;",
        "SELECT $$;$$;",
        'SELECT 1 AS ";";',
        "SELECT '';",
        "SELECT '--';",
    ],
)
def test_what_is_complete_is_run(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        *["SELECT 1", "SELECT ';", "SELECT ';'", "SELECT 1 -- ;", "SELECT 1 /* ;", 'SELECT "a;', "SELECT $$;"],
        "SELECT 'it''s;",
        "SELECT 1; SELECT 2",
        "SELECT '/*;",
    ],
)
def test_what_is_not_complete_waits_for_more(text: str) -> None:
    assert not is_complete(text)


def test_more_rows_than_asked_for_are_counted(samples: Logs) -> None:
    shown = io.StringIO()
    prompt.answer(samples, "FROM range(1500);", console_for(shown), max_rows=10)
    assert "… 1,490 more rows: LIMIT chooses, --max-rows shows more" in shown.getvalue()
    assert len(shown.getvalue().splitlines()) == 13


def test_a_query_has_its_time(samples: Logs) -> None:
    shown = io.StringIO()
    prompt.answer(
        samples, "SELECT count(*) FROM range(1000000000000) AS a(x) WHERE sin(x) > 2", console_for(shown), timeout=0.3
    )
    assert "the query was stopped after 0.3 s" in shown.getvalue()


def test_a_name_is_completed_with_tab(samples: Logs) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        shown = io.StringIO()
        keys.send_text("SELECT 4711 FROM retrieva")
        keys.send_text(TAB)
        Timer(0.5, keys.send_text, [f" LIMIT 1;{ENTER}{CTRL_D}"]).start()  # completions are looked up beside the typing
        run_prompt(samples, console_for(shown))
    assert "4711" in shown.getvalue()
    assert "Error" not in shown.getvalue()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FROM ru", ["runs"]),
        ("FROM x", []),
        ("sel", ["SELECT"]),
        ("SELECT time_to", ["time_to_first_token_ms"]),
        ("SELECT r.time_to", ["time_to_first_token_ms"]),
        (".schema tr", ["traces"]),
        (".sch", [".schema"]),
        ("\\", ["\\?", "\\d", "\\q"]),
    ],
)
def test_tables_columns_keywords_and_commands_are_offered(text: str, words: list[str]) -> None:
    found = SqlCompleter().get_completions(Document(text), CompleteEvent())
    assert words == [completion.text for completion in found]


def test_columns_are_those_of_the_tables_that_are_named() -> None:
    found = SqlCompleter().get_completions(Document("SELECT  FROM scores", 7), CompleteEvent())
    offered = [completion.text for completion in found]
    columns = [column.name for column in TABLES["scores"].columns]
    assert sorted(columns) == offered[: len(columns)]


def test_what_was_typed_is_remembered_for_the_next_time_and_for_its_owner_only(typed: Type, state: Path) -> None:
    typed(f"SELECT 4711;{ENTER}")
    assert "SELECT 4711" in state.read_text()
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.parent.stat().st_mode) == 0o700
    state.chmod(0o644)
    typed(ENTER)
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert "4711" in typed(f"{UP}{ENTER}")


@pytest.mark.parametrize("obstacle", ["file", "directory"])
def test_a_home_that_cannot_be_written_keeps_the_history_in_memory(obstacle: str, typed: Type, state: Path) -> None:
    if obstacle == "file":
        state.parents[1].write_text("in the way")
    else:
        state.mkdir(parents=True)
    assert isinstance(prompt._history(), InMemoryHistory)
    assert "4711" in typed(f"SELECT 4711;{ENTER}")


def test_a_user_without_a_home_has_a_history_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert isinstance(prompt._history(), InMemoryHistory)


def test_hostile_text_is_not_obeyed_in_answers_and_errors(load_events: Load) -> None:
    logs = load_events(*chat("r", [human("h")], ai("\x1b[31mred\r")))
    shown = io.StringIO()
    prompt.answer(logs, "SELECT text FROM generations", console_for(shown))
    prompt.answer(logs, "SELECT text::INTEGER FROM generations", console_for(shown))
    assert shown.getvalue().count(r"\x1b[31mred\r") == 2
    assert "\x1b" not in shown.getvalue()


def test_ctrl_c_stops_a_long_query_and_the_prompt_goes_on(samples: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: str, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(samples, "answers", stopped)
    shown = io.StringIO()
    prompt.answer(samples, "SELECT 1", console_for(shown))
    assert shown.getvalue().strip() == "stopped"
