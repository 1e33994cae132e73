"""A secret of an application reaches no file, wherever it stands; what was masked is named; the rest is as it was."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from pydantic import BaseModel, SecretStr

from lctrack import LogCallbackHandler, Recorder
from lctrack._blobs import Blobs
from lctrack._encode import encode
from lctrack._privacy import Privacy
from tests.recorder.applications import SYNC
from tests.recorder.strategies import ANYTHING
from tests.recorder.support import Line, files, only, read, read_events

MASK = "*" * 10
KEY = "sk-proj-aB3dE6gH9jK2mN5pQ8sT1vW4yZ7"


def everything_in(directory: Path) -> str:
    return "".join(file.read_text(encoding="utf-8") for file in files(directory))


def recorded(directory: Path, inputs: Any, **options: Any) -> Line:
    """Record a span with these inputs, and give its start."""
    with Recorder(directory, **options) as recorder, recorder.span("x", inputs=inputs):
        pass
    return only(directory, "span_start")


class Settings(BaseModel):
    """An application's own model, which does not call its secret one."""

    api_key: str
    host: str


IN_DATA: dict[str, tuple[Any, Any, list[str]]] = {
    "member": ({"api_key": "x1", "n": 1}, {"api_key": MASK, "n": 1}, ["/api_key"]),
    "text": ([f"use {KEY}", "x"], [f"use {MASK}", "x"], ["/0"]),
    "key": ({KEY: 1}, {MASK: 1}, [f"/{MASK}"]),
    "object": (Settings(api_key="x1", host="h"), {"api_key": MASK, "host": "h"}, ["/api_key"]),
    "secret type": ([SecretStr("x1")], [MASK], ["/0"]),
    "arguments": ({"arguments": '{"api_key": "x1"}'}, {"arguments": f'{{"api_key": "{MASK}"}}'}, ["/arguments"]),
    "list": ({"api_keys": ["x1", "x2"]}, {"api_keys": [MASK, MASK]}, ["/api_keys/0", "/api_keys/1"]),
    "tree": ({"credentials": {"user": "u", "n": 1}}, {"credentials": {"user": MASK, "n": 1}}, ["/credentials/user"]),
    "number": ({"password": 1234, "token": 5}, {"password": MASK, "token": 5}, ["/password"]),
    "bytes": ([f"use {KEY}".encode()], [MASK], ["/0"]),
    "secret bytes": ({"secret": b"x1"}, {"secret": MASK}, ["/secret"]),
    "path": ([Path(KEY)], [MASK], ["/0"]),
    "nothing": ({"api_key": None, "token": "", "secret": True}, {"api_key": None, "token": "", "secret": True}, []),
    "schema": ({"password": {"type": "string"}}, {"password": {"type": "string"}}, []),
    "stand-in": (
        {"api_key": {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]}},
        {"api_key": {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]}},
        [],
    ),
    "piece of an answer": ({"token": "They", "logprob": -0.5}, {"token": "They", "logprob": -0.5}, []),
    "mask of the application's own": (["*" * 10], [MASK], []),
}


@pytest.mark.parametrize("kind", IN_DATA)
def test_a_secret_in_data_is_masked_and_its_place_is_named(tmp_path: Path, kind: str) -> None:
    inputs, expected, places = IN_DATA[kind]
    start = recorded(tmp_path, inputs)
    assert start["inputs"] == expected
    assert start.get("masked", []) == [f"/inputs{place}" for place in places]
    assert "lossy" not in start


def _fails(_: Any) -> Any:
    try:
        return dict[str, Any]()[f"GET https://host/?api_key=S3cret {KEY}"]
    except KeyError as error:
        raise ValueError(f"failed with {KEY}") from error


EVERYWHERE: dict[str, Callable[[LogCallbackHandler], object]] = {
    "prompt": lambda handler: handler.on_llm_start({}, [KEY], run_id=uuid4()),
    "parameter": lambda handler: handler.on_llm_start({}, [], run_id=uuid4(), invocation_params={"api_key": KEY}),
    "extra argument": lambda handler: handler.on_llm_start({}, [], run_id=uuid4(), options={"headers": KEY}),
    "description": lambda handler: handler.on_chain_start({"url": f"redis://u:{KEY}@h"}, {}, run_id=uuid4()),
    "name": lambda handler: handler.on_chain_start({}, {}, run_id=uuid4(), name=KEY),
    "tag": lambda handler: handler.on_chain_start({}, {}, run_id=uuid4(), tags=[KEY]),
    "metadata": lambda handler: handler.on_chain_start({}, {}, run_id=uuid4(), metadata={"a": KEY}),
    "message": lambda handler: handler.on_chat_model_start({}, [[HumanMessage(KEY)] * 4], run_id=uuid4()),
    "content block": lambda handler: handler.on_chat_model_start(
        {}, [[HumanMessage([{"type": "text", "text": KEY}])]], run_id=uuid4()
    ),
    "tool call": lambda handler: handler.on_chat_model_start(
        {}, [[AIMessage("", tool_calls=[{"name": "f", "args": {"password": KEY}, "id": "1"}])]], run_id=uuid4()
    ),
    "token": lambda handler: handler.on_llm_new_token(KEY, run_id=uuid4()),
    "custom event": lambda handler: handler.on_custom_event(KEY, {"a": KEY}, run_id=uuid4()),
    "error": lambda handler: (
        RunnableLambda(_fails).with_fallbacks([RunnableLambda(lambda _: None)]).invoke(1, {"callbacks": [handler]})
    ),
    "comment": lambda handler: handler.recorder.score("good", KEY, comment=KEY),
    "asset": lambda handler: handler.recorder.asset({"a": KEY}, name=KEY, graph={"nodes": [KEY]}),
    "source": lambda handler: handler.recorder.asset(f'llm = Model(api_key="{KEY}")', kind="source"),
    "labels": lambda handler: handler.flush_tracker(name=KEY, notes=KEY, params={"api_key": KEY}, tags=[KEY]),
    "loss": lambda handler: handler.recorder.failed(OSError(f"refused: {KEY}")),
}


@pytest.mark.parametrize("place", EVERYWHERE)
def test_a_secret_anywhere_in_an_event_is_masked(tmp_path: Path, place: str, caplog: pytest.LogCaptureFixture) -> None:
    with LogCallbackHandler(tmp_path, stream="tokens") as handler:
        handler.on_chain_start({}, {}, run_id=uuid4())
        EVERYWHERE[place](handler)
        handler.on_chain_start({}, {}, run_id=uuid4())
    content = everything_in(tmp_path) + caplog.text
    assert KEY not in content
    assert MASK in content
    assert handler.stats()["dropped"] == (place == "loss")


def test_labels_given_at_the_start_are_masked(tmp_path: Path) -> None:
    with Recorder(tmp_path, params={"token": "S3cret", "url": f"https://u:{KEY}@h"}, notes=KEY) as recorder:
        recorder.score("x", 1)
    assert KEY not in everything_in(tmp_path)
    assert "S3cret" not in everything_in(tmp_path)


def test_the_recorders_warning_tells_no_secret(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Recorder(tmp_path) as recorder:
        recorder.failed(OSError(f"no route to https://u:S3cret@host with {KEY}"))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "S3cret" not in caplog.text
    assert KEY not in caplog.text


def test_a_conversation_with_a_secret_is_written_once_and_names_it_at_the_blob(tmp_path: Path) -> None:
    messages = [HumanMessage(f"my key is {KEY}"), AIMessage("thanks"), ToolMessage("ok", tool_call_id="1")]
    with Recorder(tmp_path) as recorder:
        for count in range(3, 9):
            conversation = messages + [HumanMessage(f"question {number}") for number in range(count)]
            recorder.write("chain_start", {"inputs": {"messages": conversation}}, run_id=str(uuid4()))
    lines = read(tmp_path)
    assert [line.get("masked") for line in lines if "masked" in line] == [["/value/content"]]
    assert {tuple(line) for line in lines if line["event"] == "chain_start"} == {
        ("seq", "ts", "event", "session_id", "trace_id", "run_id", "thread", "inputs")
    }
    assert [line["inputs"]["messages"][0]["content"] for line in read_events(tmp_path)] == [f"my key is {MASK}"] * 6


def test_a_message_changed_into_a_secret_one_is_masked(tmp_path: Path) -> None:
    message = HumanMessage("hi")
    with LogCallbackHandler(tmp_path) as handler:
        handler.on_chat_model_start({}, [[message]], run_id=uuid4())
        message.additional_kwargs["api_key"] = "S3cret"
        handler.on_chat_model_start({}, [[message]], run_id=uuid4())
    assert "S3cret" not in everything_in(tmp_path)


def test_masking_can_be_left_out(tmp_path: Path) -> None:
    start = recorded(tmp_path, {"api_key": KEY, "pydantic": SecretStr("x1")}, mask_secrets=False)
    assert start["inputs"] == {"api_key": KEY, "pydantic": MASK}
    assert start["masked"] == ["/inputs/pydantic"]


@given(ANYTHING)
def test_an_event_without_a_secret_is_written_byte_for_byte_as_without_masking(data: Any) -> None:
    masking, plainly = (
        encode({"event": "x", "data": data}, Blobs(), Privacy(mask_secrets=on)).body for on in (True, False)
    )
    if b"masked" not in masking:
        assert plainly == masking


def test_the_applications_of_the_other_tests_hold_no_secret(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, stream="tokens") as handler:
        for application in SYNC.values():
            application({"callbacks": [handler]})
    assert len(read(tmp_path)) > 100
    assert MASK not in everything_in(tmp_path)
    assert [line for line in read(tmp_path) if "masked" in line] == []


def test_a_common_event_takes_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lctrack._encode.careful", pytest.fail)
    privacy = Privacy()
    record = {
        "event": "llm_new_token",
        "token": "Hello",
        "usage": {"prompt_tokens": 1, "total_tokens": 2},
        "text": "The password: forgotten. Each token costs 3 cents.",
        "id": str(uuid4()),
    }
    assert json.loads(encode(dict(record), None, privacy).body) == record
    assert json.loads(encode(dict(record), None, privacy).body) == record


def test_words_that_are_known_do_not_grow_without_end() -> None:
    privacy = Privacy()
    assert privacy.texts is not None
    for number in range(3_000):
        encode({"event": "x", f"word{number}": "x"}, None, privacy)
    assert len(privacy.texts) <= 1_000


def test_a_token_of_a_stream_is_no_secret_but_one_in_its_data_is(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, stream="tokens") as handler:
        handler.on_llm_new_token("Hello", run_id=uuid4(), source={"token": "S3cret"})
    line = only(tmp_path, "llm_new_token")
    assert (line["token"], line["extra"]) == ("Hello", {"source": {"token": MASK}})
