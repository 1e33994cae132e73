"""The questions on the command line: rows in every format, one sentence for each mistake."""

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest

from lctrack_analysis import Logs
from lctrack_analysis.cli import main
from lctrack_analysis.questions import compare, error_groups, search, slowest
from sample_logs.make import HERE

WHOLE = str(HERE / "h-errors")
QUESTIONS = {
    "errors": ["--errors"],
    "slowest": ["--slowest", "4"],
    "compare": ["--compare", "turbine", "turbine"],
    "search": ["--search", "the"],
}


def rows(question: str, logs: Logs) -> pl.DataFrame:
    asked = {
        "errors": lambda: error_groups(logs),
        "slowest": lambda: slowest(logs, 4),
        "compare": lambda: compare(logs, "turbine", "turbine"),
        "search": lambda: search(logs, "the"),
    }
    return asked[question]().frame


@pytest.fixture(scope="module")
def turbine(samples: Logs) -> Logs:
    return samples.filter(session="turbine")


@pytest.mark.parametrize("question", QUESTIONS)
def test_rows_are_written_in_every_format(
    question: str, turbine: Logs, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    expected = rows(question, turbine)
    assert not expected.is_empty()

    def told(*arguments: str) -> str:
        assert main([WHOLE, *QUESTIONS[question], *arguments]) == 0
        return capsysbinary.readouterr().out.decode()

    objects = json.loads(told("--format", "json"))
    assert expected.columns == list(objects[0])
    assert expected.height == len(objects)
    assert objects == [json.loads(line) for line in told("--format", "jsonl").splitlines()]
    assert expected.columns == next(csv.reader(io.StringIO(told("--format", "csv"))))
    assert told("--format", "markdown").count("\n") == expected.height + 2
    shown = (
        expected.filter(pl.col("a").is_not_null() | pl.col("b").is_not_null()) if question == "compare" else expected
    )
    assert told().count("\n") == shown.height + 2
    assert told("-o", str(tmp_path / "x.parquet")) == ""
    assert expected.equals(pl.read_parquet(tmp_path / "x.parquet"))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_table_for_a_terminal_has_the_columns_that_matter(question: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([WHOLE, *QUESTIONS[question]])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 220


MISTAKES = [
    (["--errors", "--slowest"], 2, "--errors and --slowest exclude each other: ask for one at a time"),
    (["--sql", "SELECT 1", "--search", "x"], 2, "--sql and --search exclude each other"),
    (["--kind", "tool"], 2, "--kind goes with --slowest alone"),
    (["--errors", "--limit", "3"], 2, "--limit goes with --search alone"),
    (["--dedupe"], 2, "--dedupe goes with --export alone"),
    (["--include-failed"], 2, "--include-failed goes with --export alone"),
    (["--slowest", "0"], 2, "argument --slowest: invalid number above 0 value: '0'"),
    (["--slowest", "many"], 2, "argument --slowest: invalid number above 0 value: 'many'"),
    (["--compare", "turbine", "turbin"], 1, "there is no session, project, group or tag turbin: near is turbine"),
    (["--export", "xml", "{}/x"], 2, "a data set cannot be xml: choose one of chat, pairs"),
    (["--export", "chat", "{}/no/x"], 2, "{}/no/x cannot be written: No such file or directory"),
    (["--export", "chat", "{}/x", "--format", "csv"], 2, "--export writes its own format into its own file"),
    (["--search", "?!"], 2, "there is no word to search for"),
    (["--errors", "--session", "turbin"], 1, "there is no session turbin: near is turbine"),
    (["--since", "soon"], 2, "soon is no time: give one such as 2026-11-20"),
]


@pytest.mark.parametrize(("arguments", "code", "sentence"), MISTAKES)
def test_a_mistake_gets_one_sentence_and_its_exit_code(
    arguments: list[str], code: int, sentence: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        actual = main([WHOLE, *(argument.replace("{}", str(tmp_path)) for argument in arguments)])
    except SystemExit as leaving:
        actual = leaving.code  # type: ignore[assignment]  # argparse leaves with a number
    output = capfd.readouterr()
    assert code == actual
    assert output.err.startswith(f"lctrack-analyze: {sentence.replace('{}', str(tmp_path))}")
    assert output.err.count("\n") == 1
    assert output.out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_export_tells_what_became_of_every_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "set.jsonl"
    assert main([WHOLE, "--export", "pairs", str(path)]) == 0
    output = capsys.readouterr()
    assert output.out == ""
    written = len(path.read_text().splitlines())
    assert output.err == f"lctrack-analyze: {written} examples written to {path}; left out: 1 failed\n"


def test_a_comparison_tells_who_is_who(capsys: pytest.CaptureFixture[str]) -> None:
    main([WHOLE, "--compare", "turbine", "project:langchain_callback_demo"])
    expected = "lctrack-analyze: a is turbine (1 session), b is langchain_callback_demo (1 session)\n"
    assert expected == capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(["--errors"], "there is no error in these logs"), (["--search", "zyzzyva"], "nothing holds all of: zyzzyva")],
)
def test_no_rows_are_told(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(HERE / "b-sequential"), *arguments])
    assert f"lctrack-analyze: {sentence}\n" == capsys.readouterr().err


def test_filters_apply_to_the_summary_and_to_every_kind_of_rows(capsys: pytest.CaptureFixture[str]) -> None:
    everything = str(HERE)
    main([everything, "--session", "adviser"])
    assert capsys.readouterr().out.startswith("1 session · 1 trace · 29 runs · 7 generations · ")
    counts = {}
    for name, question in {
        "table": ["--table", "runs"],
        "sql": ["--sql", "FROM runs"],
        "slowest": ["--slowest", "999"],
    }.items():
        main([everything, "--session", "adviser", "--format", "jsonl", *question])
        counts[name] = len(capsys.readouterr().out.splitlines())
    assert counts == {"table": 29, "sql": 29, "slowest": 29}
    main([everything, "--session", "adviser", "--errors", "--format", "jsonl"])
    assert capsys.readouterr().out == ""
