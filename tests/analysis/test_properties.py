"""Whatever is in a file, reading it raises nothing, and the sound lines in it are read."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lctrack_analysis import Logs, NoLogsError, load
from lctrack_analysis.read import Reader
from tests.analysis.writing import as_bytes, event, segment_start

JUNK = st.binary(max_size=60).map(lambda content: content.replace(b"\n", b"") + b"\n")
NEARLY = st.sampled_from(
    [
        *(b"{}\n", b"[]\n", b"null\n", b'{"event": "text"}\n', b'{"ts": 1}\n', b'{"ts": 1, "event": "text"\n'),
        b'{"ts": 1, "event": "chain_start", "run_id": {"$blob": "x"}}\n',
        b'{"ts": 1, "event": "blob", "digest": "x"}\n',
        b'{"ts": 1, "event": "text", "text": {"$blob": "x", "$append": 3}}\n',
    ]
)
TEXT = st.text(st.characters(codec="utf-8"))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT | st.sampled_from(["$blob", "$append", "$literal"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
NAMES = st.sampled_from(
    [
        *("llm_start", "chat_model_start", "llm_end", "llm_error", "tool_start", "tool_end", "retriever_start"),
        *("retriever_end", "span_start", "span_end", "span_error", "score", "asset", "session_start", "session_end"),
        *("segment_start", "blob", "llm_new_token", "stream_event", "dropped", "chain_start", "chain_error", "other"),
    ]
)
FIELDS = st.sampled_from(
    [
        *("run_id", "parent_run_id", "trace_id", "session_id", "name", "tags", "metadata", "thread", "seq", "lossy"),
        *("prompts", "messages", "generations", "llm_output", "inputs", "outputs", "output", "documents", "query"),
        *("error", "stream", "usage", "params", "model", "kind", "session", "key", "value", "digest", "serialized"),
        *("tool_call_id", "host", "format", "segment", "count", "reason", "data", "comment", "graph", "run_type"),
    ]
)
EVENTS = st.builds(
    lambda name, ts, fields: {**fields, "event": name, "ts": ts},
    NAMES, st.integers(0, 2**63 - 2), st.dictionaries(FIELDS, VALUES, max_size=6),
)  # fmt: skip


def read(content: bytes) -> tuple[list[dict[str, Any]], Reader]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.jsonl"
        file.write_bytes(content)
        reader = Reader([file])
        return [found.record for found in reader.events()], reader


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_nothing(content: bytes) -> None:
    read(content)


@given(st.lists(st.one_of(JUNK, NEARLY, st.integers(0, 3)), max_size=12))
def test_sound_lines_among_junk_are_all_read_and_the_others_are_all_listed(parts: list[bytes | int]) -> None:
    sound = [event("custom_event", n, run_id=f"r{n}") for n in parts if isinstance(n, int)]
    lines = iter(sound)
    records, reader = read(b"".join(as_bytes(next(lines) if isinstance(part, int) else part) for part in parts))
    assert sound == [record for record in records if record["event"] == "custom_event"]
    unread = {number for number, part in enumerate(parts, 1) if isinstance(part, bytes) and part.strip(b"\r\n \t")}
    listed = {problem.line for problem in reader.problems}
    assert listed <= unread
    assert all(number in listed or _is_event(parts[number - 1]) or _is_blank(parts[number - 1]) for number in unread)


def _is_event(line: bytes | int) -> bool:
    try:
        return isinstance(line, bytes) and {"ts", "event"} <= json.loads(line).keys()
    except (ValueError, AttributeError):
        return False


def _is_blank(line: bytes | int) -> bool:
    return isinstance(line, bytes) and not line.removeprefix(b"\xef\xbb\xbf").strip()


@settings(max_examples=12, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=8))
def test_events_with_anything_in_any_field_make_tables(events: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "x.jsonl"
        file.write_bytes(b"".join(map(as_bytes, [segment_start(), *events])))
        logs = load(file)
        kept = [event for event in events if event["event"] != "blob"]
        assert logs.events.height + logs.problems.height >= 1 + len(kept) - _left_out(logs)


def _left_out(logs: Logs) -> int:
    """Count the lines of segments in a format to come."""
    return 100 if logs.problems["reason"].str.contains("log format").any() else 0


@given(st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_text_comes_through_unchanged(text: str) -> None:
    records, _ = read(as_bytes(event("text", text=text)))
    assert records[0]["text"] == text


def test_a_file_of_junk_alone_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(bytes(range(256)) * 40)
    with pytest.raises(NoLogsError):
        load(tmp_path)
