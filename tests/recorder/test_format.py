"""The schema, the description and what is recorded agree."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # its types are a distribution of their own

from lctrack import LogCallbackHandler
from lctrack import format as log_format
from tests.recorder.applications import ASYNC, SYNC
from tests.recorder.support import Line, read

TOP = Path(__file__).parents[2]
DOCUMENT = (TOP / "docs" / "log-format.md").read_text(encoding="utf-8")
SCHEMA = json.loads((TOP / "docs" / "log-format.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
SAMPLES = sorted((TOP / "sample_logs").glob("**/*.jsonl"))


def faults(line: Line) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(line)]


def recorded(directory: Path) -> list[Line]:
    """Record every event that the recorder writes."""
    with LogCallbackHandler(directory, project="p", tags=["t"], params={"a": 1}, stream="tokens") as handler:
        for application in SYNC.values():
            application({"callbacks": [handler], "tags": ["x"], "metadata": {"$blob": 1}})
        for application in ASYNC.values():
            asyncio.run(_run(application({"callbacks": [handler]})))
        handler.flush_tracker(SYNC, name="all")
        with suppress(ValueError), handler.recorder.span("s", inputs=[float("nan")], model="m") as span:
            span.set_usage(input_tokens=1)
            raise ValueError
        with handler.recorder.span("s"):
            handler.recorder.score("good", value=True, comment="very")
        handler.recorder.failed(OSError("lost"))
    return read(directory)


async def _run(application: Any) -> None:
    await application


def test_every_recorded_line_fits_the_schema_and_every_event_occurs(tmp_path: Path) -> None:
    lines = recorded(tmp_path)
    assert not [(line["event"], fault) for line in lines for fault in faults(line)]
    later = {"interrupt", "resume"}
    assert set(log_format.EVENTS) - later == {line["event"] for line in lines}


def test_the_envelope_is_the_only_thing_that_lines_share(tmp_path: Path) -> None:
    assert set(log_format.ENVELOPE) == set(SCHEMA["properties"])
    for line in recorded(tmp_path):
        assert set(line) - set(log_format.ENVELOPE) <= set(SCHEMA["$defs"][line["event"]]["properties"])


@pytest.mark.skipif(not SAMPLES, reason="no sample logs in this checkout")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.parent.name)
def test_the_sample_logs_fit_the_schema(sample: Path) -> None:
    *whole, last = sample.read_bytes().split(b"\n")
    assert not [fault for line in whole for fault in faults(json.loads(line))]
    if last:
        with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
            json.loads(last)


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert set(log_format.EVENTS) < set(SCHEMA["$defs"])


def test_every_event_and_every_field_is_described() -> None:
    described = set(re.findall(r"`([a-z_0-9]+)`", DOCUMENT))
    fields = {name for event in log_format.EVENTS for name in SCHEMA["$defs"][event].get("properties", ())}
    assert set(log_format.EVENTS) | fields | set(log_format.ENVELOPE) <= described


def test_the_examples_of_the_description_fit_the_schema() -> None:
    lines = [
        json.loads(line)
        for block in re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
        for line in block.splitlines()
    ]
    assert len(lines) >= 6
    assert not [fault for line in lines for fault in faults(line)]


ENVELOPE: Line = {"seq": 0, "ts": 1, "event": "x"}
RUN: Line = {**ENVELOPE, "session_id": "s", "run_id": "r", "trace_id": "r", "thread": 1}
ERROR = {"type": "E", "message": "", "traceback": ""}
SOUND: dict[str, Line] = {
    "unknown event": {**ENVELOPE, "event": "news", "whatever": 1},
    "unknown field": {**RUN, "event": "chain_start", "whatever": 1},
    "blob": {**ENVELOPE, "event": "blob", "digest": "0f", "value": [{"$blob": "0e", "$append": [1]}]},
    "messages as a blob": {**RUN, "event": "chat_model_start", "messages": {"$blob": "0f", "$append": []}},
    "query as a blob": {**RUN, "event": "retriever_start", "query": {"$blob": "0f"}},
    "wrapped data": {**RUN, "event": "chain_start", "inputs": {"$literal": {"$append": {"$literal": {"$blob": 1}}}}},
    "error": {**RUN, "event": "llm_error", "error": ERROR},
}


@pytest.mark.parametrize("kind", SOUND)
def test_the_schema_accepts_what_the_description_allows(kind: str) -> None:
    assert faults(SOUND[kind]) == []


DAMAGED: dict[str, Any] = {
    "no object": [],
    "no seq": {"ts": 1, "event": "x"},
    "seq below zero": {**ENVELOPE, "seq": -1},
    "seq no integer": {**ENVELOPE, "seq": 0.5},
    "ts as text": {**ENVELOPE, "ts": "now"},
    "no event": {"seq": 0, "ts": 1},
    "event no name": {**ENVELOPE, "event": "LLM start"},
    "tags as text": {**RUN, "event": "chain_start", "tags": "a"},
    "metadata as list": {**RUN, "event": "chain_start", "metadata": []},
    "trace without run": {**ENVELOPE, "event": "score", "trace_id": "r"},
    "lossy no pointer": {**RUN, "event": "chain_start", "lossy": ["inputs"]},
    "start without trace": {key: value for key, value in RUN.items() if key != "trace_id"} | {"event": "chain_start"},
    "end without run": {**ENVELOPE, "event": "chain_end", "session_id": "s", "thread": 1},
    "prompts as text": {**RUN, "event": "llm_start", "prompts": "hi"},
    "no messages": {**RUN, "event": "chat_model_start"},
    "generations as object": {**RUN, "event": "llm_end", "generations": {}},
    "half a stream": {**RUN, "event": "llm_end", "generations": [], "stream": {"chunks": 1}},
    "error as text": {**RUN, "event": "tool_error", "error": "boom"},
    "error without traceback": {**RUN, "event": "tool_error", "error": {"type": "E", "message": ""}},
    "error with more": {**RUN, "event": "tool_error", "error": {**ERROR, "code": 1}},
    "span without kind": {**RUN, "event": "span_start", "name": "x"},
    "usage as text": {**RUN, "event": "span_end", "usage": {"input_tokens": "1"}},
    "score without value": {**RUN, "event": "score", "key": "k"},
    "custom event without name": {**RUN, "event": "custom_event", "data": 1},
    "another format": {**ENVELOPE, "event": "segment_start", "format": 2},
    "labels as list": {**ENVELOPE, "event": "session_start", "session_id": "s", "session": []},
    "label of a wrong type": {**ENVELOPE, "event": "session_start", "session_id": "s", "session": {"project": 1}},
    "nothing dropped": {**ENVELOPE, "event": "dropped", "count": 0, "reason": ""},
    "digest in capitals": {**ENVELOPE, "event": "blob", "digest": "0F", "value": 1},
    "reference with more": {**RUN, "event": "chain_start", "inputs": {"$blob": "0f", "a": 1}},
    "append without blob": {**RUN, "event": "chain_start", "inputs": [{"$append": []}]},
    "literal that is no object": {**RUN, "event": "chain_start", "inputs": {"$literal": 1}},
    "damage deep in the data": {**RUN, "event": "chain_start", "inputs": [{"a": [{"$blob": 1}]}]},
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_the_schema_refuses_a_damaged_line(kind: str) -> None:
    assert faults(DAMAGED[kind])


def fields_of(line: Line) -> Iterator[str]:
    definition = SCHEMA["$defs"].get(line["event"], {})
    yield from {*SCHEMA["required"], *definition.get("required", ())}


def test_the_schema_refuses_every_recorded_line_that_lacks_a_field_it_must_have(tmp_path: Path) -> None:
    for line in {line["event"]: line for line in recorded(tmp_path)}.values():
        for field in fields_of(line):
            assert faults({key: value for key, value in line.items() if key != field}), (line["event"], field)
