"""What can go wrong with the command, in sentences for the person who typed it, and what it exits with.

CommandError             exit code 1
├── UsageError           exit code 2: the question itself is wrong
└── NoLogsError          there is nothing to work on
"""

from enum import IntEnum

__all__ = ["CommandError", "Exit", "NoLogsError", "UsageError"]


class Exit(IntEnum):
    """Exit codes, those of lctrack's other commands."""

    DONE = 0
    FAILED = 1
    WRONG_USAGE = 2
    PARTLY = 3
    PROBLEMS = 4


class CommandError(Exception):
    """The command cannot go on; the text is a finished sentence."""

    exit_code = Exit.FAILED


class UsageError(CommandError):
    """An argument is wrong."""

    exit_code = Exit.WRONG_USAGE


class NoLogsError(CommandError):
    """There is no segment where some were expected."""
