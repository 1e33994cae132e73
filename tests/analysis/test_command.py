"""The command as a user meets it: one clear sentence for each mistake, the right exit code, data on standard output."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lctrack_analysis import cli
from lctrack_analysis.cli import main
from sample_logs.make import HERE, TORN
from tests.analysis.writing import chain, numbered, segment_start, write

WHOLE, BROKEN = str(HERE / "i-spans"), str(HERE / TORN)
COMMAND = [sys.executable, "-m", "lctrack_analysis.cli"]


def run(*arguments: str, stdin: bytes = b"", **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [*COMMAND, *arguments], input=stdin, capture_output=True, check=False, env={**os.environ, **environment}
    )


BAD_INPUT = [
    (["{}/nowhere"], 2, "{}/nowhere does not exist: give a log file, a directory of logs, or a pattern that matches"),
    (["{}/*.nothing"], 2, "{}/*.nothing does not exist: give a log file"),
    (["{}/empty"], 1, "no log files in {}/empty: a recorder writes *.jsonl there; was anything recorded?"),
    (["{}/notes.txt"], 1, "{}/notes.txt holds no lctrack event: line 1 is not JSON"),
    (["{}/blank.jsonl"], 1, "{}/blank.jsonl holds no event yet"),
    (["{}/future.jsonl"], 1, "{}/future.jsonl holds no lctrack event: line 1 is of log format 9, and this"),
    ([WHOLE, "--sql", "SELECT 1", "-f", "x.sql"], 2, "--sql, --file and --table exclude each other"),
    ([WHOLE, "-f", "{}/nowhere.sql"], 2, "{}/nowhere.sql cannot be read: No such file or directory"),
    ([WHOLE, "-f", "{}/latin.sql"], 2, "{}/latin.sql cannot be read: it is not UTF-8"),
    ([WHOLE, "--sql", "SELECT 1", "--timeout", "soon"], 2, "argument --timeout: invalid"),
    ([WHOLE, "--sql", "SELECT 1", "--timeout", "-1"], 2, "argument --timeout: -1 is no number of seconds"),
    ([WHOLE, "--sql", "SELECT 1; FROM rnus"], 1, "statement 2 of 2: there is no table rnus: did you mean runs?"),
    ([WHOLE, "--table", "generation"], 2, "there is no table generation: did you mean generations or"),
    ([WHOLE, "--table", "nothing"], 2, "there is no table nothing: choose one of events, runs, traces,"),
    ([WHOLE, "--sql", "SELEC 1"], 1, 'Parser Error: syntax error at or near "SELEC"'),
    ([WHOLE, "--sql", "SELECT nme FROM runs"], 1, 'Binder Error: Referenced column "nme" not found'),
    ([WHOLE, "--sql", "DROP TABLE runs"], 1, "DROP statements are not allowed: tables can only be read"),
    ([WHOLE, "--sql", ""], 1, "give a SQL statement: this is none"),
    ([WHOLE, "--sql", "SELECT 1", "--table", "runs"], 2, "--sql, --file and --table exclude each other"),
    ([WHOLE, "--format", "csv"], 2, "--format and --output say how rows are written"),
    ([WHOLE, "-o", "x.csv"], 2, "--format and --output say how rows are written"),
    ([WHOLE, "--table", "runs", "--format", "parquet"], 2, "--format parquet needs a file to write: add -o FILE"),
    ([WHOLE, "--sql", "SELECT 1; SELECT 2", "-o", "{}/x.csv"], 2, "--output takes the rows of one query: this is 2"),
    ([WHOLE, "--format", "xml"], 2, "argument --format: invalid choice: 'xml'"),
    ([], 2, "the following arguments are required: LOGS; see lctrack-analyze --help"),
]


@pytest.mark.parametrize(("arguments", "code", "sentence"), BAD_INPUT)
def test_a_mistake_gets_one_sentence_and_its_exit_code(
    arguments: list[str], code: int, sentence: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path / "notes.txt", b"hello\n")
    write(tmp_path / "blank.jsonl")
    (tmp_path / "latin.sql").write_bytes("SELECT 'é'".encode("latin-1"))
    write(tmp_path / "future.jsonl", {**segment_start(), "format": 9}, *chain("r"))
    arguments = [argument.replace("{}", str(tmp_path)) for argument in arguments]
    try:
        actual = main(arguments)
    except SystemExit as leaving:
        actual = leaving.code  # type: ignore[assignment]  # argparse leaves with a number
    output = capfd.readouterr()
    assert code == actual
    assert output.err.startswith(f"lctrack-analyze: {sentence.replace('{}', str(tmp_path))}")
    assert "Traceback" not in output.err
    assert output.out == ""
    assert not (tmp_path / "x.csv").exists()


def test_a_mistake_is_the_same_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = run(str(tmp_path / "nowhere"))
    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert done.stdout == b""


def test_text_that_is_no_unicode_is_refused_in_a_sentence() -> None:
    done = run(WHOLE, "--sql", stdin=b"SELECT '\xff'")
    assert (done.returncode, done.stderr) == (1, b"lctrack-analyze: the SQL is not valid Unicode text\n")


def test_without_a_question_there_is_a_summary(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([WHOLE]) == 0
    output = capsys.readouterr()
    assert output.out.startswith("1 session · 1 trace · 6 runs · 1 generation · ")
    assert output.err == ""


def test_rows_go_to_standard_output_and_nothing_else_does(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main([BROKEN, "--sql", "SELECT count(*) AS n FROM problems", "--format", "csv"]) == 0
    output = capsysbinary.readouterr()
    assert output.out == b"n\n1\n"
    assert output.err == b"lctrack-analyze: 1 line could not be used: --table problems lists them\n"


@pytest.mark.parametrize(("logs", "code"), [(WHOLE, 0), (BROKEN, 4)])
@pytest.mark.parametrize("question", [[], ["--table", "runs"], ["--sql", "SELECT 1"]])
def test_strict_tells_problems_by_the_exit_code(
    logs: str, code: int, question: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert code == main([logs, "--strict", *question])
    assert capsys.readouterr().out


def test_several_queries_are_answered_in_order(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main([WHOLE, "--sql", "SELECT 1 AS a; SELECT 2 AS b", "--format", "csv"]) == 0
    assert capsysbinary.readouterr().out == b"a\n1\nb\n2\n"


def test_queries_are_read_from_a_pipe() -> None:
    done = run(WHOLE, "--sql", "--format", "jsonl", stdin=b"SELECT 1 AS a;\nSELECT 'x' AS b")
    assert (done.returncode, done.stdout) == (0, b'{"a":1}\n{"b":"x"}\n')


def test_queries_are_read_from_a_file(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "x.sql").write_text("\ufeff-- one\nSELECT 'é' AS a;\nSELECT 2 AS b;\n", encoding="utf-8")
    assert main([WHOLE, "-f", str(tmp_path / "x.sql"), "--format", "jsonl"]) == 0
    assert capsysbinary.readouterr().out == '{"a":"é"}\n{"b":2}\n'.encode()


def test_a_dash_for_the_file_is_standard_input() -> None:
    done = run(WHOLE, "--file", "-", "--format", "csv", stdin=b"SELECT 1 AS a")
    assert (done.returncode, done.stdout) == (0, b"a\n1\n")


def test_what_was_answered_before_a_query_that_fails_is_there() -> None:
    done = run(WHOLE, "--sql", "SELECT 1 AS a; SELECT error('oops'); SELECT 3 AS c", "--format", "csv")
    assert (done.returncode, done.stdout) == (1, b"a\n1\n")
    assert done.stderr == b"lctrack-analyze: statement 2 of 3: Invalid Input Error: oops\n"


def test_a_number_in_the_name_of_the_output_makes_a_file_for_each_query(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([WHOLE, "--sql", "SELECT 1 AS a; SELECT 2 AS b", "-o", str(tmp_path / "x-{n}.csv")]) == 0
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"x-1.csv": "a\n1\n", "x-2.csv": "b\n2\n"}
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("1 row written to ") == 2


def test_several_logs_are_one(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    main([WHOLE, BROKEN, f"{HERE}/d-*", "--sql", "SELECT count(DISTINCT segment) FROM events", "--format", "csv"])
    assert capsysbinary.readouterr().out.endswith(b"\n4\n")


@pytest.mark.parametrize("question", [[], ["--table", "events", "--format", "csv"]])
def test_a_reader_that_leaves_early_is_no_error(question: list[str], tmp_path: Path) -> None:
    write(tmp_path / "x.jsonl", *numbered([segment_start(), *[line for n in range(20) for line in chain(f"r{n}", n)]]))
    process = subprocess.Popen(
        [*COMMAND, str(tmp_path), *question], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.parametrize("question", [[], ["--table", "runs", "--format", "csv"]])
def test_output_that_finds_no_room_is_told(question: list[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*COMMAND, WHOLE, *question], stdout=full, stderr=subprocess.PIPE, check=False)
    sentence = b"lctrack-analyze: the output cannot be written: No space left on device\n"
    assert (done.returncode, done.stderr) == (1, sentence)


def test_a_terminal_without_unicode_gets_what_it_can_show() -> None:
    done = run(WHOLE, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert rb"1 session \xb7 1 trace" in done.stdout


def test_an_interrupted_question_ends_without_a_traceback() -> None:
    endless = "SELECT count(*) FROM range(1000000000000) AS a(x) WHERE sin(x) > 2"
    process = subprocess.Popen([*COMMAND, WHOLE, "--sql", endless], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    finally:
        process.kill()
    assert (process.returncode, output, errors) == (130, b"", b"")


def test_an_error_of_our_own_is_one_sentence_unless_the_user_asks_for_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(cli, "_check", broken)
    assert main([WHOLE]) == 1
    sentence = "lctrack-analyze: internal error, ZeroDivisionError: oops; LCTRACK_DEBUG=1 shows where\n"
    assert sentence == capsys.readouterr().err
    monkeypatch.setenv("LCTRACK_DEBUG", "1")
    assert main([WHOLE]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_help_and_version_need_neither_polars_nor_duckdb() -> None:
    code = (
        "import sys\nfrom lctrack_analysis.cli import main\n"
        "try: main([sys.argv[1]])\nexcept SystemExit: print('duckdb' in sys.modules, 'polars' in sys.modules)"
    )
    for option in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "False False"
