"""The SQL prompt: history, completion, a few commands of its own, and answers that fit the screen.

A query may go over several lines and ends with a semicolon; Ctrl-C drops what is typed, or stops what runs.
"""

import io
import os
import re
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lctrack_analysis.columns import TABLES
from lctrack_analysis.completion import COMMANDS, SqlCompleter
from lctrack_analysis.errors import AnalysisError
from lctrack_analysis.logs import Logs
from lctrack_analysis.nearest import did_you_mean, no_table
from lctrack_analysis.pager import show
from lctrack_analysis.render import console_for, table_of
from lctrack_analysis.text import visible, without_links

__all__ = ["answer", "is_complete", "run_prompt"]

_WELCOME = "SQL over your logs; a query ends with ;  .tables lists the tables, .help explains, Ctrl-D leaves."
_HELP = f"""Type a SQL query, over as many lines as you like, and end it with a semicolon and Enter.
{chr(10).join(f"{command:<16}{does}" for command, does in COMMANDS.items())}
Enter            runs what ends with a semicolon, or begins a new line
Esc Enter        runs what is there
Tab              completes tables, columns, keywords and commands
Up, Down         go through what was typed before; Ctrl-R searches it
Ctrl-C           drops what is typed, or stops the query that runs
Ctrl-D           leaves"""
_NAMES = [command.partition(" ")[0] for command in COMMANDS]
_LEAVE = (".quit", ".exit", "\\q")
# What a semicolon may be hidden in: texts, names, comments; the last one may not be closed yet.
_HIDDEN = re.compile(r"'(?:[^']|'')*('|$)|\"(?:[^\"]|\"\")*(\"|$)|--[^\n]*|/\*.*?(\*/|$)|\$\$.*?(\$\$|$)", re.DOTALL)


def run_prompt(logs: Logs, console: Console, *, timeout: float | None = None, max_rows: int = 0) -> None:
    """Answer queries until the user leaves.

    Args:
        logs: The logs.
        console: Where answers are printed.
        timeout: Seconds that each query may take; None is without end.
        max_rows: How many rows of an answer are shown; 0 is all.
    """
    session: PromptSession[str] = PromptSession(
        "lctrack> ",
        history=_history(),
        completer=SqlCompleter(),
        complete_while_typing=False,
        multiline=True,
        prompt_continuation=lambda width, _line, _soft: "... ".rjust(width),
        key_bindings=_keys(),
    )
    console.print(_WELCOME, style="dim")
    while True:
        try:
            text = session.prompt().strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text in _LEAVE:
            return
        if text:
            answer(logs, text, console, timeout=timeout, max_rows=max_rows)


def answer(logs: Logs, text: str, console: Console, *, timeout: float | None = None, max_rows: int = 0) -> None:
    """Answer one input: a command that begins with a dot or a backslash, or SQL."""
    try:
        if text.startswith((".", "\\")):
            _command(text, console)
        else:
            _query(logs, text, console, timeout, max_rows)
    except AnalysisError as error:
        console.print(Text(visible(str(error))), style="red")
    except KeyboardInterrupt:
        console.print("stopped", style="dim")


def is_complete(text: str) -> bool:
    """Tell whether Enter runs what is typed: a command, nothing at all, or SQL whose last semicolon ends it."""
    if not text.strip() or text.lstrip().startswith((".", "\\")):
        return True
    bare = _HIDDEN.sub(lambda match: "" if match.group().startswith(("--", "/*")) else "x", text)
    closed = all(
        match.group().startswith("--") or any(match.groups()) for match in _HIDDEN.finditer(text)
    )  # an empty group is one that the end of the text closed
    return closed and bare.rstrip().endswith(";")


def _query(logs: Logs, text: str, console: Console, timeout: float | None, max_rows: int) -> None:
    for result in logs.answers(text, timeout=timeout):
        height = result.frame.height
        cut = bool(max_rows) and height > max_rows
        note = f"… {height - max_rows:,} more rows: LIMIT chooses, --max-rows shows more" if cut else ""
        _show(table_of(result.frame.head(max_rows) if cut else result.frame), console, note)


def _command(text: str, console: Console) -> None:
    name, _, argument = text.rstrip("; \t").partition(" ")
    argument = argument.strip()
    if name == ".tables" or (name in ("\\d", "\\dt", ".schema") and not argument):
        _show(_listed([(f"{table.name:<16}", f"one row for {table.row}") for table in TABLES.values()]), console)
    elif name in (".schema", "\\d"):
        _schema(argument, console)
    elif name in (".help", "\\?", "\\h"):
        console.print(_HELP, markup=False)
    else:
        console.print(f"there is no command {visible(name)}{did_you_mean(name, _NAMES)}; .help lists them", style="red")


def _schema(name: str, console: Console) -> None:
    if name not in TABLES:
        console.print(visible(no_table(name)), style="red")
        return
    _show(_listed([(column.name, column.type, column.doc) for column in TABLES[name].columns]), console)


def _listed(lines: list[tuple[str, ...]]) -> Table:
    """Lay out names with what they are; what is too long goes on below itself."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for *short, text in lines:
        table.add_row(
            *(Text(each, "bold" if each is short[0] else "", no_wrap=True) for each in short), Text(without_links(text))
        )
    return table


def _show(what: object, console: Console, note: str = "") -> None:
    """Print something, through a pager where it is longer than the screen."""
    text = io.StringIO()
    wide = console_for(text, force_terminal=console.is_terminal)
    wide.width = console.width
    wide.print(what)
    if note:
        wide.print(note)
    show(text.getvalue(), console)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("enter", filter=~Condition(_is_searching))
    def _(pressed: KeyPressEvent) -> None:
        buffer = pressed.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # Enter takes what Tab offered
        elif is_complete(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    @keys.add("escape", "enter")
    def _(pressed: KeyPressEvent) -> None:
        pressed.current_buffer.validate_and_handle()

    return keys


def _is_searching() -> bool:
    from prompt_toolkit.application import get_app  # noqa: PLC0415  # the application that runs at that moment

    return get_app().layout.is_searching


def _history() -> History:
    """Keep what was typed in the user's state directory; where that cannot be written, in memory."""
    try:
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        path = Path(state) / "lctrack" / "sql_history"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.open("r+b").close()  # something else of that name could be there
        path.chmod(0o600)  # it could have been there with other rights
    except (OSError, RuntimeError):  # a user without a home is a RuntimeError
        return InMemoryHistory()
    return FileHistory(path)
