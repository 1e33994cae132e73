"""`-o FILE`: the file is there whole, or as it was before."""

import os
import stat
from pathlib import Path

import pytest

from lctrack_analysis import Logs, UsageError, render
from lctrack_analysis.cli import main
from sample_logs.make import HERE

LOGS = str(HERE / "i-spans")


def test_a_file_is_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("before")
    assert main([LOGS, "--table", "sessions", "-o", str(tmp_path / "x.csv")]) == 0
    assert (tmp_path / "x.csv").read_text().startswith("session_id,project,")
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_only_the_owner_may_read_what_was_written(tmp_path: Path) -> None:
    main([LOGS, "--table", "runs", "-o", str(tmp_path / "x.csv")])
    assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) == 0o600


@pytest.mark.parametrize("output_format", render.FORMATS)
def test_a_write_that_fails_leaves_the_old_file(
    output_format: str, samples: Logs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "x").write_text("before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="x cannot be written: No space left on device"):
        render.write_file(samples.query("FROM runs"), output_format, tmp_path / "x")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x", "before")]


def test_rendering_that_fails_leaves_the_old_file(
    samples: Logs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise RuntimeError

    (tmp_path / "x").write_text("before")
    monkeypatch.setattr(render, "render", broken)
    with pytest.raises(RuntimeError):
        render.write_file(samples.query("FROM runs"), "csv", tmp_path / "x")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x", "before")]


def test_what_a_link_points_to_is_replaced_and_the_link_stays(samples: Logs, tmp_path: Path) -> None:
    (tmp_path / "target.csv").write_text("before")
    (tmp_path / "link.csv").symlink_to(tmp_path / "target.csv")
    render.write_file(samples.query("SELECT 1 AS a"), "csv", tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "target.csv").read_text() == "a\n1\n"


@pytest.mark.parametrize("output_format", render.FORMATS)
def test_a_pipe_receives_the_rows_and_stays_a_pipe(output_format: str, samples: Logs, tmp_path: Path) -> None:
    # A pipe of our own stands for the devices too: a mistake here must not replace one of the machine's.
    result = samples.query("SELECT 1 AS a")
    render.write_file(result, output_format, tmp_path / "file")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    render.write_file(result, output_format, pipe)
    assert os.read(reader, 65_536) == (tmp_path / "file").read_bytes()
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pipe"]


@pytest.mark.parametrize("place", ["missing/x.csv", ".", "file/x.csv"])
def test_a_place_that_cannot_be_written_is_named(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main([LOGS, "--table", "runs", "-o", str(tmp_path / place)]) == 2
    output = capsys.readouterr()
    assert "cannot be written: " in output.err
    assert output.out == ""


@pytest.mark.parametrize(
    ("name", "begins"),
    [("x.csv", b"session_id,"), ("x.json", b"[\n  {"), ("x.jsonl", b'{"session_id"'), ("x.md", b"| session_id |"),
     ("x.parquet", b"PAR1"), ("x.CSV", b"session_id,"), ("x.txt", b"session_id "), ("x", b"session_id ")],
)  # fmt: skip
def test_the_name_of_the_file_tells_the_format(name: str, begins: bytes, tmp_path: Path) -> None:
    main([LOGS, "--table", "sessions", "-o", str(tmp_path / name)])
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_format_that_is_given_counts_more_than_the_name(tmp_path: Path) -> None:
    main([LOGS, "--table", "sessions", "--format", "jsonl", "-o", str(tmp_path / "x.csv")])
    assert (tmp_path / "x.csv").read_bytes().startswith(b'{"session_id"')


def test_a_table_in_a_file_has_no_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    main([LOGS, "--table", "sessions", "-o", str(tmp_path / "x.txt")])
    assert b"\x1b" not in (tmp_path / "x.txt").read_bytes()


def test_what_was_written_is_said_on_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([LOGS, "--sql", "SELECT 1", "-o", str(tmp_path / "x.csv")])
    main([LOGS, "--sql", "VALUES (1), (2)", "-o", str(tmp_path / "x.csv")])
    output = capsys.readouterr()
    assert f"1 row written to {tmp_path}/x.csv" in output.err
    assert f"2 rows written to {tmp_path}/x.csv" in output.err
    assert output.out == ""
