"""Every table has exactly the columns that are promised, of the promised types, however little there is."""

from typing import Any

import polars as pl
import pytest

from lctrack_analysis import Logs, UsageError, columns
from lctrack_analysis.columns import TABLES
from tests.analysis.conftest import Load
from tests.analysis.writing import chain, event

POLARS = {
    "VARCHAR": pl.String,
    "JSON": pl.String,
    "BIGINT": pl.Int64,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
    "VARCHAR[]": pl.List(pl.String),
    "TIMESTAMP_NS": pl.Datetime("ns"),
}


def described(logs: Logs, table: str) -> list[tuple[str, str]]:
    return [(row["column_name"], row["column_type"]) for row in logs.sql(f"DESCRIBE {table}").to_dicts()]


def check(logs: Logs) -> None:
    for name, table in TABLES.items():
        assert [(column.name, column.type) for column in table.columns] == described(logs, name), name
        assert {column.name: POLARS[column.type] for column in table.columns} == dict(logs.table(name).schema), name


def test_the_samples_have_the_promised_columns(samples: Logs) -> None:
    check(samples)


@pytest.mark.parametrize("lines", [[], [event("text")], chain("r", 0, None), [event("llm_end", run_id="r")]])
def test_logs_that_are_nearly_empty_have_the_promised_columns(lines: list[dict[str, Any]], load_events: Load) -> None:
    check(load_events(*lines))


def test_there_are_no_tables_but_the_promised_ones(samples: Logs) -> None:
    assert sorted(TABLES) == samples.sql("SHOW TABLES")["name"].to_list()


def test_every_table_and_column_says_what_it_is() -> None:
    for table in TABLES.values():
        assert table.row
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names))
        assert all(column.doc and column.type in POLARS for column in table.columns)


def test_columns_that_several_tables_have_are_of_one_type() -> None:
    types: dict[str, set[str]] = {}
    for table in TABLES.values():
        for column in table.columns:
            types.setdefault(column.name, set()).add(column.type)
    different = {name: kinds for name, kinds in types.items() if len(kinds) > 1}
    # A score is a number and an asset a description; a generated message is one of chat, that of an error a text.
    # What runs and tools give is JSON; the trackers' tables show it as text.
    shown = {"output": {"JSON", "VARCHAR"}, "outputs": {"JSON", "VARCHAR"}}
    others = {"value": {"DOUBLE", "JSON"}, "message": {"JSON", "VARCHAR"}, "tool_calls": {"BIGINT", "JSON"}}
    assert different == shown | others
    assert columns.SCHEMA_VERSION == 3


def test_a_table_is_an_attribute_and_listed_as_one(samples: Logs) -> None:
    assert samples.runs is samples.table("runs")
    assert set(TABLES) <= set(dir(samples))


def test_there_is_no_other_table(samples: Logs) -> None:
    with pytest.raises(UsageError, match="there is no table nothing: choose one of events, runs"):
        samples.table("nothing")
    with pytest.raises(AttributeError, match="'Logs' object has no attribute 'nothing'"):
        _ = samples.nothing


def test_frames_outlive_the_logs(load_events: Load) -> None:
    logs = load_events(*chain("r"))
    runs = logs.runs
    logs.close()
    assert runs["run_id"].to_list() == ["r"]
