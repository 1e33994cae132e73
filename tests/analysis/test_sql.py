"""SQL answers over the tables."""

import datetime as dt
import os
import subprocess
import sys

import pytest

from lctrack_analysis import Logs, QueryError
from tests.analysis.conftest import Load
from tests.analysis.writing import chain, event


def test_a_query_gives_a_frame(samples: Logs) -> None:
    frame = samples.sql("SELECT kind, count(*) AS n FROM runs GROUP BY kind ORDER BY n DESC")
    assert frame.columns == ["kind", "n"]
    assert frame["n"].sum() == samples.runs.height


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("FROM problems SELECT count(*)", [(1,)]),
        ("VALUES (1, 'a')", [(1, "a")]),
        ("WITH x AS (SELECT 1 AS a) SELECT a + 1 FROM x", [(2,)]),
        ("SELECT 1; -- done", [(1,)]),
        ("SELECT sum(n) FROM (VALUES (1), (2)) AS t(n)", [(3,)]),
        ("SELECT 170141183460469231731687303715884105727::HUGEINT % 10", [(7,)]),
        ("SELECT INTERVAL 90 SECOND", [("00:01:30",)]),
        ("SELECT [INTERVAL 1 DAY]", [("[1 day]",)]),
        ("SELECT union_value(n := 2), '101'::BIT, 1 AS x", [("2", "101", 1)]),
        ("SELECT 1 AS a, 2 AS a", [(1, 2)]),
        ("SELECT NULL", [(None,)]),
        ("SELECT 'é✓' || chr(128512)", [("é✓😀",)]),
        ("SELECT count(*) FROM (PIVOT problems ON line USING count(*))", [(1,)]),
    ],
)
def test_what_can_be_selected_is_answered(query: str, expected: list[tuple[object, ...]], samples: Logs) -> None:
    assert expected == samples.sql(query).rows()


def test_a_pivot_whose_columns_the_rows_tell_is_answered(load_events: Load) -> None:
    logs = load_events(*chain("a"), event("tool_start", 1, run_id="b"))
    assert logs.sql("FROM (SELECT kind, status FROM runs) PIVOT (count(*) FOR status IN ('ok', 'open'))").height == 2
    assert logs.sql("PIVOT (SELECT kind FROM runs) ON kind USING count(*)").row(0) == (1, 1)


def test_the_same_question_gets_the_same_answer_in_the_same_order(samples: Logs) -> None:
    for query in ("FROM runs", "FROM events", "FROM messages", "FROM tool_calls"):
        assert samples.sql(query).equals(samples.sql(query))


def test_differences_between_times_are_text(load_events: Load) -> None:
    assert load_events(*chain("r", 0, 1.5)).sql("SELECT end_time - start_time FROM runs").item() == "00:00:01.5"


def test_describe_summarize_and_explain_are_answered(samples: Logs) -> None:
    assert samples.sql("DESCRIBE runs").height == len(samples.runs.columns)
    assert samples.sql("SUMMARIZE SELECT duration_ms FROM runs")["column_name"].to_list() == ["duration_ms"]
    assert samples.sql("EXPLAIN SELECT 1").height > 0


def test_json_columns_are_named_even_where_two_have_one_name(samples: Logs) -> None:
    result = samples.query("SELECT a.inputs, b.inputs, b.name FROM runs AS a JOIN runs AS b USING (run_id)")
    assert result.json_columns == {"inputs", "inputs_1"}


def test_now_and_our_times_are_on_one_clock_wherever_the_user_is() -> None:
    code = (
        "import sys, lctrack_analysis; logs = lctrack_analysis.load(sys.argv[1]); "
        "print(logs.sql('SELECT max(time)::TIMESTAMPTZ AS t FROM events').item().isoformat()); "
        "print(logs.sql('SELECT max(time) AS t FROM events').item().isoformat())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "sample_logs"], capture_output=True, text=True, check=True,
        env={**os.environ, "TZ": "Asia/Tokyo"},
    )  # fmt: skip
    aware, naive = map(dt.datetime.fromisoformat, done.stdout.split())
    assert abs(aware - naive.replace(tzinfo=dt.UTC)) < dt.timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("SELEC 1", ["SELEC", "LINE 1", "^"]),
        ("SELECT nme FROM runs", ['"nme" not found', "Did you mean name", "LINE 1", "^^^"]),
        ("SELECT zzzzz FROM runs", ['"zzzzz" not found', "LINE 1", "^^^^^"]),
        ("SELECT * FROM run", ["there is no table run: did you mean runs", "LINE 1", "             ^"]),
        ("SELECT\n 1,\n nme FROM runs", ["LINE 3:  nme FROM runs\n         ^^^"]),
        ("SELECT uper('a')", ['Did you mean "upper"', "LINE 1", "^"]),
        ("SELECT r.nme FROM runs AS r", ["Did you mean name", "LINE 1", "^"]),
        ("SELECT 'x'::INTEGER", ["Could not convert string 'x'", "LINE 1", "^"]),
        ("SELECT ?", ["parameters"]),
        ("SELECT $name", ["parameters"]),
        ("", ["give a SQL statement: this is none"]),
        (" ; -- nothing", ["give a SQL statement: this is none"]),
        ("SELECT 1; SELECT 2", ["give one SQL statement: this is 2"]),
        ("SELECT '\udcff'", ["not valid Unicode"]),
    ],
)
def test_an_error_says_what_is_wrong_and_where(query: str, places: list[str], samples: Logs) -> None:
    with pytest.raises(QueryError) as raised:
        samples.sql(query)
    assert [place for place in places if place not in str(raised.value)] == []


def test_a_failed_query_changes_nothing(load_events: Load) -> None:
    logs = load_events(*chain("r"))
    before = logs.sql("FROM runs")
    for query in ("SELEC", "SELECT name::INTEGER FROM runs", "SELECT error('x')", "FROM nothing", "BEGIN", "ROLLBACK"):
        with pytest.raises(QueryError):
            logs.sql(query)
        assert before.equals(logs.sql("FROM runs"))


def test_a_script_answers_each_statement_in_order(samples: Logs) -> None:
    results = samples.script("SELECT 1; SELECT 2 AS b; ")
    assert [result.frame.rows() for result in results] == [[(1,)], [(2,)]]


def test_a_script_is_checked_whole_before_any_of_it_runs(samples: Logs) -> None:
    with pytest.raises(QueryError, match="DELETE statements are not allowed"):
        samples.script("SELECT error('this ran'); DELETE FROM runs")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("SELECT 1;\n\nSELECT nme\nFROM runs", "statement 2 of 2: Binder Error"),
        ("SELECT 1;\n\nSELECT nme\nFROM runs", "\n\nLINE 3: SELECT nme\n               ^^^"),
        ("SELECT 1;\nFROM rusn;", "statement 2 of 2: there is no table rusn: did you mean runs?\n\nLINE 2: FROM rusn"),
        ("SELECT 1;\n\n\n\n\n\n\n\n\nSELECT nme FROM runs", "\n\nLINE 10: SELECT nme FROM runs\n                ^^^"),
        ("SELECT 1;\nEXPLAIN\nSELECT 1,\n getenv('x')", "\n\nLINE 4:  getenv('x')\n         ^^^"),
        ("SELECT 1;\nSELEC 2", '"SELEC"\n\nLINE 2: SELEC 2\n        ^^^^^'),
    ],
)
def test_an_error_in_a_script_tells_the_statement_and_the_line_of_the_script(
    script: str, expected: str, samples: Logs
) -> None:
    with pytest.raises(QueryError) as raised:
        samples.script(script)
    assert expected in str(raised.value)


def test_the_place_in_a_long_line_is_below_what_it_means(samples: Logs) -> None:
    for before in ("é" * 300, "x"):
        with pytest.raises(QueryError) as raised:
            samples.sql(f"SELECT '{before}', getenv('x'), '{'y' * 300}'")
        line, carets = str(raised.value).splitlines()[-2:]
        assert line[carets.index("^") :].startswith("getenv('x'")
        assert len(line) < 120


def test_answers_come_one_by_one(samples: Logs) -> None:
    answers = samples.answers("SELECT 1; SELECT error('x')")
    assert next(answers).frame.item() == 1
    with pytest.raises(QueryError, match="statement 2 of 2: Invalid Input Error: x"):
        next(answers)


def test_a_query_after_close_says_that_the_logs_are_closed(load_events: Load) -> None:
    logs = load_events(*chain("r"))
    logs.close()
    with pytest.raises(QueryError, match=r"[Cc]losed"):
        logs.sql("FROM runs")
