"""The options of `lctrack-analyze` for complexity."""

import csv
import io
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from lctrack_analysis import doctor, load
from lctrack_analysis.cli import main
from lctrack_analysis.complexity import dictionary
from lctrack_analysis.pictures import model
from tests.analysis.writing import llm, numbered, segment_start, write


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    write(
        tmp_path / "logs" / "x.jsonl", *numbered([segment_start(), *llm("r", ["?"], [["El niño murciélago vuela."]])])
    )
    return tmp_path / "logs"


def language(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*arguments, "--table", "generations", "--format", "csv"]) == 0
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    return row["text_language"]


def test_lang_is_the_language_of_the_texts(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert language(capsys, str(logs)) == "en_US"
    assert language(capsys, str(logs), "--lang", "es") == "es"


def test_a_language_that_is_not_supported_is_wrong_usage(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(logs), "--lang", "../x"]) == 2
    assert "there is no language ../x: name one as en_US, de, es" in capsys.readouterr().err


def test_the_cache_is_kept_where_it_is_said(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    language(capsys, str(logs), "--no-cache")
    assert [path.name for path in logs.iterdir()] == ["x.jsonl"]
    language(capsys, str(logs), "--cache", str(tmp_path / "c"))
    assert [path.name for path in logs.iterdir()] == ["x.jsonl"]
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["complexity"]
    language(capsys, str(logs))
    assert sorted(path.name for path in logs.iterdir()) == [".lctrack", "x.jsonl"]


def test_a_cache_and_none_exclude_each_other(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(logs), "--cache", "c", "--no-cache"]) == 2
    assert "--cache and --no-cache exclude each other" in capsys.readouterr().err


@pytest.mark.parametrize("scope", ["model", "session"])
def test_the_summary_tells_mean_median_and_percentiles(
    scope: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = ["It is.", "Anaesthetists bewilder the extraordinary cat.", "A cat sat there, on the mat, all day long."]
    calls = [line for n, text in enumerate(texts) for line in llm(f"r{n}", ["?"], [[text]], n)]
    path = write(tmp_path / "x.jsonl", *numbered([segment_start(), *calls]))
    assert main([str(path)]) == 0
    section = capsys.readouterr().out.partition(f"Complexity by {scope} (")[2].partition("\n\n")[0].splitlines()
    told = {line.split()[-6]: line.split()[-5:] for line in section[3:]}
    rows = load(path).complexity.filter(scope=scope).rows_by_key("metric", named=True, unique=True)
    shown = ("flesch_reading_ease", "flesch_kincaid_grade", "smog_index", "gunning_fog", "difficult_words")
    assert {name: [float(value) for value in values] for name, values in told.items()} == {
        name: [round(rows[metric][name], 1) for metric in shown] for name in ("mean", "median", "p10", "p90")
    }


def test_the_doctor_needs_no_logs_and_names_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["ok"] * 3
    assert any("126,052 words" in line and str(dictionary.ARCHIVE) in line for line in lines)
    assert any("textstat" in line and "0.7" in line for line in lines)
    assert any("en_core_web_sm" in line for line in lines)


def test_the_doctor_says_what_to_bring(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(doctor, "version", missing)
    monkeypatch.setattr(model, "version", missing)
    assert main(["--doctor"]) == 1
    told = capsys.readouterr().out
    assert "MISSING textstat" in told
    assert "pip install 'lctrack-analysis[spacy]'" in told
    assert "pip install 'textstat>=0.7.13,<0.8'" in told
    assert "pip install --no-deps ./en_core_web_sm-<version>-py3-none-any.whl" in told


def test_the_doctor_tells_of_a_damaged_dictionary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dictionary, "ARCHIVE", tmp_path / "none.zip")
    dictionary.pronounced.cache_clear()
    assert main(["--doctor"]) == 1
    dictionary.pronounced.cache_clear()
    assert "install lctrack-analysis again" in capsys.readouterr().out
