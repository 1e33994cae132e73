"""What Tab offers at the SQL prompt: commands, tables, columns of the tables that are named, keywords."""

import re
from collections.abc import Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from lctrack_analysis.columns import TABLES

__all__ = ["COMMANDS", "SqlCompleter"]

COMMANDS = {
    ".tables": "lists the tables",
    ".schema [TABLE]": "lists the columns of one",
    ".help": "shows this",
    ".quit": "leaves",
    "\\?": "is .help",
    "\\d [TABLE]": "is .schema",
    "\\q": "is .quit",
}
"""The prompt's own commands, and what each does."""

_KEYWORDS = re.findall(
    r"\w+",
    "SELECT FROM WHERE GROUP BY ORDER LIMIT HAVING JOIN LEFT USING ON AS AND OR NOT NULL IS IN LIKE ILIKE "
    "BETWEEN DISTINCT COUNT SUM AVG MIN MAX MEDIAN CASE WHEN THEN ELSE END WITH UNION ALL DESC ASC FILTER "
    "DESCRIBE SUMMARIZE SHOW TABLES EXPLAIN PIVOT UNPIVOT VALUES OFFSET QUALIFY OVER PARTITION EXISTS "
    "CAST",
)
_WORD = re.compile(r"[\w.\\]*$")
_TABLE_PLACE = re.compile(r"\b(?:from|join|describe|summarize|pivot|unpivot|show|table)\s+\w*$", re.IGNORECASE)


class SqlCompleter(Completer):
    """Completes the word before the cursor."""

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Give what the word may become, the likeliest first."""
        del complete_event
        before = document.text_before_cursor
        match = _WORD.search(before)
        word = match.group() if match else ""
        if before.lstrip().startswith((".", "\\")):
            words: Iterable[str] = _of_command(before.lstrip())
        elif _TABLE_PLACE.search(before):
            words = TABLES
        else:
            word = word.rpartition(".")[2]
            words = _in_query(document.text)
        for offered in dict.fromkeys(words):
            if offered.lower().startswith(word.lower()):
                yield Completion(offered, start_position=-len(word))


def _of_command(before: str) -> Iterable[str]:
    return TABLES if " " in before else [command.partition(" ")[0] for command in COMMANDS]


def _in_query(text: str) -> Iterator[str]:
    """Give columns of the tables that a query names, of all where it names none, then tables and keywords."""
    named = [TABLES[word] for word in re.findall(r"\w+", text.lower()) if word in TABLES]
    yield from sorted(column.name for table in named or TABLES.values() for column in table.columns)
    yield from sorted(TABLES)
    yield from _KEYWORDS
