"""What can go wrong with an analysis, in sentences for the person who asked for it.

    AnalysisError            exit code 1
    ├── UsageError           exit code 2: the question itself is wrong
    ├── NoLogsError          there is nothing to read
    ├── NoMatchError         there is, but not what is asked for
    └── QueryError           the SQL failed

A line that cannot be used is no error: it is a row in `problems`.
"""

__all__ = ["AnalysisError", "NoLogsError", "NoMatchError", "QueryError", "UsageError"]


class AnalysisError(Exception):
    """The analysis cannot go on; the text is a finished sentence.

    Attributes:
        exit_code: What a command that stops because of it exits with.
    """

    exit_code = 1


class UsageError(AnalysisError):
    """An argument is wrong."""

    exit_code = 2


class NoLogsError(AnalysisError):
    """No log was found where one was expected."""


class NoMatchError(AnalysisError):
    """Nothing in the logs is what was asked for; the text names what is near."""


class QueryError(AnalysisError):
    """A SQL statement failed or is not allowed."""
