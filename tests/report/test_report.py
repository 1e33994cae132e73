"""The files of a report: what is in them, that none of it is obeyed, and that they are there whole or not at all."""

import base64
import hashlib
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lctrack_analysis import Logs
from lctrack_analysis.cli import main
from lctrack_analysis.errors import AnalysisError, UsageError
from lctrack_analysis.report import pieces, write_report
from lctrack_analysis.report.excerpt import excerpt
from lctrack_analysis.report.folder import MARK
from lctrack_analysis.report.page import SCRIPTS, STYLE
from lctrack_analysis.report.pool import KEY, Pool
from lctrack_analysis.report.safe import as_json, inline_json, script
from sample_logs.make import HERE
from tests.analysis.conftest import load_events, sample_files, samples  # noqa: F401  # fixtures
from tests.report.conftest import Report
from tests.report.hostile import PAYLOADS
from tests.report.pooled import inside

ARBITRARY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text() | st.sampled_from(PAYLOADS[:-1]),
    lambda inside: st.lists(inside) | st.dictionaries(st.text() | st.sampled_from([KEY, "__proto__"]), inside),
    max_leaves=20,
)


@given(ARBITRARY)
def test_what_a_script_holds_is_what_was_given(value: Any) -> None:
    text = script("x", as_json(value)).decode()
    held = text.removeprefix("lctrack.receive('x', '").removesuffix("');\n")
    assert re.search(r"[<>&\n\u2028\u2029]|(?<!\\)(?:\\\\)*'", held) is None
    assert json.loads(re.sub(r"\\(.)", r"\1", held, flags=re.DOTALL)) == value


@given(ARBITRARY)
def test_what_a_page_holds_is_what_was_given_and_ends_no_script(value: Any) -> None:
    text = inline_json(as_json(value))
    assert re.search(rb"[<>&]", text) is None
    assert json.loads(text) == value


def test_half_a_pair_and_a_number_that_is_too_long_are_written() -> None:
    assert json.loads(as_json({"a": "\ud800", "b": [2**70]})) == {"a": "?", "b": [float(2**70)]}


@settings(max_examples=200)
@given(st.lists(ARBITRARY))
def test_a_pool_gives_back_what_was_put_into_it(values: list[Any]) -> None:
    pool = Pool()
    taken = [pool.taken({"x": value}) for value in values]
    assert [{"x": value} for value in values] == [inside(each, pool.values) for each in taken]


def test_what_a_trace_repeats_is_written_once() -> None:
    history = [{"role": "user", "content": f"message {number} " * 20} for number in range(200)]
    pool = Pool()
    taken = [pool.taken({"messages": history[:count]}) for count in range(200)]
    once = len(as_json(history))
    assert len(as_json([taken, pool.values])) < 7 * once
    assert len(as_json([history[:count] for count in range(200)])) > 90 * once


@pytest.mark.parametrize(
    ("json_text", "words"),
    [
        (None, ""),
        ('["Tell me a joke"]', "Tell me a joke"),
        ('[[{"type":"system","content":"Be kind."},{"type":"human","content":"Hello\\nyou"}]]', "Hello you"),
        ('{"messages":[{"content":"first"},{"content":""},{"content":"last"}]}', "last"),
        ('[[{"text":"generated","type":"Generation"}]]', "generated"),
        ('{"topic":"a ring buffer"}', "a ring buffer"),
        ("4711", "4711"),
        ('"plain text"', "plain text"),
        (json.dumps("x" * 1000), "x" * 159 + "…"),
    ],
)
def test_an_excerpt_is_the_words_of_a_value(json_text: str | None, words: str) -> None:
    assert excerpt(None if json_text is None else json.loads(json_text)) == words


def test_a_report_has_each_trace_in_its_index_the_latest_first(samples: Logs, samples_report: Report) -> None:  # noqa: F811  # a fixture
    columns = samples_report.piece("meta")["index"]["columns"]
    rows = [dict(zip(columns, row, strict=True)) for row in samples_report.piece("index-0")]
    expected = samples.sql(
        "SELECT trace_id AS id, name, status, duration_ms AS duration, total_tokens AS tokens, runs "
        "FROM traces ORDER BY start_time DESC, trace_id"
    ).to_dicts()
    assert expected == [{name: row[name] for name in expected[0]} for row in rows]


def test_a_report_has_each_run_with_its_times(samples: Logs, samples_report: Report) -> None:  # noqa: F811  # likewise
    found = {
        run["run_id"]: (trace["id"], run.get("offset"), run.get("duration_ms"), run["status"])
        for trace in samples_report.traces()
        for run in trace["runs"]
    }
    rows = samples.sql(
        "SELECT run_id, trace_id,"
        " (epoch_ns(start_time) - min(epoch_ns(start_time)) OVER (PARTITION BY trace_id)) / 1e6"
        ", duration_ms, status FROM runs"
    ).rows()
    assert {row[0]: row[1:] for row in rows} == found


def test_a_report_has_messages_errors_and_scores_beside_their_runs(samples: Logs, samples_report: Report) -> None:  # noqa: F811  # likewise
    runs = [inside(run, trace["pool"]) for trace in samples_report.traces() for run in trace["runs"]]
    for name in ("messages", "errors", "scores"):
        assert samples.table(name).height == sum(len(run.get(name, ())) for run in runs)


def test_each_run_has_what_the_table_has_of_it(samples: Logs, samples_report: Report) -> None:  # noqa: F811  # likewise
    names = ("kind", "name", "model", "error_type", "total_tokens", "cost", "time_to_first_token_ms", "chunks")
    parsed = ("inputs", "outputs", "metadata", "params", "serialized")
    found = {
        run["run_id"]: {name: inside(run, trace["pool"]).get(name) for name in names + parsed}
        for trace in samples_report.traces()
        for run in trace["runs"]
    }
    rows = samples.sql(f"SELECT run_id, {', '.join(names + parsed)} FROM runs").to_dicts()  # noqa: S608  # names of our own
    for row in rows:
        row |= {name: json.loads(row[name]) for name in parsed if row[name] is not None}
    assert {row.pop("run_id"): row for row in rows} == found


def test_each_run_has_its_events_as_they_were_recorded(samples: Logs, samples_report: Report) -> None:  # noqa: F811  # likewise
    found = [
        (event["segment"], event["seq"], event["run_id"], trace["id"], event["event"], event["data"])
        for number in samples_report.numbers()
        for trace in samples_report.piece(f"events-{number}")
        for event in inside(trace["events"], trace["pool"])
    ]
    rows = samples.sql(
        "SELECT segment, seq, run_id, runs.trace_id, event, data FROM events JOIN runs USING (run_id) ORDER BY ALL"
    ).rows()
    assert [(*row[:5], json.loads(row[5])) for row in rows] == sorted(found, key=lambda event: event[:2])


def test_a_trace_is_found_by_the_first_id_in_a_piece_of_places(samples_report: Report) -> None:
    firsts = samples_report.piece("meta")["places"]
    places = [samples_report.piece(f"places-{number}") for number in range(len(firsts))]
    assert firsts == [ids[0] for ids, _ in places]
    told = [place for ids, numbers in places for place in zip(ids, numbers, strict=True)]
    assert told == sorted(told)
    assert dict(told) == {
        trace["id"]: number for number in samples_report.numbers() for trace in samples_report.piece(f"traces-{number}")
    }


def test_every_payload_is_in_every_place_as_it_was(hostile_report: Report) -> None:
    texts = [text for text in PAYLOADS if len(text) < 1000]
    traces = {trace["id"]: [inside(run, trace["pool"]) for run in trace["runs"]] for trace in hostile_report.traces()}
    for text in texts:
        [root, chat, tool, find] = traces[text]
        assert root["inputs"] == {"$pool": 0, text: text}
        assert (chat["messages"][0]["content"], tool["errors"][0]["traceback"]) == (text, text)
        assert find["outputs"][0]["page_content"] == text


def test_a_long_text_is_whole_in_its_piece(hostile_report: Report) -> None:
    [long] = [trace for trace in hostile_report.traces() if trace["id"] == "long"]
    assert [inside(run, long["pool"])["outputs"] for run in long["runs"] if run["depth"] == 0] == [PAYLOADS[-1]]


def test_the_page_holds_nothing_of_the_logs_and_allows_nothing_but_its_own(
    samples_report: Report, hostile_report: Report
) -> None:
    page = (hostile_report.folder / "index.html").read_text()
    assert page == (samples_report.folder / "index.html").read_text()
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    assert f'content="{policy.replace(chr(39), "&#39;")}"' in page
    assert re.findall(r"<script (?!defer src=\"app/[a-z]+\.js\"></script>)|\son[a-z]+=|https?:", page) == []


def test_our_scripts_make_no_html_of_strings(samples_report: Report) -> None:
    for name in SCRIPTS:
        code = (samples_report.folder / "app" / name).read_text()
        assert (
            re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|fetch\(", code) == []
        )
        assert len(code.splitlines()) <= 400
    assert "url(" not in (samples_report.folder / "app" / STYLE).read_text()


def test_a_report_is_its_owners_alone(samples_report: Report) -> None:
    paths = [samples_report.folder, *samples_report.folder.rglob("*")]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}


def test_a_report_in_one_file_allows_just_the_scripts_in_it(samples: Logs, tmp_path: Path) -> None:  # noqa: F811  # likewise
    write_report(samples, tmp_path / "one.html", "logs", single_file=True)
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["one.html"]
    for tag in ("script", "style"):
        [found] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(found.encode()).digest()).decode()
        assert f"{tag}-src &#39;sha256-{digest.replace('+', '&#43;')}&#39;".replace("&#43;", "+") in page
    held = re.findall(r'<script type="application/json" data-piece="([a-z_0-9-]+)">([^<]*)</script>', page)
    assert {"meta", "overview", "index-0", "traces-0"} <= {name for name, json_text in held if json.loads(json_text)}


def test_what_is_too_much_for_one_file_is_one_sentence(
    samples: Logs,  # noqa: F811  # likewise
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pieces, "MOST_IN_ONE_PAGE", 100_000)
    with pytest.raises(
        AnalysisError, match=r"^this is more than the 0 MB that fit into one page: leave --single-file out"
    ):
        write_report(samples, tmp_path / "one.html", "logs", single_file=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main([str(HERE / "i-spans"), "--report", str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        f"lctrack-analyze: {tmp_path} holds files that are no report: name a new folder, or an empty one\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_refused(tmp_path: Path, samples: Logs) -> None:  # noqa: F811  # likewise
    (tmp_path / "x").write_text("mine")
    with pytest.raises(UsageError, match="is no folder: a report is a folder of files"):
        write_report(samples, tmp_path / "x", "logs")


def test_a_report_replaces_one_of_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "report"
    for logs in ("d-chat", "i-spans"):
        assert main([str(HERE / logs), "--no-cache", "--report", str(folder)]) == 0
        assert f"written: open {folder}/index.html in a browser" in capsys.readouterr().err
    assert json.loads((folder / MARK).read_text()) == {"lctrack_report": 1, "traces": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_a_report_that_cannot_be_finished_leaves_what_was_there(
    samples: Logs,  # noqa: F811  # likewise
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "report"
    write_report(samples, folder, "logs")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pieces, "write_private", full)
    with pytest.raises(UsageError, match=f"^{re.escape(str(folder))} cannot be written: No space left on device$"):
        write_report(samples, folder, "logs")
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


def test_many_traces_are_in_several_pieces(load_events: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811  # likewise
    from lctrack_analysis.report import batches, index, traces
    from tests.analysis.writing import chain

    monkeypatch.setattr(batches, "TRACES", 4)
    monkeypatch.setattr(traces, "PIECE", 1_000)
    monkeypatch.setattr(traces, "PLACES", 9)
    monkeypatch.setattr(index, "ROWS", 7)
    logs = load_events(
        *[line for number in range(30) for line in chain(f"run-{number:02}", number, trace_id=f"run-{number:02}")]
    )
    write_report(logs, tmp_path / "report", "logs")
    report = Report(tmp_path / "report")
    meta = report.piece("meta")
    assert (meta["index"]["pieces"], meta["places"], len(report.numbers()) >= 8) == (
        5,
        ["run-00", "run-09", "run-18", "run-27"],
        True,
    )
    assert [f"run-{number:02}" for number in range(30)] == [trace["id"] for trace in report.traces()]
    for number in report.numbers():
        assert [trace["id"] for trace in report.piece(f"traces-{number}")] == [
            trace["id"] for trace in report.piece(f"events-{number}")
        ]
    index_rows = [row[0] for number in range(5) for row in report.piece(f"index-{number}")]
    assert [f"run-{number:02}" for number in reversed(range(30))] == index_rows


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--single-file"], "--single-file goes with --report alone"),
        (["--report", "x", "--format", "csv"], "--report writes pages of its own: leave --format and --output out"),
        (["--report", "x", "--table", "runs"], "--table and --report exclude each other: ask for one at a time"),
    ],
)
def test_what_does_not_go_together_is_refused(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(HERE / "i-spans"), *options]) == 2
    assert capsys.readouterr().err == f"lctrack-analyze: {sentence}\n"
