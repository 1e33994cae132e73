"""Text that is longer than the screen, shown through the user's pager.

The text holds no terminal codes but our own colours: `render` makes those of the data visible. Where `PAGER` is empty
or cannot be started, the text is printed.
"""

import os
import shlex
import signal
import subprocess

from rich.console import Console

__all__ = ["show"]

_DEFAULT = "less"
_LESS = "-RFX"


def show(text: str, console: Console) -> None:
    """Print a text, through a pager where it is longer than the screen.

    Args:
        text: Lines, the last one ended.
        console: Where to print.
    """
    command = shlex.split(os.environ.get("PAGER", _DEFAULT)) if console.is_terminal else []
    if text.count("\n") < console.height or not command or not _paged(text, command):
        console.file.write(text)
        console.file.flush()


def _paged(text: str, command: list[str]) -> bool:
    """Run the pager; Ctrl-C is its own affair as long as it runs."""
    environment = {"LESS": _LESS, **os.environ}
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        subprocess.run(command, input=text.encode(), env=environment, check=False)  # noqa: S603  # the user's own pager
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)
    return True
