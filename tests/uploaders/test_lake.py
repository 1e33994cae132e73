"""Lakes of Parquet and Delta: what readers find there, and that a session has one place."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from lctrack_analysis import load
from lctrack_uploaders.contract import Target
from lctrack_uploaders.errors import LostError, RefusedError, UploadError
from lctrack_uploaders.testing.suite import create, is_a_sentence
from lctrack_uploaders.units import TABLES, Unit, units
from tests.uploaders.frames import START, FrameLogs, Rows, agent
from tests.uploaders.lake_reading import BucketRoot, FolderRoot, Lake

SAMPLES = Path(__file__).parents[2] / "sample_logs"
DAY = 86_400 * 10**9


@pytest.fixture(params=["parquet", "delta"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    if request.param == "delta":
        pytest.importorskip("deltalake")
    return Lake(request.param, FolderRoot(tmp_path))


@pytest.fixture
def parquet(tmp_path: Path) -> Lake:
    return Lake("parquet", FolderRoot(tmp_path))


def target_of(lake: Lake) -> Target:
    return create(lake.kind, lake.options, Path())


def deliver(lake: Lake, unit: Unit) -> None:
    target = target_of(lake)
    delivery = target.open(unit)
    for step in target.plan(unit):
        delivery.do(step)
    delivery.verify()


def unit_of(rows: Rows | None = None) -> Unit:
    return next(units(FrameLogs(rows or agent())))


def test_all_rows_of_all_samples_are_there_with_their_tokens_and_errors(lake: Lake) -> None:
    logs = load([SAMPLES])
    owned = 0
    for unit in units(logs):
        deliver(lake, unit)
        owned += unit.tables["runs"].height
    found = lake.tables()
    expected = {name: getattr(logs, name).height for name in TABLES}
    expected["complexity"] = logs.complexity.filter(pl.col("session_id").is_not_null()).height
    assert {name: height for name, height in expected.items() if height} == {
        name: frame.height for name, frame in found.items()
    }
    assert owned == logs.runs.height
    for column in ("input_tokens", "output_tokens", "total_tokens", "duration_ms"):
        assert found["runs"][column].sum() == pytest.approx(logs.runs[column].sum(), rel=1e-12)
    assert found["runs"].filter(status="error").height == logs.runs.filter(status="error").height


def test_times_are_microseconds_of_utc(lake: Lake) -> None:
    deliver(lake, unit_of())
    first = lake.tables()["runs"]["start_time"].min()
    assert isinstance(first, datetime)
    assert first.astimezone(UTC) == datetime(2025, 1, 1, microsecond=START % 10**9 // 1000, tzinfo=UTC)


def test_the_partition_is_the_day_on_which_the_session_started(lake: Lake) -> None:
    deliver(lake, unit_of())
    for frame in lake.tables().values():
        assert frame["date"].unique().to_list() == [date(2025, 1, 1)]


def test_a_session_that_turns_out_to_have_started_on_another_day_moves(lake: Lake) -> None:
    deliver(lake, unit_of())
    rows = agent()
    rows["sessions"][0]["start_time"] -= DAY
    deliver(lake, unit_of(rows))
    for name, frame in lake.tables().items():
        assert (name, frame["date"].unique().to_list()) == (name, [date(2024, 12, 31)])
    assert lake.tables()["runs"].height == 8


def test_a_table_in_which_a_session_has_no_rows_any_more_has_none(lake: Lake) -> None:
    deliver(lake, unit_of())
    assert lake.tables()["scores"].height == 1
    rows = agent()
    rows["scores"] = []
    deliver(lake, unit_of(rows))
    assert lake.tables().get("scores", pl.DataFrame()).height == 0


def test_a_session_of_any_name_is_replaced_and_leaves_others_alone(lake: Lake) -> None:
    names = ["it's", "it''s", "../../x", "A", "a"]
    for name in names * 2:
        rows: Rows = {table: [{**row, "session_id": name} for row in found] for table, found in agent().items()}
        deliver(lake, unit_of(rows))
    sessions = lake.tables()["sessions"]
    assert sorted(names) == sorted(sessions["lctrack_session"].to_list())
    assert sorted(names) == sorted(sessions["session_id"].to_list())


def test_what_was_deleted_is_told_as_lost(lake: Lake) -> None:
    unit = unit_of()
    deliver(lake, unit)
    folder = lake.root.local()
    for path in (folder / "runs").rglob("*.*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(LostError) as raised:
        target_of(lake).open(unit).verify()
    assert is_a_sentence(str(raised.value))


def test_a_lake_of_delta_tables_that_was_made_anew_is_another(tmp_path: Path) -> None:
    pytest.importorskip("deltalake")
    first, second = (Lake("delta", FolderRoot(tmp_path)) for _ in range(2))
    ids = [target_of(lake).open(unit_of()).remote_id for lake in (first, first, second)]
    assert ids[0] == ids[1] != ids[2]


def test_a_repetition_leaves_no_second_file(parquet: Lake) -> None:
    deliver(parquet, unit_of())
    before = parquet.files()
    deliver(parquet, unit_of())
    assert parquet.files() == before
    assert "runs/date=2025-01-01/session-1.parquet" in before


def test_the_list_names_what_there_is(parquet: Lake) -> None:
    deliver(parquet, unit_of())
    files = parquet.files()
    listed = json.loads(files.pop("_lctrack/session-1.json"))
    assert sorted(files) == listed


def test_nothing_is_removed_but_what_is_the_sessions_own(parquet: Lake) -> None:
    deliver(parquet, unit_of())
    folder = parquet.root.local()
    others = ["runs/date=2025-01-01/other.parquet", "secret.txt", "../outside/session-1.parquet"]
    for name in others:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("mine")
    (folder / "_lctrack" / "session-1.json").write_text(json.dumps([*others, 3]))
    deliver(parquet, unit_of())
    assert [name for name in others if not (folder / name).is_file()] == []


def test_polars_and_duckdb_read_the_same_from_the_partitions(parquet: Lake) -> None:
    deliver(parquet, unit_of())
    folder = parquet.root.local() / "runs"
    ours = pl.scan_parquet(folder, hive_partitioning=True).select("run_id", "input_tokens", "date").collect()
    theirs = (
        duckdb.read_parquet(f"{folder}/*/*.parquet", hive_partitioning=True)
        .project("run_id, input_tokens, date")
        .fetchall()
    )
    assert sorted(ours.rows(), key=str) == sorted(theirs, key=str)


@pytest.mark.parametrize("kind", ["parquet", "delta"])
def test_a_bucket_that_is_not_there_is_told_in_one_sentence(
    kind: str, tmp_path: Path, sagemaker_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "delta":
        pytest.importorskip("deltalake")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    lake = Lake(kind, BucketRoot(sagemaker_server, tmp_path))
    lake.options[f"{kind}_path"] = "s3://no-such-bucket/lake"
    with pytest.raises(UploadError) as raised:
        deliver(lake, unit_of())
    assert is_a_sentence(str(raised.value))
    assert isinstance(raised.value, RefusedError)


def test_a_file_is_not_seen_before_it_is_whole(parquet: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_room(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    deliver(parquet, unit_of())
    before: Any = parquet.everything()
    monkeypatch.setattr("lctrack_uploaders.files.os.fsync", out_of_room)
    rows = agent()
    rows["runs"] = rows["runs"][:1]
    with pytest.raises(UploadError, match="No space left on device"):
        deliver(parquet, unit_of(rows))
    monkeypatch.undo()
    assert parquet.everything() == before
