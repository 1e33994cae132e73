"""Tables of logs that have grown are those of the logs, whatever the new lines have to do with the old ones."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lctrack_analysis import Logs, load
from lctrack_analysis.columns import TABLES
from lctrack_analysis.ingest import reading
from tests.analysis.writing import as_bytes, chain, event, llm, numbered, segment_start, write

CORE = ("pairs", "run_core", "trace_core", "generation_core")
IDS = st.sampled_from(["a", "b", "c", "d", "e"])
GIVEN = {
    "run_id": IDS,
    "parent_run_id": st.none() | IDS,
    "trace_id": st.none() | IDS,
    "session_id": st.sampled_from([None, "one", "two", "three"]),
}
KINDS = st.sampled_from(
    ["chain_start", "chain_end", "llm_start", "llm_end", "llm_error", "llm_new_token", "session_start", "session_end",
     "text", "agent_action"]
)  # fmt: skip


@st.composite
def happenings(draw: st.DrawFn) -> dict[str, Any]:
    fields = {name: value for name, values in GIVEN.items() if (value := draw(values)) is not None}
    kind = draw(KINDS)
    own: dict[str, dict[str, Any]] = {
        "llm_start": {"prompts": ["?"]},
        "llm_end": {"generations": [[{"text": "!", "generation_info": {"token_usage": {"total_tokens": 3}}}]]},
        "session_end": {"session": {"name": "last"}},
    }
    return event(kind, draw(st.integers(0, 3)), **fields, **own.get(kind, {}))


@pytest.fixture(scope="module", autouse=True)
def _keeping_and_growing() -> Any:
    """Let even small logs be kept, and grow from what was kept, however much is new."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "LEAST_KEPT", 1)
        patch.setattr("lctrack_analysis.snapshots._LEAST_EVENTS", 1)
        patch.setattr("lctrack_analysis.snapshots._MOST_NEW", 1.0)
        yield


def attached(logs: Logs) -> bool:
    rows = logs._connection.execute("SELECT database_name FROM duckdb_databases()").fetchall()
    return ("kept",) in rows


def same_tables(folder: Path, names: tuple[str, ...]) -> bool:
    """Compare grown tables with fresh ones; tell whether they were grown."""
    grown, fresh = load(folder), load(folder, cache=False)
    for name in CORE:
        # Rows are numbered by another number of their file each time.
        query = f"SELECT * REPLACE (0 AS start_row, 0 AS end_row) FROM stage.{name}"  # noqa: S608  # names of our own
        expected, actual = ({*map(repr, logs._connection.execute(query).fetchall())} for logs in (fresh, grown))
        assert expected == actual, name
    for name in names:
        assert fresh.table(name).equals(grown.table(name)), name
    was_grown = attached(grown)
    grown.close()
    fresh.close()
    return was_grown


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(happenings(), min_size=1, max_size=12),
    second=st.lists(happenings(), min_size=1, max_size=8),
    before=st.booleans(),
)
def test_grown_tables_are_fresh_tables(first: list[Any], second: list[Any], before: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "m.jsonl", *numbered([segment_start("m"), *first]))
        load(folder).close()
        added = "a" if before else "z"
        write(folder / f"{added}.jsonl", *numbered([segment_start(added), *second]))
        same_tables(folder, ("runs", "traces", "sessions", "tool_calls", "errors"))


def test_every_table_of_grown_logs_is_that_of_the_logs(tmp_path: Path) -> None:
    write(tmp_path / "m.jsonl", *numbered([segment_start("m"), *llm("r", ["?"], [["One."]], 50), *chain("open")[:1]]))
    load(tmp_path).close()
    write(tmp_path / "a.jsonl", *numbered([segment_start("a"), *llm("q", ["?"], [["Two words."]], 10)]))
    with (tmp_path / "m.jsonl").open("ab") as stream:
        stream.write(b"".join(map(as_bytes, numbered(chain("open")[1:]))))
    assert same_tables(tmp_path, tuple(TABLES))


@pytest.mark.parametrize("damage", ["other version", "no list", "no database", "half a database"])
def test_what_was_kept_and_cannot_be_used_is_made_anew(damage: str, tmp_path: Path) -> None:
    write(tmp_path / "m.jsonl", *numbered([segment_start("m"), *chain("r")]))
    load(tmp_path).close()
    [listed] = (tmp_path / ".lctrack").rglob("tables-*.json")
    database = listed.with_suffix(".duckdb")
    if damage == "other version":
        listed.write_text(listed.read_text().replace('"duckdb": "', '"duckdb": "0.'))
    elif damage == "no list":
        listed.unlink()
    elif damage == "no database":
        database.unlink()
    else:
        database.write_bytes(database.read_bytes()[:9_000])
    found = []
    for _ in range(2):
        logs = load(tmp_path)
        found.append((attached(logs), logs.runs["run_id"].to_list()))
        logs.close()
    assert found == [(False, ["r"]), (True, ["r"])]


def test_what_grew_is_read_from_what_was_kept_until_it_is_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lctrack_analysis.snapshots._MOST_NEW", 0.25)
    write(tmp_path / "a.jsonl", *numbered([segment_start("a"), *(each for n in range(20) for each in chain(f"r{n}"))]))
    found = []
    for name, runs in (("b", 2), ("c", 2), ("d", 12), ("e", 1)):
        load(tmp_path).close()
        lines = [each for number in range(runs) for each in chain(f"{name}{number}")]
        write(tmp_path / f"{name}.jsonl", *numbered([segment_start(name), *lines]))
        logs = load(tmp_path)
        found.append(attached(logs))
        logs.close()
    assert found == [True, True, False, True]
