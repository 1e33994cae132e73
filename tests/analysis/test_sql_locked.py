"""Other people's SQL reads the tables, nothing else, and changes nothing."""

import re
from pathlib import Path

import duckdb
import pytest

from lctrack_analysis import Logs, QueryError, query
from lctrack_analysis.guard import FORBIDDEN
from lctrack_analysis.limits import NO_LIMITS
from tests.analysis.conftest import Load
from tests.analysis.writing import chain

STATEMENTS = [
    *(
        "DELETE FROM runs",
        "DROP TABLE sessions",
        "UPDATE runs SET name = ''",
        "INSERT INTO sessions (name) VALUES ('x')",
    ),
    *("TRUNCATE runs", "ALTER TABLE runs ADD COLUMN x INTEGER", "CREATE TABLE x AS SELECT 1"),
    "CREATE VIEW x AS SELECT 1",
    *("CREATE TEMP TABLE runs AS SELECT 1", "CREATE MACRO f() AS 1", "COPY runs TO '{out}'", "COPY runs FROM '{file}'"),
    *("ATTACH '{out}'", "INSTALL httpfs", "LOAD httpfs", "SET threads = 1", "RESET threads", "SET VARIABLE x = 1"),
    *("PRAGMA threads = 1", "PRAGMA database_list", "CALL pragma_version()", "CHECKPOINT", "VACUUM", "USE system"),
    *("EXPORT DATABASE '{out}'", "IMPORT DATABASE '{out}'", "BEGIN", "COMMIT", "PREPARE x AS SELECT 1"),
    "DETACH memory",
]
READS = [
    *("FROM read_text('{file}')", "FROM read_csv('{file}')", "FROM '{file}'", "FROM read_blob('{file}')"),
    *("FROM read_json('{file}')", "FROM read_parquet('{file}')", "FROM glob('{file}')", "FROM sniff_csv('{file}')"),
    *("FROM read_text('/proc/self/environ')", "SELECT getenv('HOME')", "FROM parquet_metadata('{file}')"),
    *("FROM query('COPY runs TO ''{out}''')", "FROM read_csv('http://127.0.0.1:9/x')"),
    *("EXPLAIN ANALYZE COPY runs TO '{out}'", "EXPLAIN ANALYZE FROM read_text('{file}')"),
    *("SELECT (SELECT content FROM read_text('{file}'))", "FROM duckdb_secrets()"),
]


def refused(logs: Logs, question: str, tmp_path: Path) -> str:
    file = tmp_path / "secret.txt"
    file.write_text("the secret")
    with pytest.raises(QueryError) as raised:
        logs.sql(question.replace("{file}", str(file)).replace("{out}", str(tmp_path / "out")))
    assert "the secret" not in str(raised.value)
    assert not (tmp_path / "out").exists()
    return str(raised.value)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_that_is_no_question_is_refused(statement: str, samples: Logs, tmp_path: Path) -> None:
    assert "statements are not allowed: tables can only be read" in refused(samples, statement, tmp_path)


@pytest.mark.parametrize("question", READS)
def test_a_question_about_anything_but_the_tables_is_refused(question: str, samples: Logs, tmp_path: Path) -> None:
    refused(samples, question, tmp_path)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("EXPLAIN ANALYZE DELETE FROM sessions", "this is no question that can be looked into"),
        ("WITH x AS (DELETE FROM sessions RETURNING 1) FROM x", "DELETE is not allowed: tables can only be read"),
        ("SELECT 1,\n getenv('HOME')", "the function getenv is not allowed: SQL can read the tables and nothing else"),
        ("SELECT 1,\n getenv('HOME')", "\n\nLINE 2:  getenv('HOME')\n         ^^^^^^^^^^^^^^"),
        ("FROM '/etc/passwd'", "there is no table /etc/passwd; SHOW TABLES lists them\n\nLINE 1: FROM '/etc/passwd'\n"),
        ("FROM stage.sources", "there is no table stage.sources"),
        ("SHOW ALL TABLES", "SHOW show_tables_expanded is not allowed: SHOW TABLES is"),
        ("UPDATE EXTENSIONS", "INVALID statements are not allowed"),
        ("PIVOT (FROM glob('*')) ON file", "glob is not allowed in a pivot without a list of its columns"),
        ("SELECT " + "(" * 2000 + "1" + ")" * 2000, "depth"),
        ("SELECT " + "[" * 600 + "1" + "]" * 600, "the SQL is nested too deeply"),
    ],
)
def test_what_is_refused_is_told_with_its_place(question: str, sentence: str, samples: Logs) -> None:
    with pytest.raises(QueryError) as raised:
        samples.sql(question)
    assert sentence in str(raised.value)


def test_no_function_of_duckdb_is_new_to_us() -> None:
    """What changes or tells more than its arguments is volatile, or reads a catalog, or stands for a table."""
    with duckdb.connect(":memory:") as connection:
        found = connection.execute(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions() "
            "WHERE stability = 'VOLATILE' AND function_type = 'scalar'"
        ).fetchall()
    harmless = {"error", "random", "setseed", "gen_random_uuid", "uuid", "uuidv4", "uuidv7", "stats", "vector_type"}
    harmless |= {"current_query", "current_query_id", "current_connection_id", "current_transaction_id"}
    assert {name for (name,) in found} - harmless - FORBIDDEN == set()


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_a_question_that_ends_its_transaction_opens_no_way_around_it(end: str, load_events: Load) -> None:
    logs = load_events(*chain("r"))
    connection = logs._connection
    query._run(connection, f"EXPLAIN ANALYZE {end}", NO_LIMITS)
    with pytest.raises(duckdb.Error, match="read-only"):
        query._run(connection, "EXPLAIN ANALYZE DELETE FROM stage.session_core", NO_LIMITS)
    assert logs.sql("FROM runs").height == 1


@pytest.mark.parametrize(
    "setting",
    [
        "python_enable_replacements",
        "autoinstall_known_extensions",
        "autoload_known_extensions",
        "allow_community_extensions",
        "allow_persistent_secrets",
        "enable_external_access",
    ],
)
def test_what_reaches_beyond_the_tables_is_off_and_stays_off(setting: str, samples: Logs) -> None:
    row = samples._connection.execute(f"SELECT current_setting('{setting}')").fetchone()
    assert row in ((False,), ("false",))
    with pytest.raises(duckdb.Error, match="locked"):
        samples._connection.execute(f"SET {setting} = true")


def test_what_spills_to_the_disk_leaves_half_of_it_free(samples: Logs) -> None:
    row = samples._connection.execute("SELECT current_setting('max_temp_directory_size')").fetchone()
    assert row is not None
    assert re.fullmatch(r"[\d.]+ [KMGT]iB", row[0])
