"""What the application wants redacted is written nowhere; where its function fails, nothing of the text is."""

import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.messages import HumanMessage

from lctrack import LogCallbackHandler, Recorder
from tests.recorder.support import files, only

MASK = "*" * 10
ADDRESS = r"[\w.]+@[\w.]+"


def shout(text: str) -> str:
    return text.upper()


def broken(text: str) -> str:
    raise ValueError(text)


def recorded(directory: Path, inputs: Any, redact: Any, **options: Any) -> Any:
    """Record a span with these inputs, and give them as they were recorded."""
    with Recorder(directory, redact=redact, **options) as recorder, recorder.span("span", inputs=inputs):
        pass
    return only(directory, "span_start")["inputs"]


REDACTORS: dict[str, tuple[Any, str]] = {
    "pattern": (ADDRESS, f"Mail {MASK} now"),
    "compiled pattern": (re.compile("MAIL", re.IGNORECASE), f"{MASK} a@b.c now"),
    "function": (shout, "MAIL A@B.C NOW"),
    "list": ([ADDRESS, shout, "NOW"], f"MAIL {MASK} {MASK}"),
    "none of a list": ([], "Mail a@b.c now"),
    "function that raises": (broken, MASK),
    "function that gives no text": (lambda _: None, MASK),
    "empty matches": ("x*", "Mail a@b.c now"),
}


@pytest.mark.parametrize("kind", REDACTORS)
def test_each_text_is_redacted(tmp_path: Path, kind: str) -> None:
    redact, expected = REDACTORS[kind]
    assert recorded(tmp_path, ["Mail a@b.c now"], redact) == [expected]


def test_what_was_redacted_is_named(tmp_path: Path) -> None:
    recorded(tmp_path, {"a": "x", "b": ["a@b.c"]}, ADDRESS)
    assert only(tmp_path, "span_start")["masked"] == ["/inputs/b/0"]


def test_secrets_are_masked_before(tmp_path: Path) -> None:
    seen: list[str] = []

    def see(text: str) -> str:
        seen.append(text)
        return text

    recorded(tmp_path, {"password": "S3cret", "text": "password=S3cret"}, see)
    assert f"password={MASK}" in seen
    assert not [text for text in seen if "S3cret" in text]


def test_keys_that_are_no_identifiers_are_redacted(tmp_path: Path) -> None:
    inputs = recorded(tmp_path, {"a@b.c": 1, "total_tokens": 2}, [ADDRESS, lambda text: text.replace("total", "x")])
    assert inputs == {MASK: 1, "total_tokens": 2}


def test_everything_of_the_application_is_redacted(tmp_path: Path) -> None:
    with LogCallbackHandler(tmp_path, redact=ADDRESS, notes="a@b.c", params={"of": ["a@b.c"]}) as handler:
        run = uuid4()
        handler.on_chat_model_start(
            {}, [[HumanMessage("a@b.c")] * 3], run_id=run, name="a@b.c", tags=["a@b.c"], metadata={"user": "a@b.c"}
        )
        handler.on_llm_error(ValueError("no a@b.c"), run_id=run)
        handler.recorder.score("good", 1, run_id=run, comment="a@b.c")
        handler.recorder.asset("a@b.c", kind="source")
        handler.recorder.failed(OSError("a@b.c"))
        handler.flush_tracker(name="a@b.c")
        handler.recorder.score("good", 1)
    (file,) = files(tmp_path)
    assert b"a@b.c" not in file.read_bytes()


def test_a_function_that_fails_is_counted_and_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Recorder(tmp_path, redact=broken, mask_secrets=False) as recorder:
        recorder.score("key", "S3cret")
        recorder.score("key", "S3cret")
    assert recorder.stats()["redact_failures"] == 4
    assert recorder.stats()["dropped"] == 0
    (record,) = caplog.records
    assert "ValueError" in record.message
    assert "S3cret" not in caplog.text


@pytest.mark.parametrize("redact", ["(", 7, ["a", 7], b"a", re.compile(b"a"), [None]])
def test_what_is_no_redactor_is_refused_at_once(tmp_path: Path, redact: Any) -> None:
    with pytest.raises(ValueError, match=r"^redact is "):
        Recorder(tmp_path, redact=redact)
    assert list(tmp_path.iterdir()) == []


def test_the_recorders_own_fields_stay(tmp_path: Path) -> None:
    with Recorder(tmp_path, redact=".+") as recorder, recorder.span("name", inputs="x") as span:
        pass
    start = only(tmp_path, "span_start")
    assert (start["run_id"], start["event"], start["inputs"]) == (span.run_id, "span_start", MASK)
    assert only(tmp_path, "segment_start")["segment"] == files(tmp_path)[0].stem
