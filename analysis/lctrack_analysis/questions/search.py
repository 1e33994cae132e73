"""Full text search over what models were asked and what they answered, ranked by BM25.

The index is SQLite's FTS5, made anew for each search in a temporary file: its memory does not grow with the logs. Each
text is in it once, however often it was sent: an agent that repeats its history with every call is no better a hit.
Words are compared without case and accents; scripts without spaces between words are searched letter by letter.
"""

import re
import sqlite3
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from lctrack_analysis.errors import AnalysisError, UsageError
from lctrack_analysis.query import Result
from lctrack_analysis.questions.asking import Asked

__all__ = ["match_expression", "search"]

_TEXTS = """
-- Out of the staged rows, where the texts stand alone: the tables would take them out of whole events.
WITH said AS (
    SELECT
        CASE m.direction WHEN 'in' THEN 'prompt' ELSE 'generation' END AS part,
        m.role, runs.session_id, runs.trace_id, runs.run_id, m.time, m.content AS text
    FROM stage.chat_messages AS m
    JOIN stage.run_core AS runs ON runs.run_id = m.run_id
    WHERE m.row_id = CASE m.direction WHEN 'in' THEN runs.start_row ELSE runs.end_row END
    UNION ALL
    SELECT 'prompt', NULL, runs.session_id, runs.trace_id, runs.run_id, runs.start_time, p.prompt
    FROM stage.prompts AS p
    JOIN stage.run_core AS runs ON runs.start_row = p.row_id
    WHERE p.row_id NOT IN (SELECT row_id FROM stage.chat_messages WHERE direction = 'in')
    UNION ALL
    SELECT
        'generation', NULL, runs.session_id, runs.trace_id, runs.run_id, coalesce(runs.end_time, runs.start_time),
        a.text
    FROM stage.answers AS a
    JOIN stage.run_core AS runs ON runs.end_row = a.row_id
    WHERE runs.kind IN ('llm', 'chat_model')
        AND a.row_id NOT IN (SELECT row_id FROM stage.chat_messages WHERE direction = 'out')
),
once AS (
    SELECT text, count(*) AS times, arg_min(said, (time, run_id)) AS first
    FROM said
    WHERE text <> ''
    GROUP BY text
)
SELECT
    once.text,
    once.times,
    first.part AS part,
    first.role AS role,
    first.time AS time,
    first.trace_id AS trace_id,
    first.run_id AS run_id,
    coalesce(sessions.name, first.session_id) AS session
FROM once
LEFT JOIN sessions ON sessions.session_id = first.session_id
ORDER BY first.time, first.run_id, once.text
"""
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "score": pl.Float64,
    "part": pl.String,
    "role": pl.String,
    "session": pl.String,
    "snippet": pl.String,
    "times": pl.Int64,
    "time": pl.Datetime("ns"),
    "trace_id": pl.String,
    "run_id": pl.String,
}
_COLUMNS = ("part", "role", "session", "times", "time", "trace_id", "run_id")
_SNIPPET_WORDS = 12
_PORTION = 1_000
_CACHE_KIB = 32_768
# Han, Hiragana and Katakana, Thai, Lao, Khmer, Burmese: no spaces stand between their words.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTER = re.compile(f"([{_UNSPACED}])")
_SPREAD = re.compile(rf" ?(\[?)([{_UNSPACED}])(\]?) ?")
_PIECES = re.compile(r'"([^"]*)"?|(\S+)')


def search(logs: Asked, text: str, limit: int = 20) -> Result:
    """Find texts that hold all words of a query, the best first.

    Args:
        logs: The logs.
        text: Words, of which `word*` stands for all that begin so, and `"some words"` for these words in a row; any
            text will do.
        limit: How many hits at most.

    Returns:
        One row for each text: `score` (BM25; more is better), `part` (`prompt` or `generation`), `role`, `session`,
        `snippet` with the words in brackets, how many `times` it was recorded, and of the first time `time`, `trace_id`
        and `run_id`.

    Raises:
        UsageError: The query has no word.
    """
    query = match_expression(text)
    with tempfile.TemporaryDirectory(dir=logs.workplace, prefix="search-") as folder:
        try:
            with closing(sqlite3.connect(Path(folder) / "index.sqlite")) as index:
                _fill(index, logs.rows(_TEXTS))
                hits = _hits(index, query, limit)
        except sqlite3.Error as error:
            raise AnalysisError(f"the search failed: {error}") from error
    return Result(pl.DataFrame(hits, schema=_SCHEMA, orient="row"), frozenset())


def match_expression(text: str) -> str:
    """Give a query in the words of FTS5, whatever it holds: each piece is quoted.

    Raises:
        UsageError: It has no word.
    """
    pieces = []
    for phrase, word in _PIECES.findall(_plain(text)):
        piece = phrase or word
        if any(map(_is_token, piece)):
            quoted = _spread(piece).replace('"', " ")
            pieces.append(f'"{quoted}"' + ("*" if word.endswith("*") else ""))
    if not pieces:
        raise UsageError("there is no word to search for: give some, such as --search 'connection reset'")
    return " ".join(pieces)


def _plain(text: str) -> str:
    """Give a text as SQLite takes it: what is no Unicode, or ends a text in C, is a space."""
    return text.encode("utf-8", "replace").decode().replace("\x00", " ")


def _is_token(letter: str) -> bool:
    """Tell whether FTS5 takes a character for a part of a word."""
    category = unicodedata.category(letter)
    return category[0] in "LN" or category == "Co"


def _spread(text: str) -> str:
    return _LETTER.sub(r" \1 ", text)


def _fill(index: sqlite3.Connection, rows: Iterator[dict[str, Any]]) -> None:
    index.execute("PRAGMA journal_mode = OFF")
    index.execute("PRAGMA synchronous = OFF")
    index.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    index.execute("PRAGMA temp_store = FILE")
    index.execute("CREATE VIRTUAL TABLE said USING fts5(text, tokenize = 'unicode61 remove_diacritics 2')")
    index.execute("CREATE TABLE first (number INTEGER PRIMARY KEY, part, role, session, times, time, trace_id, run_id)")
    numbered = enumerate(rows)
    while portion := list(islice(numbered, _PORTION)):
        index.executemany(
            "INSERT INTO said (rowid, text) VALUES (?, ?)",
            ((number, _spread(_plain(row["text"]))) for number, row in portion),
        )
        index.executemany(
            "INSERT INTO first VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            ((number, *(row[column] for column in _COLUMNS)) for number, row in portion),
        )


def _hits(index: sqlite3.Connection, query: str, limit: int) -> Iterable[tuple[Any, ...]]:
    found = index.execute(
        f"""
        SELECT
            -bm25(said), first.part, first.role, first.session,
            snippet(said, 0, '[', ']', '…', {_SNIPPET_WORDS}), first.times, first.time, first.trace_id, first.run_id
        FROM said JOIN first ON first.number = said.rowid
        WHERE said MATCH ?
        ORDER BY bm25(said), said.rowid
        LIMIT ?
        """,  # noqa: S608  # a number of our own
        [query, limit],
    )
    return [(*row[:4], " ".join(_SPREAD.sub(r"\1\2\3", row[4]).split()), *row[5:]) for row in found]
