"""Hostile SQL is refused or harmless: by every guard that is said to stop it, alone; and does harm without them."""

import shutil
from pathlib import Path

import pytest

from lctrack_analysis import Logs, QueryError
from lctrack_analysis.columns import TABLES
from tests.analysis.hostile import GUARDS, HELD_BY
from tests.analysis.sandbox import SECRET, furnish, harm

STATEMENTS = [(statement, guards) for guards, statements in HELD_BY.items() for statement in statements]
ALONE = [(statement, guard) for statement, guards in STATEMENTS for guard in guards]


@pytest.fixture(scope="module")
def furniture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("furniture")
    furnish(folder)
    return folder


@pytest.fixture
def folder(furniture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the current directory, with what must not be read or changed."""
    folder = tmp_path / "sandbox"
    shutil.copytree(furniture, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder / SECRET))
    return folder


@pytest.mark.parametrize("statement", [statement for statement, _ in STATEMENTS])
def test_without_guards_it_does_harm(statement: str, folder: Path) -> None:
    assert harm(statement, (), folder)


@pytest.mark.parametrize(("statement", "guard"), ALONE)
def test_the_guard_alone_stops_it(statement: str, guard: str, folder: Path) -> None:
    assert harm(statement, (guard,), folder) == ""


@pytest.mark.parametrize("statement", [statement for statement, _ in STATEMENTS])
def test_it_is_refused(statement: str, samples: Logs, folder: Path) -> None:
    before = samples.sql("SHOW TABLES")
    with pytest.raises(QueryError) as raised:
        samples.script(statement)
    assert SECRET not in str(raised.value).replace(statement, "").partition("\n\nLINE")[0]
    assert before.equals(samples.sql("SHOW TABLES"))
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["s.txt", "s.csv", "s.json", "s.duckdb", "s.parquet", f"{SECRET}.log", f"{SECRET}.parquet"]
    )


def test_there_are_enough_of_them_and_each_guard_holds_some() -> None:
    assert len({statement for statement, _ in STATEMENTS}) >= 60
    for guard in GUARDS:
        assert len([statement for statement, held in ALONE if held == guard]) >= 15


@pytest.mark.parametrize(
    "query",
    [
        "DESCRIBE runs",
        "SHOW TABLES",
        "SHOW runs",
        "SUMMARIZE problems",
        "SUMMARIZE (SELECT depth FROM runs)",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN (FORMAT json) SELECT 1",
        "-- why\nEXPLAIN (SELECT 1)",
        "WITH a AS (FROM runs), b AS (FROM a) SELECT (SELECT count(*) FROM a) FROM b",
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) FROM t",
        "WITH A AS (SELECT 1) FROM a",
        "SELECT count(*) FROM main.RUNS AS r, memory.main.traces",
        "FROM runs SELECT name WHERE name LIKE '%read_text(''x'')%'",
        "SELECT unnest(range(3))",
        "FROM range(3), generate_series(1, 2)",
        "FROM json_each('{\"a\": 1}')",
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'runs'",
        "FROM duckdb_functions() LIMIT 1",
        "PIVOT runs ON kind USING count(*)",
        "EXPLAIN PIVOT runs ON kind USING count(*)",
        "EXPLAIN (FORMAT json) (PIVOT runs ON kind)",
        "SUMMARIZE (PIVOT runs ON kind USING count(*))",
        "/* why */ ((PIVOT runs ON kind USING count(*)))",
        "/**/" * 10_000 + "SELECT 1",
        "/**/" * 10_000 + "PIVOT runs ON kind",
        "FROM (PIVOT runs ON status IN ('ok') USING count(*))",
        "UNPIVOT (SELECT depth, chunks FROM runs) ON depth, chunks",
        "SELECT list_transform([1], lambda x: x + 1), [y * 2 FOR y IN [1]], count(*) OVER () FROM runs",
        "(SELECT 1) UNION ALL (SELECT 2) ORDER BY 1",
        "FROM runs LIMIT (SELECT 1)",
        "SELECT * FROM runs TABLESAMPLE 10 ROWS",
        "SELECT r.inputs ->> '$.a' FROM runs AS r SEMI JOIN traces USING (trace_id)",
        "TABLE sessions",
    ],
)
def test_a_question_is_answered(query: str, samples: Logs) -> None:
    assert samples.sql(query).width > 0


@pytest.mark.parametrize("table", TABLES)
def test_every_table_may_be_read(table: str, samples: Logs) -> None:
    assert samples.sql(f"FROM {table} LIMIT 1").columns == [column.name for column in TABLES[table].columns]
