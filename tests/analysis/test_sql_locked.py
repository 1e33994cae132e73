"""Other people's SQL reads the tables, nothing else, and changes nothing."""

from pathlib import Path

import pytest

from lctrack_analysis import Logs, QueryError
from lctrack_analysis.columns import TABLES
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
HIDDEN_WRITES = [
    *("EXPLAIN ANALYZE DELETE FROM stage.session_core", "EXPLAIN ANALYZE DROP TABLE sessions"),
    "EXPLAIN ANALYZE UPDATE stage.session_core SET name = ''",
    *("EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1", "EXPLAIN ANALYZE CREATE MACRO f() AS 1"),
    *(
        "EXPLAIN ANALYZE CREATE OR REPLACE TABLE sessions AS SELECT 1",
        "EXPLAIN ANALYZE ALTER TABLE sessions RENAME TO x",
    ),
    "WITH x AS (DELETE FROM stage.session_core RETURNING session_id) FROM x",
    "WITH x AS (INSERT INTO stage.session_core (name) VALUES ('x') RETURNING name) FROM x",
]


def refused(logs: Logs, query: str, tmp_path: Path) -> str:
    file = tmp_path / "secret.txt"
    file.write_text("the secret")
    with pytest.raises(QueryError) as raised:
        logs.sql(query.replace("{file}", str(file)).replace("{out}", str(tmp_path / "out")))
    assert "the secret" not in str(raised.value)
    assert not (tmp_path / "out").exists()
    return str(raised.value)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_that_is_no_question_is_refused(statement: str, samples: Logs, tmp_path: Path) -> None:
    assert "statements are not allowed: tables can only be read" in refused(samples, statement, tmp_path)


@pytest.mark.parametrize("query", READS)
def test_a_question_about_anything_but_the_tables_is_refused(query: str, samples: Logs, tmp_path: Path) -> None:
    refused(samples, query, tmp_path)


@pytest.mark.parametrize("query", HIDDEN_WRITES)
def test_a_write_within_a_question_is_refused(query: str, samples: Logs, tmp_path: Path) -> None:
    before = samples.sql("FROM sessions")
    assert "read-only" in refused(samples, query, tmp_path)
    assert before.equals(samples.sql("FROM sessions"))
    assert sorted(TABLES) == samples.sql("SHOW TABLES")["name"].to_list()


def test_no_temporary_table_can_stand_before_a_real_one(load_events: Load) -> None:
    logs = load_events(*chain("r"))
    logs.sql("EXPLAIN ANALYZE CREATE TEMP TABLE runs AS SELECT 1 AS x")
    assert logs.sql("FROM runs")["run_id"].to_list() == ["r"]


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_a_question_that_ends_its_transaction_opens_no_way_around_it(end: str, load_events: Load) -> None:
    logs = load_events(*chain("r"))
    logs.sql(f"EXPLAIN ANALYZE {end}")
    with pytest.raises(QueryError, match="read-only"):
        logs.sql("EXPLAIN ANALYZE DELETE FROM stage.session_core")
    assert logs.sql("FROM runs").height == 1


@pytest.mark.parametrize(
    "setting",
    [
        "python_enable_replacements",
        "autoinstall_known_extensions",
        "autoload_known_extensions",
        "enable_external_access",
    ],
)
def test_what_reaches_beyond_the_tables_is_off(setting: str, samples: Logs) -> None:
    assert samples.sql(f"SELECT current_setting('{setting}')").item() in (False, "false")


def test_settings_cannot_be_changed_back(samples: Logs) -> None:
    with pytest.raises(QueryError, match="locked"):
        samples.sql("EXPLAIN ANALYZE SET enable_external_access = true")
