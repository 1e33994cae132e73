"""CSV cells that a spreadsheet would run are text, and nothing is lost by that."""

import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_analysis import Logs
from lctrack_analysis.cli import main
from lctrack_analysis.query import Result
from lctrack_analysis.render import render
from tests.analysis.writing import llm, numbered, segment_start, write

FORMULA = "=cmd|'/c calc'!A0"
BEGINS = "=+-@\t\r\n＝＋－＠"  # noqa: RUF001  # the wide forms count too


def cells(frame: pl.DataFrame, *, raw: bool = False) -> list[list[str]]:
    text = render(Result(frame, frozenset()), "csv", raw_csv=raw).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("begin", BEGINS)
def test_text_that_would_be_run_gets_an_apostrophe(begin: str) -> None:
    assert cells(pl.DataFrame({"a": [f"{begin}1+1", "x=1"]})) == [["a"], [f"'{begin}1+1"], ["x=1"]]


def test_numbers_stay_numbers() -> None:
    frame = pl.DataFrame({"n": [-1, 2], "f": [-0.5, 1e300], "t": ["-5", "+3.25e-7"], "d": [".5", "-5-5"]})
    assert cells(frame)[1:] == [["-1", "-0.5", "-5", ".5"], ["2", "1e+300", "+3.25e-7", "'-5-5"]]


def test_names_of_columns_and_nested_values_are_made_harmless_too() -> None:
    frame = pl.DataFrame({"=1+1": [["=2"]], "-": [None]})
    assert cells(frame) == [["'=1+1", "'-"], ['["=2"]', ""]]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), min_size=1, max_size=5))
def test_one_apostrophe_taken_away_gives_what_was_there(texts: list[str]) -> None:
    written = [row[0] for row in cells(pl.DataFrame({"a": texts}))[1:]]
    assert [
        text for text in written if text[0] in BEGINS and not re.fullmatch(r"[+-][0-9.]+(?:[eE][+-]?[0-9]+)?", text)
    ] == []
    read = [text[1:] if re.match(f"'+[{re.escape(BEGINS)}]", text) else text for text in written]
    assert read == texts


@given(st.text(alphabet="'=+-@5.e\t x", min_size=1, max_size=6))
def test_apostrophes_before_a_formula_are_kept_apart(text: str) -> None:
    (written,) = cells(pl.DataFrame({"a": [text]}))[1]
    assert text == (written[1:] if re.match(f"'+[{re.escape(BEGINS)}]", written) else written)


def test_raw_cells_are_as_they_were() -> None:
    frame = pl.DataFrame({"=a": [FORMULA]})
    assert cells(frame, raw=True) == [["=a"], [FORMULA]]


@pytest.mark.parametrize(("options", "expected"), [([], f"'{FORMULA}"), (["--raw-csv"], FORMULA)])
@pytest.mark.parametrize("in_file", [False, True])
def test_the_command_writes_harmless_cells_unless_asked_for_raw_ones(
    options: list[str], expected: str, tmp_path: Path, *, in_file: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    logs = write(tmp_path / "one.jsonl", *numbered([segment_start(), *llm("r", ["p"], [[FORMULA]])]))
    target = ["-o", str(tmp_path / "x.csv")] if in_file else ["--format", "csv"]
    assert main([str(logs), "--sql", "SELECT text FROM generations", *target, *options]) == 0
    written = (tmp_path / "x.csv").read_text() if in_file else capsys.readouterr().out
    assert [["text"], [expected]] == list(csv.reader(io.StringIO(written)))


@pytest.mark.parametrize("output_format", ["json", "jsonl", "markdown", "table"])
def test_other_formats_are_as_they_were(output_format: str, samples: Logs) -> None:
    assert b"'=1" not in render(samples.query("SELECT '=1' AS a"), output_format)
