"""Rows in each format, read again by somebody else's reader."""

import datetime as dt
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from lctrack_analysis import Logs
from lctrack_analysis.columns import TABLES
from lctrack_analysis.query import Result
from lctrack_analysis.render import FORMATS, cell_text, render, write_file
from tests.analysis.conftest import Load
from tests.analysis.writing import ai, chat, event, human

ODD_TEXT = 'a "b", c;\n\td|\\e\r\n<b>é✓😀</b> \0\x1b[31m'
# What a query may give, beyond the types of our tables, and what JSON makes of it.
TYPES = {
    "sum(2)": 2, "avg(2)": 2.0, "1.50::DECIMAL(5, 2)": 1.5, "10::DECIMAL(5, 2)": 10, "NULL": None,
    "'NaN'::DOUBLE": None,
    "'ab'::BLOB": "6162", "INTERVAL 1 DAY": "1 day", "{'a': 1, 'b': [2]}": {"a": 1, "b": [2]}, "MAP {'a': 1}": {"a": 1},
    "[[1], []]": [[1], []], "[]": [], "DATE '2025-01-02'": "2025-01-02", "TIME '12:00:00'": "12:00:00",
    "TIMESTAMP '2025-01-02 03:04:05'": "2025-01-02T03:04:05.000000000Z",
    "TIMESTAMPTZ '2025-01-02 03:04:05+02'": "2025-01-02T01:04:05.000000000Z",
    "'{\"a\": [1]}'::JSON": {"a": [1]}, "'{\"a\": NaN}'::JSON": '{"a": NaN}', "'x'::ENUM ('x', 'y')": "x",
    "9223372036854775807::UBIGINT + 1": 2**63, "true": True, "uuid() IS NULL": False,
}  # fmt: skip


def one(result: Result, output_format: str) -> Any:
    [row] = (
        json.loads(render(result, output_format)) if output_format == "json" else [json.loads(render(result, "jsonl"))]
    )
    [value] = row.values()
    return value


@pytest.mark.parametrize("name", TABLES)
def test_csv_reads_back_as_the_table(name: str, samples: Logs) -> None:
    result = samples.query(f"FROM {name}")
    schema = {column: pl.String if kind.is_nested() or kind.is_temporal() else kind
              for column, kind in result.frame.schema.items()}  # fmt: skip
    back = pl.read_csv(io.BytesIO(render(result, "csv")), schema=schema)
    for column, kind in result.frame.schema.items():
        if kind.is_temporal():
            back = back.with_columns(pl.col(column).str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="ns"))
        elif kind.is_nested():
            back = back.with_columns(pl.col(column).str.json_decode(pl.List(pl.String)))
    assert back.equals(result.frame)


@pytest.mark.parametrize("output_format", ["json", "jsonl"])
@pytest.mark.parametrize("name", TABLES)
def test_json_holds_what_is_in_the_table(name: str, output_format: str, samples: Logs) -> None:
    result = samples.query(f"FROM {name}")
    text = render(result, output_format)
    rows = json.loads(text) if output_format == "json" else [json.loads(line) for line in text.splitlines()]
    assert len(rows) == result.frame.height
    for expected, row in zip(result.frame.to_dicts(), rows, strict=True):
        assert list(expected) == list(row)
        for column, value in expected.items():
            if column in result.json_columns and value is not None:
                assert json.loads(value) == row[column]
            elif isinstance(value, dt.datetime):
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", row[column])
                assert value == dt.datetime.fromisoformat(row[column][:26])
            else:
                assert value == row[column]


@pytest.mark.parametrize("name", TABLES)
def test_parquet_reads_back_as_the_table(name: str, samples: Logs, tmp_path: Path) -> None:
    result = samples.query(f"FROM {name}")
    write_file(result, "parquet", tmp_path / "x.parquet")
    back = pl.DataFrame(pq.read_table(tmp_path / "x.parquet"))
    assert back.equals(result.frame)


@pytest.mark.parametrize(("expression", "expected"), TYPES.items())
def test_json_has_a_form_for_whatever_a_query_gives(expression: str, expected: Any, samples: Logs) -> None:
    result = samples.query(f"SELECT {expression} AS x")
    assert [expected, expected] == [one(result, "json"), one(result, "jsonl")]


def test_every_format_has_a_form_for_whatever_a_query_gives(samples: Logs, tmp_path: Path) -> None:
    result = samples.query(f"SELECT {', '.join(TYPES)}")
    for output_format in FORMATS:
        write_file(result, output_format, tmp_path / output_format)
        assert (tmp_path / output_format).stat().st_size > 0


def test_odd_text_comes_through_csv_json_and_parquet_unchanged(load_events: Load, tmp_path: Path) -> None:
    result = load_events(*chat("r", [human(ODD_TEXT)], ai(ODD_TEXT))).query("SELECT text FROM generations")
    write_file(result, "parquet", tmp_path / "x")
    back = [
        pl.read_csv(io.BytesIO(render(result, "csv")))["text"][0],
        one(result, "json"),
        one(result, "jsonl"),
        pq.read_table(tmp_path / "x").to_pylist()[0]["text"],
    ]
    assert back == [ODD_TEXT] * 4


def test_markdown_is_one_table_with_a_line_for_each_row(load_events: Load) -> None:
    result = load_events(*chat("r", [human("h")], ai(ODD_TEXT))).query(
        'SELECT text, 1.5::DOUBLE AS "a|b" FROM generations UNION ALL SELECT NULL, 2'
    )  # fmt: skip
    header, rule, row, empty, *rest = render(result, "markdown").decode().split("\n")
    assert header == r"| text | a\|b |"
    assert rule == "| --- | ---: |"
    assert row == r'| a "b", c; ' + "\t" + r"d\|\\e\\r \<b>é✓😀\</b> \\x00\\x1b[31m | 1.5 |"
    assert [empty, *rest] == ["|  | 2 |", ""]


def test_no_rows_are_still_a_header(samples: Logs) -> None:
    result = samples.query("SELECT run_id, name FROM runs WHERE false")
    assert render(result, "csv") == b"run_id,name\n"
    assert render(result, "json") == b"[]\n"
    assert render(result, "jsonl") == b""
    assert render(result, "markdown") == b"| run_id | name |\n| --- | --- |\n"
    assert b"run_id" in render(result, "table")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, ""), (1.0, "1"), (1.23456, "1.235"), (0.5, "0.5"), (0.0, "0"), (0.000012345, "1.23e-05"),
     (-0.0004, "-0.0004"), (123456789.125, "123456789.125"), (1e300, "1e+300"), (float("nan"), "nan"),
     (float("inf"), "inf"), (["a", None, "b"], "a, , b"), ("a\nb", "a b"), (Decimal("1.50"), "1.50"), (True, "True")],
)  # fmt: skip
def test_a_cell_is_short_and_on_one_line(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_a_long_cell_is_cut_in_tables_and_nowhere_else(load_events: Load) -> None:
    result = load_events(event("text", text="x" * 500)).query("SELECT data FROM events WHERE event = 'text'")
    assert b"x" * 500 not in render(result, "table")
    assert "…".encode() in render(result, "table")
    for output_format in ("csv", "json", "jsonl", "markdown"):
        assert b"x" * 500 in render(result, output_format)
