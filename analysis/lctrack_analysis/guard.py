"""Which SQL other people may run: questions about the tables, and nothing else.

A statement passes three guards before it runs, and two hold while it does; each stands on its own:

    kind of statement     SELECT and its like; nothing that copies, attaches, sets, calls or changes
    what it names         our tables, its own WITH, functions that compute; found in DuckDB's own parse of it
    the connection        no files, network, extensions, settings or variables of Python (`query.lock_down`)
    the transaction       reads only, and is rolled back (`query`)
    time and memory       limits (`limits`)

Accepted: a pivot whose columns its rows tell cannot be parsed without running it, so its words are looked at instead,
and what merely resembles a forbidden function there is refused too.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import duckdb
import orjson

from lctrack_analysis.columns import TABLES
from lctrack_analysis.errors import QueryError
from lctrack_analysis.nearest import did_you_mean
from lctrack_analysis.place import caret

__all__ = ["FORBIDDEN", "TABLE_FUNCTIONS", "Statement", "check_kinds", "check_names", "statements_of"]

# MULTI is a PIVOT whose columns its rows tell.
_ALLOWED = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI)

TABLE_FUNCTIONS = frozenset(
    {
        "duckdb_functions",
        "duckdb_keywords",
        "generate_series",
        "histogram",
        "histogram_values",
        "icu_calendar_names",
        "json_each",
        "json_tree",
        "pg_timezone_names",
        "range",
        "repeat",
        "repeat_row",
        "unnest",
    }
)
"""Functions that may stand for a table; all others read files, run text as SQL, or change or tell settings."""

FORBIDDEN = frozenset(
    {
        "combine",  # takes any bytes for the state of an aggregate, as the next does
        "finalize",
        "current_setting",  # tells directories
        "currval",
        "getenv",
        "getvariable",
        "json_serialize_plan",  # binds text as SQL
        "nextval",
        "pg_get_viewdef",  # tells the files that rows are kept in
        "pg_sleep",
        "setval",
        "sleep_ms",
        "to_aggregate_state",
        "write_log",
    }
)
"""Functions of one value that reach beyond the rows."""

_SCHEMA_VIEWS = ("columns", "tables")
_NODES = ("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE")
_SPACE = r"(?:\s|--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/)"  # in one way only, or many comments take for ever
_EXPLAIN = re.compile(rf"{_SPACE}*EXPLAIN\b(?:{_SPACE}+ANALYZE\b)?", re.IGNORECASE | re.DOTALL)
_QUESTIONS = ("pivot", "unpivot", "with", "from", "select", "summarize", "describe")
_COMMENT = re.compile(r"--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/")
_OPTIONS = re.compile(r"\s*\([^()]*\)")
_HOW = "SQL can read the tables and nothing else"


class Statement(NamedTuple):
    """One statement of a script: its text, its kind, and the line it begins on, from 1."""

    text: str
    kind: duckdb.StatementType
    line: int


class _Found(NamedTuple):
    """A part of a statement, and the tables that WITH makes known there."""

    part: Any
    known: frozenset[str]


def statements_of(connection: duckdb.DuckDBPyConnection, script: str) -> list[Statement]:
    """Take a script apart.

    Args:
        connection: Any connection.
        script: Statements with semicolons between them.

    Returns:
        Them in order; none for an empty script.

    Raises:
        duckdb.Error: It cannot be parsed.
    """
    found: list[Statement] = []
    position = 0
    for statement in connection.extract_statements(script):
        position = max(script.find(statement.query, position), 0)
        found.append(Statement(statement.query, _kind(statement), script.count("\n", 0, position) + 1))
        position += len(statement.query)
    return found


def _kind(statement: duckdb.Statement) -> duckdb.StatementType:
    try:
        return statement.type
    except ValueError:  # of a kind that DuckDB's Python does not know, such as UPDATE EXTENSIONS
        return duckdb.StatementType.INVALID


def check_kinds(statement: Statement) -> None:
    """Let only questions pass.

    Raises:
        QueryError: It is something else.
    """
    if statement.kind not in _ALLOWED:
        kind = str(statement.kind).rpartition(".")[2]
        raise QueryError(f"{kind} statements are not allowed: tables can only be read, with SELECT and its like")
    # A pivot may stand in any statement, such as CREATE TABLE, and hides its kind.
    if statement.kind == duckdb.StatementType.MULTI and _first_word(statement.text) not in _QUESTIONS:
        raise QueryError("a pivot is only allowed in a question: tables can only be read, with SELECT and its like")


def _first_word(text: str) -> str:
    """Give the word that tells what a statement does, behind EXPLAIN if need be."""
    bare = _COMMENT.sub(" ", text).strip("( \t\r\n;")
    if bare[:7].lower() == "explain":
        bare = bare[7:].lstrip()
        bare = bare[7:].lstrip() if bare[:7].lower() == "analyze" else bare
        options = _OPTIONS.match(bare)
        bare = bare[options.end() :].strip("; \t\r\n") or bare if options else bare
    match = re.match(r"\(*\s*(\w+)", bare)
    return match.group(1).lower() if match else ""


def check_names(connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
    """Let only what names our tables and functions that compute pass.

    Args:
        connection: A connection, to parse with.
        statement: The statement.

    Raises:
        QueryError: It names something else, with the place.
    """
    if statement.kind == duckdb.StatementType.MULTI:
        _check_words(connection, statement)
        return
    text = statement.text
    if statement.kind == duckdb.StatementType.EXPLAIN:
        text = _explained(connection, text)
    line = statement.line + statement.text.count("\n") - text.count("\n")
    for part, known in _walk(_parsed(connection, text)):
        _check(part, known, Statement(text, statement.kind, line))


def _explained(connection: duckdb.DuckDBPyConnection, text: str) -> str:
    """Give what an EXPLAIN explains."""
    match = _EXPLAIN.match(text)
    rest = text[match.end() :] if match else text
    options = _OPTIONS.match(rest)
    return rest[options.end() :] if options and _serialized(connection, rest)["error"] else rest


def _serialized(connection: duckdb.DuckDBPyConnection, text: str) -> Any:
    row = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [text]).fetchone()
    try:
        return orjson.loads(row[0]) if row else {"error": True}
    except orjson.JSONDecodeError as error:
        raise QueryError("the SQL is nested too deeply") from error


def _parsed(connection: duckdb.DuckDBPyConnection, text: str) -> Any:
    tree = _serialized(connection, text)
    if tree["error"] or len(tree["statements"]) != 1:
        raise QueryError(f"{_HOW}: this is no question that can be looked into")
    return tree["statements"][0]


def _walk(tree: Any) -> Iterator[_Found]:
    """Visit each part of a parsed statement, with the names that WITH makes known in it."""
    open_parts = [_Found(tree, frozenset())]
    while open_parts:
        part, known = open_parts.pop()
        if isinstance(part, list):
            open_parts += [_Found(item, known) for item in part]
        elif isinstance(part, dict):
            for with_ in part.get("cte_map", {}).get("map", ()):
                name, body = with_["key"].lower(), with_["value"]
                node = body.get("query_node") or body.get("query", {}).get("node", {})
                recursive = node.get("type") == "RECURSIVE_CTE_NODE"
                open_parts.append(_Found(body, known | {name} if recursive else known))
                known |= {name}
            yield _Found(part, known)
            open_parts += [_Found(value, known) for key, value in part.items() if key != "cte_map"]


def _check(part: dict[str, Any], known: frozenset[str], statement: Statement) -> None:
    kind = str(part.get("type", ""))
    if kind.endswith("_NODE") and kind not in _NODES:
        raise QueryError(f"{kind.partition('_')[0]} is not allowed: tables can only be read, with SELECT and its like")
    if kind == "TABLE_FUNCTION":
        name = str(part["function"]["function_name"]).lower()
        if name not in TABLE_FUNCTIONS:
            raise _refused(f"the function {name} is not allowed", part, statement)
    elif kind == "BASE_TABLE":
        _check_table(part, known, statement)
    elif kind == "SHOW_REF" and part["query"] is None:
        name = str(part["table_name"]).lower().strip('"')
        if name != "tables" and name not in TABLES:
            raise _refused(f"SHOW {name.strip('_')} is not allowed: SHOW TABLES is", part, statement)
    elif str(part.get("function_name", "")).lower() in FORBIDDEN:
        raise _refused(f"the function {part['function_name'].lower()} is not allowed", part, statement)


def _check_table(part: dict[str, Any], known: frozenset[str], statement: Statement) -> None:
    catalog, schema, name = (str(part[key]).lower() for key in ("catalog_name", "schema_name", "table_name"))
    if not catalog and not schema and name in known:
        return
    if not catalog and schema == "recurring" and name in known:
        return
    if catalog in ("", "memory") and schema in ("", "main") and name in TABLES:
        return
    if catalog in ("", "memory", "system") and schema == "information_schema" and name in _SCHEMA_VIEWS:
        return
    whole = ".".join(filter(None, (part["catalog_name"], part["schema_name"], part["table_name"])))
    hint = did_you_mean(name, [*TABLES, *known])
    raise _refused(f"there is no table {whole}{hint or '; SHOW TABLES lists them'}", part, statement)


def _refused(sentence: str, part: dict[str, Any], statement: Statement) -> QueryError:
    place = caret(statement.text, part.get("query_location"), part.get("query_location_length", 1), statement.line)
    return QueryError(f"{sentence if sentence.startswith('there is') else f'{sentence}: {_HOW}'}{place}")


def _check_words(connection: duckdb.DuckDBPyConnection, statement: Statement) -> None:
    """Look for names that are not allowed anywhere in the text, quoted or not."""
    functions = connection.execute(
        "SELECT DISTINCT lower(function_name) FROM duckdb_functions() "
        "WHERE function_type IN ('table', 'table_macro', 'pragma')"
    ).fetchall()
    views = connection.execute("SELECT lower(view_name) FROM duckdb_views() WHERE internal").fetchall()
    called = {name for (name,) in functions} - TABLE_FUNCTIONS | FORBIDDEN
    named = {name for (name,) in views} - set(_SCHEMA_VIEWS)
    function = rf"\b(?:{'|'.join(map(re.escape, sorted(called)))})\b(?=[\"\s]*(?:\(|/\*|--))"
    word = rf"\b(?:{'|'.join(map(re.escape, sorted(named)))}|stage|copy|insert|delete|update|merge)\b"
    match = re.search(f"{function}|{word}", statement.text, re.IGNORECASE)
    if match:
        place = caret(statement.text, len(statement.text[: match.start()].encode()), len(match.group()), statement.line)
        raise QueryError(
            f"{match.group()} is not allowed in a pivot without a list of its columns: {_HOW}; "
            f"ON … IN (…) lists them{place}"
        )
