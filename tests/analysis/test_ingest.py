"""However logs are read, in processes, in pieces, from a cache: the rows are those that the careful reader gives."""

from pathlib import Path

import pytest
from workload.segments import write_logs

from lctrack_analysis import load
from lctrack_analysis.ingest import plan, pool
from tests.analysis.careful import carefully, same, staged
from tests.analysis.writing import chain, numbered, segment_start, write


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    write_logs(folder / "a", 1_500, seed=3)
    write_logs(folder / "b", 700, seed=4)
    return folder


@pytest.fixture
def in_small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let even small logs be read by several processes, and in pieces."""
    monkeypatch.setattr(pool, "_LEAST_BYTES", 0)
    monkeypatch.setattr(plan, "RANGE", 100_000)
    monkeypatch.setattr(plan, "BATCH", 200_000)


def test_the_samples_are_read_as_by_the_careful_reader(sample_files: Path) -> None:
    same(carefully(sample_files), staged(load(sample_files, cache=False)))


@pytest.mark.usefixtures("in_small_pieces")
def test_pieces_read_by_several_processes_are_the_whole(generated: Path) -> None:
    same(carefully(generated), staged(load(generated, cache=False)))


def test_generated_logs_are_sound_for_the_recorders_own_command(generated: Path) -> None:
    from lctrack.command.cli import main

    assert main(["verify", str(generated)]) == 0


@pytest.mark.usefixtures("in_small_pieces")
def test_a_piece_knows_the_blobs_and_the_segment_before_it(tmp_path: Path) -> None:
    blob = b'{"ts": 1, "event": "\\u0062lob", "digest": "d", "value": ["kept"]}\n'
    padding = numbered([{"ts": 1, "event": "text", "run_id": "r", "text": "x" * 50_000} for _ in range(6)])
    last = {"ts": 2, "event": "chain_start", "run_id": "r", "inputs": {"$blob": "d"}}
    file = write(tmp_path / "x.jsonl", segment_start("its own name"), blob, *padding, last)
    logs = load(file, cache=False)
    assert logs.runs["inputs"].to_list() == ['["kept"]']
    assert logs.events["segment"].unique().to_list() == ["its own name"]
    same(carefully(file), staged(logs))


def test_what_is_temporary_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    logs = load(write(tmp_path / "logs" / "x.jsonl", *chain("r")), cache=False)
    assert len(list((tmp_path / "temporary").iterdir())) == 1
    logs.close()
    assert list((tmp_path / "temporary").iterdir()) == []
