"""The SQL prompt, typed at through prompt_toolkit's own pipe."""

import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent, WordCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.console import Console

from lctrack_analysis import Logs, prompt
from lctrack_analysis.columns import TABLES
from lctrack_analysis.prompt import run_prompt
from lctrack_analysis.render import console_for
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
    assert "4711" in typed(f"SELECT 4710 + 1{ENTER}")


def test_an_error_is_told_and_does_not_leave(typed: Type) -> None:
    shown = typed(f"SELEC 1{ENTER}DROP TABLE runs{ENTER}SELECT 1; SELECT 2{ENTER}SELECT 4711{ENTER}")
    assert 'syntax error at or near "SELEC"' in shown
    assert "DROP statements are not allowed" in shown
    assert "give one SQL statement: this is 2" in shown
    assert "4711" in shown


def test_an_empty_line_asks_nothing(typed: Type) -> None:
    assert typed(f"{ENTER}  {ENTER}").count("\n") == 1


def test_tables_are_listed_with_what_a_row_stands_for(typed: Type) -> None:
    shown = typed(f".tables{ENTER}")
    for table in TABLES.values():
        assert f"{table.name:<14} one row for {table.row}" in shown


def test_the_columns_of_a_table_are_listed(typed: Type) -> None:
    shown = typed(f".schema runs{ENTER}")
    for column in TABLES["runs"].columns:
        assert column.name in shown
        assert column.doc in shown
    assert "there is no table 'nothing': choose one of events," in typed(f".schema nothing{ENTER}")


@pytest.mark.parametrize("command", [".help", ".nonsense"])
def test_help_explains(command: str, typed: Type) -> None:
    shown = typed(f"{command}{ENTER}")
    for explained in (".tables", ".schema NAME", ".quit", "Ctrl-C", "Ctrl-D"):
        assert explained in shown


@pytest.mark.parametrize("leave", [f".quit{ENTER}", f".exit{ENTER}", CTRL_D])
def test_what_comes_after_leaving_is_not_answered(leave: str, typed: Type) -> None:
    assert "4711" not in typed(f"{leave}SELECT 4711{ENTER}")


def test_ctrl_c_drops_what_was_typed(typed: Type) -> None:
    shown = typed(f"SELECT 4711{CTRL_C}SELECT 4712{ENTER}")
    assert "4712" in shown
    assert "4711" not in shown


def test_esc_and_enter_begin_a_new_line_as_the_help_says(typed: Type) -> None:
    shown = typed(f"SELECT{ESC}{ENTER}4711{ENTER}")
    assert "4711" in shown
    assert "Error" not in shown


def test_a_name_is_completed_with_tab(samples: Logs) -> None:
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        shown = io.StringIO()
        keys.send_text("SELECT 4711 FROM retrieva")
        keys.send_text(TAB)
        Timer(0.5, keys.send_text, [f" LIMIT 1{ENTER}{CTRL_D}"]).start()  # completions are looked up beside the typing
        run_prompt(samples, console_for(shown))
    assert "4711" in shown.getvalue()
    assert "Error" not in shown.getvalue()


@pytest.mark.parametrize(
    ("text", "word"),
    [("FROM ru", "runs"), ("sel", "SELECT"), ("SELECT time_to", "time_to_first_token_ms"), (".schema tr", "traces")],
)
def test_tables_columns_and_keywords_are_offered(text: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[str] = []

    class Session:
        def __init__(self, *_: object, completer: WordCompleter, **__: object) -> None:
            found = completer.get_completions(Document(text), CompleteEvent())
            offered.extend(completion.text for completion in found)

        def prompt(self) -> str:
            raise EOFError

    monkeypatch.setattr(prompt, "PromptSession", Session)
    run_prompt(Logs.__new__(Logs), Console(file=io.StringIO()))
    assert word in offered


def test_what_was_typed_is_remembered_for_the_next_time_and_for_its_owner_only(typed: Type, state: Path) -> None:
    typed(f"SELECT 4711{ENTER}")
    assert "SELECT 4711" in state.read_text()
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.parent.stat().st_mode) == 0o700
    assert "4711" in typed(f"{UP}{ENTER}")


@pytest.mark.parametrize("obstacle", ["file", "directory"])
def test_a_home_that_cannot_be_written_keeps_the_history_in_memory(obstacle: str, typed: Type, state: Path) -> None:
    if obstacle == "file":
        state.parents[1].write_text("in the way")
    else:
        state.mkdir(parents=True)
    assert isinstance(prompt._history(), InMemoryHistory)
    assert "4711" in typed(f"SELECT 4711{ENTER}")


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
    def stopped(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(samples, "sql", stopped)
    shown = io.StringIO()
    prompt.answer(samples, "SELECT 1", console_for(shown))
    assert shown.getvalue().strip() == "stopped"
