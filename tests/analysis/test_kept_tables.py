"""Tables that rest on what was kept, those that are filled when asked for among them, are those of the logs."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lctrack._seal import seal
from lctrack_analysis import Logs, load
from lctrack_analysis.columns import SCHEMA_VERSION, TABLES
from lctrack_analysis.ingest import reading
from lctrack_analysis.ingest.cache import ENGINE_VERSION
from tests.analysis.writing import chain, event, llm, numbered, segment_start, write

NAME = "20250101T000000000000Z-1-0123abcd"


class Both(NamedTuple):
    """The same logs with the help of what was kept, and without."""

    kept: Logs
    fresh: Logs


@pytest.fixture(scope="module")
def keeping() -> Iterator[None]:
    """Let even small logs be kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "LEAST_KEPT", 1)
        patch.setattr("lctrack_analysis.snapshots._LEAST_EVENTS", 1)
        yield


@pytest.fixture(scope="module")
def both(keeping: None, sample_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:  # noqa: ARG001  # it must be first
    cache = tmp_path_factory.mktemp("cache")
    with_measurements = load(sample_files, cache=cache)
    assert with_measurements.generations["words"].null_count() == 0
    with_measurements.close()
    logs = Both(load(sample_files, cache=cache), load(sample_files, cache=False))
    yield logs
    for each in logs:
        each.close()


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_kept_samples_is_that_of_the_samples(table: str, both: Both) -> None:
    assert both.fresh.table(table).equals(both.kept.table(table))


@pytest.mark.parametrize("table", TABLES)
def test_a_part_of_kept_samples_is_that_of_the_samples(table: str, parts: Both) -> None:
    assert parts.fresh.table(table).equals(parts.kept.table(table))


@pytest.fixture(scope="module")
def parts(both: Both) -> Both:
    return Both(both.kept.filter(session="adviser"), both.fresh.filter(session="adviser"))


def test_unchanged_logs_take_their_tables_from_where_they_were_kept(both: Both) -> None:
    attached = [
        {name for (name,) in logs._connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()}
        for logs in both
    ]
    assert [{"kept"}, set()] == [names & {"kept"} for names in attached]


@pytest.mark.usefixtures("keeping")
def test_answers_before_those_that_were_measured_have_their_own_metrics(tmp_path: Path) -> None:
    texts = {"a": "One.", "b": "One two three."}
    write(tmp_path / "b.jsonl", *numbered([segment_start("b"), *llm("b", ["?"], [[texts["b"]]], 50)]))
    for expected in ([("b", 3)], [("a", 1), ("b", 3)]):
        for _ in range(2):
            logs = load(tmp_path)
            assert expected == logs.sql("SELECT run_id, words FROM generations").rows()
            logs.close()
        write(tmp_path / "a.jsonl", *numbered([segment_start("a"), *llm("a", ["?"], [[texts["a"]]], 0)]))


@pytest.mark.usefixtures("keeping")
def test_both_caches_are_in_the_directory_that_was_named(tmp_path: Path) -> None:
    file = write(tmp_path / "logs" / "x.jsonl", *numbered([segment_start(), *llm("r", ["?"], [["Text."]])]))
    logs = load(file, cache=tmp_path / "cache")
    assert logs.generations.height == 1
    logs.close()
    names = sorted(path.name for path in (tmp_path / "cache").iterdir())
    assert names == [f"{SCHEMA_VERSION}.{ENGINE_VERSION}", "complexity"]
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["x.jsonl"]


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize("form", ["jsonl", "jsonl.gz", "parquet"])
def test_what_was_masked_is_told_whatever_the_form_and_when_it_was_kept(form: str, tmp_path: Path) -> None:
    lines = [segment_start(NAME), *chain("r", masked=["/inputs/key", "/inputs/~1"]), event("segment_end", 2)]
    file = write(tmp_path / f"{NAME}.jsonl", *numbered(lines))
    if form == "jsonl.gz":
        file.with_name(f"{NAME}.jsonl.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    elif form == "parquet":
        seal(file)
    for _ in range(2):
        logs = load(tmp_path)
        told = logs.sql("SELECT masked FROM events WHERE event LIKE 'chain%' ORDER BY seq")["masked"].to_list()
        assert told == [["/inputs/key", "/inputs/~1"], None]
        logs.close()
