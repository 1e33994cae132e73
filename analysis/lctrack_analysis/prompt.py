"""The SQL prompt: history, completion of table and column names, a few commands of its own."""

import os
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import WordCompleter
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from rich.console import Console
from rich.text import Text

from lctrack_analysis.columns import TABLES
from lctrack_analysis.errors import AnalysisError
from lctrack_analysis.logs import Logs
from lctrack_analysis.render import table_of
from lctrack_analysis.text import visible

__all__ = ["run_prompt"]

_KEYWORDS = [
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "BY",
    "ORDER",
    "LIMIT",
    "HAVING",
    "JOIN",
    "LEFT",
    "USING",
    "ON",
    "AS",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "IS",
    "IN",
    "LIKE",
    "ILIKE",
    "BETWEEN",
    "DISTINCT",
    "COUNT",
    "SUM",
    "AVG",
    "MIN",
    "MAX",
    "MEDIAN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "WITH",
    "UNION",
    "ALL",
    "DESC",
    "ASC",
    "FILTER",
    "DESCRIBE",
    "SUMMARIZE",
]
_HELP = """Type a SQL query and Enter; Esc then Enter begins a new line; Ctrl-C drops the query; Ctrl-D leaves.
.tables         lists the tables
.schema NAME    lists the columns of one
.help           shows this
.quit           leaves"""


def run_prompt(logs: Logs, console: Console) -> None:
    """Answer queries until the user leaves.

    Args:
        logs: The logs.
        console: Where answers are printed.
    """
    words = sorted({*TABLES, *(column.name for table in TABLES.values() for column in table.columns), *_KEYWORDS})
    session: PromptSession[str] = PromptSession(
        "lctrack> ",
        history=_history(),
        completer=WordCompleter(words, ignore_case=True),
        complete_while_typing=False,
        key_bindings=_keys(),
    )
    console.print("SQL over your logs. .tables lists the tables, .help explains, Ctrl-D leaves.", style="dim")
    while True:
        try:
            text = session.prompt().strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text in (".quit", ".exit"):
            return
        if text:
            answer(logs, text, console)


def answer(logs: Logs, text: str, console: Console) -> None:
    """Answer one input: a command that begins with a dot, or SQL."""
    if text == ".tables":
        for table in TABLES.values():
            console.print(Text.assemble((f"{table.name:<14}", "bold"), f" one row for {table.row}"))
    elif text.startswith(".schema"):
        _schema(text.removeprefix(".schema").strip(), console)
    elif text.startswith("."):
        console.print(_HELP)
    else:
        try:
            console.print(table_of(logs.sql(text)))
        except AnalysisError as error:
            console.print(Text(visible(str(error))), style="red")
        except KeyboardInterrupt:
            console.print("stopped", style="dim")


def _schema(name: str, console: Console) -> None:
    if name not in TABLES:
        console.print(f"there is no table {name!r}: choose one of {', '.join(TABLES)}", markup=False)
        return
    for column in TABLES[name].columns:
        console.print(Text.assemble((f"{column.name:<24}", "bold"), f"{column.type:<14} {column.doc}"))


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("escape", "enter")
    def _(pressed: KeyPressEvent) -> None:
        pressed.current_buffer.insert_text("\n")

    return keys


def _history() -> History:
    """Keep what was typed in the user's state directory; where that cannot be written, in memory."""
    try:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        path = Path(state) / "lctrack" / "sql_history"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.open("r+b").close()  # something else of that name could be there
    except (OSError, RuntimeError):  # a user without a home is a RuntimeError
        return InMemoryHistory()
    return FileHistory(path)
