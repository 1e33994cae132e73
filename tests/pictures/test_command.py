"""The options of `lctrack-analyze` for spaCy."""

import csv
import io
from pathlib import Path

import pytest

from lctrack_analysis import cli
from lctrack_analysis.cli import main
from lctrack_analysis.pictures import MOST, fill
from tests.analysis.test_progress import Terminal
from tests.pictures.conftest import WriteTexts
from tests.pictures.sentences import TEXT


@pytest.fixture
def logs(write_texts: WriteTexts) -> str:
    return str(write_texts(TEXT, "Berlin sleeps!").parent)


def test_pictures_are_drawn_beside_the_summary(
    logs: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([logs, "--visualize", str(tmp_path / "p"), "--spacy-model", str(model)]) == 0
    told = capsys.readouterr()
    assert told.err == f"lctrack-analyze: 2 texts drawn into {tmp_path / 'p'}, 0 drawn before\n"
    assert "1 session · " in told.out
    assert len(list((tmp_path / "p").iterdir())) == 4


def test_rows_that_are_asked_for_besides_have_the_links(
    logs: str, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [logs, "--visualize", "--spacy-model", str(model), "--table", "session_analysis", "--format", "csv"]
    assert main(asked) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    pictures = Path(logs) / ".lctrack" / "pictures"
    assert {row[name] for row in rows for name in ("dependency_tree", "entities")} == {
        path.name for path in pictures.iterdir()
    }


def test_pictures_are_drawn_also_where_the_query_does_not_need_them(logs: str, model: Path) -> None:
    assert main([logs, "--visualize", "--spacy-model", str(model), "--sql", "SELECT 1"]) == 0
    assert (Path(logs) / ".lctrack" / "pictures").is_dir()


def test_what_the_limit_leaves_out_is_told(logs: str, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([logs, "--visualize", "--visualize-max", "1", "--spacy-model", str(model)]) == 0
    assert "1 text left out: --visualize-max says how many are drawn\n" in capsys.readouterr().err


def test_the_limit_in_the_help_is_the_limit() -> None:
    assert f"draw no more than N distinct texts (default: {MOST})" in " ".join(cli.parser().format_help().split())


@pytest.mark.parametrize("number", ["-1", "x", "1.5", "²", ""])
def test_a_limit_that_is_no_number_is_wrong_usage(number: str, logs: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([logs, "--visualize", f"--visualize-max={number}"])
    assert stopped.value.code == 2
    assert "is no whole number" in capsys.readouterr().err


def test_a_limit_alone_is_wrong_usage(logs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([logs, "--visualize-max", "3"]) == 2
    assert "add that" in capsys.readouterr().err


def test_logs_that_were_taken_for_the_directory_are_told(logs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--visualize", logs]) == 2
    assert "put LOGS first" in capsys.readouterr().err


def test_a_model_that_is_not_there_fails_before_anything_is_read(logs: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([logs, "--visualize", "--spacy-model", "zz_none"]) == 1
    assert main([logs, "--visualize", "--spacy-model", "./zz_none"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "pip install --no-deps ./zz_none-" in told.err
    assert not (Path(logs) / ".lctrack").exists()


def test_a_bar_is_shown_where_somebody_watches(logs: str, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr("lctrack_analysis.progress._PATIENCE", 0)
    monkeypatch.setattr("lctrack_analysis.progress._PAUSE", 0)
    monkeypatch.setattr(fill, "_PORTION", 1)
    monkeypatch.setattr("sys.stderr", stream)
    main([logs, "--visualize", "--spacy-model", str(model)])
    assert "reading with spaCy" in stream.getvalue()
    assert " 2 of 2 texts" in stream.getvalue()
