"""Traces posted as OTLP: what arrives, and what becomes of each answer."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from lctrack_analysis import load
from lctrack_uploaders.cli import main
from lctrack_uploaders.contract import Delivery, Target
from lctrack_uploaders.errors import RefusedError, TerminalError, TransientError, UnreachableError, UploadError
from lctrack_uploaders.targets.otlp import sending
from lctrack_uploaders.testing.suite import create, is_a_sentence
from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import SECOND, START, FrameLogs, agent, run_id
from tests.uploaders.otlp_collector import PROTOBUF, Collector, collecting

SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as found:
        yield found


def unit_of(rows: object = None) -> Unit:
    return next(units(FrameLogs(rows or agent())))  # type: ignore[arg-type]  # rows


def target_for(collector: Collector, tmp_path: Path) -> Target:
    return create("otlp", {"otlp_endpoint": collector.url}, tmp_path)


def send(collector: Collector, tmp_path: Path, unit: Unit | None = None) -> Delivery:
    unit = unit or unit_of()
    target = target_for(collector, tmp_path)
    delivery = target.open(unit)
    for step in target.plan(unit):
        delivery.do(step)
    return delivery


def test_every_run_arrives_once_with_its_place_and_times(collector: Collector, tmp_path: Path) -> None:
    send(collector, tmp_path)
    spans = {span["attributes"]["lctrack.run_id"]: span for span in collector.of("0190a5b2")}
    names = {span["ids"][1]: span["attributes"]["lctrack.run_id"] for span in spans.values()}
    rows = agent()["runs"]
    assert {row["run_id"]: row["parent_run_id"] for row in rows} == {
        found: names.get(span["ids"][2]) for found, span in spans.items()
    }
    assert {row["run_id"]: (row["start_time"], row["end_time"]) for row in rows} == {
        found: span["times"] for found, span in spans.items()
    }


def test_an_error_is_a_status_and_an_event(collector: Collector, tmp_path: Path) -> None:
    send(collector, tmp_path)
    failed = next(span for span in collector.of("0190a5b2") if span["name"] == "calc")
    assert failed["status"] == (2, "division by zero")
    assert failed["events"] == [
        (
            "exception",
            START + 12 * SECOND - 7,
            {
                "exception.type": "ZeroDivisionError",
                "exception.message": "division by zero",
                "exception.stacktrace": "Traceback …\nZeroDivisionError",
            },
        )
    ]


def test_a_score_is_an_event_of_the_run_it_is_about(collector: Collector, tmp_path: Path) -> None:
    send(collector, tmp_path)
    judged = next(span for span in collector.of("0190a5b2") if span["attributes"]["lctrack.run_id"] == run_id(1))
    told = {"gen_ai.evaluation.name": "helpful?", "gen_ai.evaluation.score.value": 0.25}
    assert judged["events"] == [("gen_ai.evaluation.result", START + 20 * SECOND, told)]


def test_the_session_is_told_on_each_span_and_its_labels_on_each_root(collector: Collector, tmp_path: Path) -> None:
    send(collector, tmp_path)
    spans = collector.of("0190a5b2")
    assert {span["attributes"]["session.id"] for span in spans} == {"session-1"}
    assert [span["attributes"]["lctrack.session.name"] for span in spans if not span["ids"][2]] == ["division"] * 2
    assert [span["resource"]["service.name"] for span in spans] == ["maths"] * 8


def test_a_conversation_is_told_as_messages_of_both_conventions(collector: Collector, tmp_path: Path) -> None:
    logs = load([SAMPLES / "g-agent"])
    for unit in units(logs):
        send(collector, tmp_path, unit)
    called = [
        span["attributes"]
        for span in sorted(collector.spans_plain(), key=lambda span: span["times"])
        if "llm.output_messages.0.message.tool_calls.0.tool_call.id" in span["attributes"]
    ]
    first = called[0]
    assert first["llm.output_messages.0.message.tool_calls.0.tool_call.function.name"] == "list_runs"
    parts = [part for message in json.loads(first["gen_ai.output.messages"]) for part in message["parts"]]
    assert {
        "type": "tool_call",
        "id": "call_1",
        "name": "list_runs",
        "arguments": {"experiment": "summarizer"},
    } in parts
    assert [first[f"llm.input_messages.{number}.message.role"] for number in (0, 1)] == ["system", "user"]


def test_retrieved_documents_are_told_one_by_one(collector: Collector, tmp_path: Path) -> None:
    logs = load([SAMPLES / "f-rag"])
    for unit in units(logs):
        send(collector, tmp_path, unit)
    documents = json.loads(logs.retrievals["documents"][0])
    retrieved = [
        span["attributes"] for span in collector.spans_plain() if span["attributes"]["lctrack.kind"] == "retriever"
    ]
    told = [each["retrieval.documents.0.document.content"] for each in retrieved]
    assert documents[0]["page_content"] in told


def test_half_a_surrogate_pair_does_not_stop_a_session(collector: Collector, tmp_path: Path) -> None:
    rows = agent()
    rows["runs"][0]["inputs"] = '"\\ud800!"'
    send(collector, tmp_path, unit_of(rows))
    assert "?!" in [span["attributes"].get("input.value") for span in collector.of("0190a5b2")]


def test_a_request_is_gzip_with_the_headers_of_the_environment(
    collector: Collector, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20abcdef,x-project=a%2Cb")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-project=c")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    monkeypatch.setattr("lctrack_analysis.load", lambda _paths: FrameLogs(agent()))

    assert main([str(logs), "--to", "otlp"]) == 0

    path, headers, body = collector.requests[0]
    assert path == "/v1/traces"
    told = {name: headers[name] for name in ("authorization", "x-project", "content-encoding", "content-type")}
    assert told == {
        "authorization": "Basic abcdef",
        "x-project": "c",
        "content-encoding": "gzip",
        "content-type": "application/x-protobuf",
    }
    assert gzip.decompress(body)


def test_spans_that_are_refused_fail_the_session_in_the_servers_words(
    collector: Collector, logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    collector.reject = "calc"
    monkeypatch.setattr("lctrack_analysis.load", lambda _paths: FrameLogs(agent()))
    line = [str(logs), "--to", "otlp", "--otlp-endpoint", collector.url]

    assert main(line) == 1

    expected = f"The OTLP endpoint {collector.url}/v1/traces refused 1 span: spans named calc are not welcome.\n"
    assert capsys.readouterr().err.endswith(f"division: {expected}")
    # And it is not sent again by itself.
    assert main(line) == 1
    assert len(collector.requests) == 1


def test_a_server_that_takes_all_and_says_something_is_repeated(collector: Collector, tmp_path: Path) -> None:
    collector.answers = [
        (200, {"Content-Type": "application/json"}, b'{"partialSuccess": {"errorMessage": "slow down"}}')
    ]
    target = target_for(collector, tmp_path)
    unit = unit_of()
    target.open(unit).do(target.plan(unit)[0])
    assert str(target.hint()).endswith("it says: slow down")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_tried_again_when_the_server_says(collector: Collector, tmp_path: Path, status: int) -> None:
    collector.answers = [(status, {"Retry-After": "7"}, b"busy")]
    with pytest.raises(TransientError) as raised:
        send(collector, tmp_path)
    assert raised.value.wait == 7


def test_a_time_to_come_back_may_be_a_date(collector: Collector, tmp_path: Path) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    collector.answers = [(503, {"Retry-After": later}, b"busy")]
    with pytest.raises(TransientError) as raised:
        send(collector, tmp_path)
    assert raised.value.wait == pytest.approx(100, abs=20)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, TerminalError),
        (500, TerminalError),
        (401, RefusedError),
        (403, RefusedError),
        (404, UnreachableError),
        (302, UnreachableError),
    ],
)
def test_what_does_not_pass_is_said_in_one_sentence(
    collector: Collector, tmp_path: Path, status: int, kind: type[UploadError]
) -> None:
    collector.answers = [(status, {"Location": "/elsewhere"}, b"no\nway")]
    with pytest.raises(UploadError) as raised:
        send(collector, tmp_path)
    assert (type(raised.value), is_a_sentence(str(raised.value))) == (kind, True)
    assert f"HTTP {status}: no way" in str(raised.value)


def test_the_reason_is_read_from_a_status_message(collector: Collector, tmp_path: Path) -> None:
    collector.answers = [(400, PROTOBUF, b"\x08\x03\x12\x0cno such team")]
    with pytest.raises(TerminalError, match=r"\(HTTP 400: no such team\)"):
        send(collector, tmp_path)


@pytest.mark.parametrize("body", [b"<html>sign in</html>", b"\x00\xff"])
def test_a_success_that_is_none_is_not_believed(collector: Collector, tmp_path: Path, body: bytes) -> None:
    collector.answers = [(200, {"Content-Type": "text/html"}, body)]
    with pytest.raises(TransientError, match="did not confirm the spans"):
        send(collector, tmp_path)


def test_a_request_that_is_too_large_goes_in_halves(collector: Collector, tmp_path: Path) -> None:
    send(collector, tmp_path)
    whole = max(len(gzip.decompress(body)) for _, _, body in collector.requests)
    before, collector.spans, collector.largest = collector.spans, {}, whole // 2 + 500
    send(collector, tmp_path)
    assert before.keys() == collector.spans.keys()


def test_a_span_that_is_too_large_alone_is_refused(collector: Collector, tmp_path: Path) -> None:
    collector.largest = 100
    with pytest.raises(TerminalError, match="HTTP 413: request body too large"):
        send(collector, tmp_path)


def test_a_long_session_goes_in_several_requests(
    collector: Collector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SIZE_OF_A_REQUEST", 2000)
    send(collector, tmp_path)
    assert len(collector.requests) > 2
    assert {row["run_id"] for row in agent()["runs"]} == {
        span["attributes"]["lctrack.run_id"] for span in collector.of("0190a5b2")
    }


def test_a_header_that_the_server_repeats_is_masked(
    collector: Collector, logs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20c2VjcmV0,x-api-key=hunter22")
    monkeypatch.setattr("lctrack_analysis.load", lambda _paths: FrameLogs(agent()))
    collector.answers = [(401, {}, b"neither c2VjcmV0 nor hunter22 is known")]
    main([str(logs), "--to", "otlp", "--otlp-endpoint", collector.url])
    assert "neither *** nor *** is known" in capsys.readouterr().err


def test_an_unchanged_session_is_the_same_in_another_process(collector: Collector, tmp_path: Path) -> None:
    unit = unit_of()
    assert target_for(collector, tmp_path).plan(unit) == target_for(collector, tmp_path).plan(unit_of())


def test_a_changed_output_changes_the_digest(collector: Collector, tmp_path: Path) -> None:
    rows = agent()
    rows["generations"][0]["finish_reason"] = "length"
    target = target_for(collector, tmp_path)
    assert target.plan(unit_of())[0].digest != target.plan(unit_of(rows))[0].digest
