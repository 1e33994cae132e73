"""A sealed segment is a table to DuckDB and polars, and lines to the analysis."""

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from lctrack import _lines
from lctrack._row import Row
from lctrack._seal import seal
from lctrack_analysis.errors import UsageError
from lctrack_analysis.read import lines as analysis_lines
from lctrack_analysis.read.forms import lines_of
from lctrack_analysis.read.lines import DamagedError, read_lines
from lctrack_analysis.read.sealed import is_sealed, read_sealed
from tests.command.logs import NAME, SAMPLE_FILES, copied_sample, finished, line, segment

TYPES = {
    **dict.fromkeys(Row._fields, "VARCHAR"),
    **dict.fromkeys(("seq", "ts", "thread"), "BIGINT"),
    **dict.fromkeys(("tags", "masked", "lossy"), "VARCHAR[]"),
    "raw": "BLOB",
}


SELECTED = "seq, ts, event, run_id, name, tags, thread"


def rows(path: Path) -> list[tuple[Any, ...]]:
    """Give what a sample's events are, by their JSON alone."""
    events = [json.loads(text) for text in path.read_bytes().splitlines()]
    return [
        (e["seq"], e["ts"], e["event"], e.get("run_id"), e.get("name"), e.get("tags"), e.get("thread")) for e in events
    ]


SELECTED = "seq, ts, event, run_id, name, tags, thread"


def test_duckdb_reads_the_events(tmp_path: Path) -> None:
    path = copied_sample(tmp_path, "g-agent")
    expected = rows(path)
    sealed = seal(path)
    assert expected == duckdb.execute(f"SELECT {SELECTED} FROM '{sealed}' ORDER BY seq").fetchall()  # noqa: S608  # ours


def test_duckdb_sees_plain_types(tmp_path: Path) -> None:
    sealed = seal(copied_sample(tmp_path, "g-agent"))
    described = duckdb.execute(f"DESCRIBE FROM '{sealed}'").fetchall()
    assert list(TYPES.items()) == [(name, kind) for name, kind, *_ in described]


def test_duckdb_reads_into_the_fields_of_events(tmp_path: Path) -> None:
    path = copied_sample(tmp_path, "g-agent")
    expected = [("closed", len(path.read_bytes().splitlines()))]
    sealed = seal(path)
    query = f"SELECT data ->> '$.reason', (data ->> '$.events')::INT FROM '{sealed}' WHERE event = 'segment_end'"  # noqa: S608  # ours
    assert expected == duckdb.execute(query).fetchall()


def test_polars_reads_the_events(tmp_path: Path) -> None:
    path = copied_sample(tmp_path, "g-agent")
    expected = rows(path)
    assert expected == pl.read_parquet(seal(path)).select(SELECTED.split(", ")).rows()


def test_polars_reads_what_is_no_event_too(tmp_path: Path) -> None:
    path = segment(tmp_path, [line(0), b"\xff\n", line(1)])
    assert pl.read_parquet(seal(path, force=True))["raw"].to_list() == [None, b"\xff\n", None]


@pytest.mark.parametrize("file", SAMPLE_FILES, ids=lambda file: file.parent.name)
def test_the_analysis_reads_the_lines_with_their_numbers_and_places(tmp_path: Path, file: Path) -> None:
    path = Path(shutil.copy(file, tmp_path))
    expected = list(read_lines(path))
    sealed = seal(path, force=True)
    assert expected == list(read_sealed(sealed)) == list(lines_of(sealed))


def test_the_analysis_reads_odd_lines(tmp_path: Path) -> None:
    odd = [
        line(1, name='\x00\x1f\x7f\u2028\\"', tags=["é"], metadata={"k": None}, masked=["/b"], lossy=["/a"], x=1.5),
        b"\xff\n",
        b"\n",
        b"{",
    ]
    path = segment(tmp_path, odd)
    expected = list(read_lines(path))
    assert expected == list(read_sealed(seal(path, force=True)))


def test_the_analysis_leaves_out_lines_that_are_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = segment(tmp_path, [line(0), line(1, text="x" * 500), line(2)])
    monkeypatch.setattr(_lines, "MAX_LINE", 100)
    sealed = seal(path, force=True)
    monkeypatch.setattr("lctrack_analysis.read.sealed.MAX_LINE", 100)
    assert [each.content is not None for each in read_sealed(sealed)] == [True, False, True]
    assert analysis_lines.MAX_LINE == 256 * 1024 * 1024


def test_a_damaged_segment_gives_the_place_from_which_on_it_is(tmp_path: Path) -> None:
    sealed = seal(finished(tmp_path))
    content = bytearray(sealed.read_bytes())
    content[40] ^= 1  # within the first column
    sealed.write_bytes(content)
    with pytest.raises(DamagedError, match="damaged from here on") as caught:
        list(read_sealed(sealed))
    assert (caught.value.number, caught.value.offset) == (1, 0)


def test_another_table_is_no_sealed_segment(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "export.parquet")
    assert not is_sealed(tmp_path / "export.parquet")
    with pytest.raises(DamagedError, match="not a sealed segment"):
        list(read_sealed(tmp_path / "export.parquet"))


def test_a_sealed_segment_is_known_by_its_name_or_by_what_it_says(tmp_path: Path) -> None:
    assert is_sealed(seal(finished(tmp_path, "renamed")))
    (tmp_path / f"{NAME}.parquet").write_bytes(b"damaged")
    assert is_sealed(tmp_path / f"{NAME}.parquet")
    (tmp_path / "other.parquet").write_bytes(b"damaged")
    assert not is_sealed(tmp_path / "other.parquet")


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(read_sealed(tmp_path / "none.parquet"))
