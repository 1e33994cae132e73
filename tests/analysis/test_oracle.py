"""DuckDB's own reader of JSON, on the raw samples, gives the same numbers as the tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lctrack_analysis import Logs
from lctrack_analysis.columns import TABLES
from sample_logs.make import TORN

Ask = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def raw(sample_files: Path) -> Ask:
    """Ask about the samples that are whole: `raw` has a line each in its column `j`, `model_ends` and `blobs` some."""
    files = [str(file) for file in sample_files.glob("*/*.jsonl") if file.parent.name != TORN]
    connection = duckdb.connect()
    connection.execute("CREATE TABLE raw AS SELECT json AS j FROM read_json_objects(?)", [files])
    connection.execute("CREATE VIEW model_ends AS FROM raw WHERE j ->> 'event' = 'llm_end'")
    connection.execute(
        "CREATE VIEW blobs AS SELECT DISTINCT ON (digest) j ->> 'digest' AS digest, j -> 'value' AS value "
        "FROM raw WHERE j ->> 'event' = 'blob'"
    )
    return lambda query: connection.execute(query).fetchall()


def ask(samples: Logs, query: str) -> list[tuple[Any, ...]]:
    """Ask the tables about the same samples."""
    torn = ", ".join(f"'{segment}'" for segment in samples.problems["file"].str.split("/").list[-1].str.head(-6))
    whole = f"(FROM events WHERE segment NOT IN ({torn}))"  # names of our own files
    return samples.sql(query.format(events=whole, runs=f"(FROM runs SEMI JOIN {whole} AS e USING (run_id))")).rows()


@pytest.mark.parametrize(
    ("of_raw", "of_tables"),
    [
        pytest.param(
            "SELECT j ->> 'event' AS e, count(*) FROM raw WHERE e <> 'blob' GROUP BY e ORDER BY e",
            "SELECT event, count(*) FROM {events} GROUP BY event ORDER BY event",
            id="how often each event",
        ),
        pytest.param(
            "SELECT count(DISTINCT j ->> 'run_id') FROM raw WHERE j ->> 'event' LIKE '%\\_start' ESCAPE '\\'",
            "SELECT count(*) FROM {runs}",
            id="runs",
        ),
        pytest.param(
            "SELECT count(DISTINCT j ->> 'trace_id') FROM raw",
            "SELECT count(DISTINCT trace_id) FROM {runs}",
            id="traces",
        ),
        pytest.param(
            "SELECT min((j ->> 'ts')::BIGINT), max((j ->> 'ts')::BIGINT) FROM raw",
            "SELECT min(epoch_ns(time)), max(epoch_ns(time)) FROM {events}",
            id="first and last time",
        ),
        pytest.param(
            "SELECT DISTINCT j ->> 'session_id' AS s FROM raw WHERE s IS NOT NULL ORDER BY s",
            "SELECT DISTINCT session_id FROM {runs} ORDER BY session_id",
            id="sessions",
        ),
        pytest.param(
            "SELECT s ->> 'run_id' AS r, (e ->> 'ts')::BIGINT - (s ->> 'ts')::BIGINT FROM "
            "(SELECT j AS s FROM raw WHERE j ->> 'event' SIMILAR TO '.*_start') JOIN "
            "(SELECT j AS e FROM raw WHERE j ->> 'event' SIMILAR TO '.*_(end|error)') "
            "ON s ->> 'run_id' = e ->> 'run_id' ORDER BY r",
            "SELECT run_id, epoch_ns(end_time) - epoch_ns(start_time) FROM {runs} ORDER BY run_id",
            id="how long each run took",
        ),
        pytest.param(
            "SELECT count(*) FROM raw WHERE j ->> 'event' SIMILAR TO '.*_error'",
            "SELECT count(*) FROM {runs} WHERE status = 'error'",
            id="errors",
        ),
        pytest.param(
            "SELECT sum((u ->> 'input_tokens')::BIGINT), sum((u ->> 'output_tokens')::BIGINT), "
            "sum((u ->> '$.input_token_details.cache_read')::BIGINT) FROM "
            "(SELECT coalesce(value, message) -> 'usage_metadata' AS u FROM "
            "(SELECT j -> '$.generations[0][0].message' AS message FROM model_ends) "
            "LEFT JOIN blobs ON blobs.digest = message ->> '$.\"$blob\"')",
            "SELECT sum(input_tokens), sum(output_tokens), sum(cached_tokens) FROM {runs} WHERE kind = 'chat_model'",
            id="tokens of chat models",
        ),
        pytest.param(
            "SELECT sum((j ->> '$.llm_output.token_usage.prompt_tokens')::BIGINT), "
            "sum((j ->> '$.llm_output.token_usage.total_tokens')::BIGINT) "
            "FROM model_ends WHERE NOT json_exists(j, '$.generations[0][0].message')",
            "SELECT sum(input_tokens), sum(total_tokens) FROM {runs} WHERE kind = 'llm' AND model <> 'house-2'",
            id="tokens of completion models",
        ),
        pytest.param(
            "SELECT j ->> 'run_id' AS r, j ->> '$.generations[0][0].text' FROM model_ends ORDER BY r",
            "SELECT run_id, text FROM generations SEMI JOIN {runs} AS r USING (run_id) "
            "WHERE NOT partial AND model <> 'house-2' ORDER BY run_id",
            id="texts",
        ),
    ],
)
def test_the_tables_agree_with_the_raw_lines(of_raw: str, of_tables: str, raw: Ask, samples: Logs) -> None:
    expected = raw(of_raw)
    assert expected not in ([], [(0,)])
    assert expected == ask(samples, of_tables)


def test_the_samples_fill_every_table_but_that_of_metrics_of_ones_own(samples: Logs) -> None:
    assert [name for name in TABLES if samples.table(name).is_empty()] == ["metrics"]
