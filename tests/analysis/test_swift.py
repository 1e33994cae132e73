"""Lines that are read many at a time give what they give one by one, wherever the blocks are cut."""

import random
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lctrack_analysis.ingest.piece import read_pieces
from lctrack_analysis.ingest.plan import pieces_of
from lctrack_analysis.read import swift
from lctrack_analysis.stage import STAGES
from tests.analysis.careful import carefully
from tests.analysis.writing import as_bytes, chain, event, human, segment_start, write

ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5) | st.sampled_from(["$blob", "a"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["$blob", "$literal", "$append", "type", "content", "k"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = st.sampled_from(
    ["seq", "session_id", "trace_id", "run_id", "parent_run_id", "name", "tags", "metadata", "thread", "masked",
     "lossy", "inputs", "outputs", "messages", "generations", "model", "usage", "stream", "error", "data", "session"]
)  # fmt: skip
NAMES = st.sampled_from(
    ["chain_start", "chain_end", "chat_model_start", "llm_end", "llm_error", "span_start", "span_end", "tool_end",
     "stream_event", "llm_new_token", "session_start", "blob", "text"]
)  # fmt: skip
EVENTS = st.builds(
    lambda name, fields, run: as_bytes({**event(name), **fields, **({"run_id": "r"} if run else {})}),
    NAMES,
    st.dictionaries(FIELDS, ANY, max_size=5),
    st.booleans(),
)
JUNK = st.sampled_from(
    [b"\n", b"[]\n", b"1\n", b'"event"\n', b"{\n", b'{"event": "text"}\n', b'{"event": "text", "ts": true}\n',
     b'{"event": "text", "ts": 9223372036854775807}\n', b"\xef\xbb\xbf{}\n", b"\xff\n", b'{"event":1,"ts":1}\n',
     b'{"event": "chain_start", "ts": 1, "run_id": "r", "inputs": {"$blob": "a"}}\n',
     b'{"event": "chain_start", "ts": 1, "run_id": "r", "inputs": {"$blob": "a"}, "own": {"\\u0024blob": "a"}}\n',
     b'{"event": "segment_start", "ts": 1, "format": 9}\n', as_bytes(segment_start("again"))]
)  # fmt: skip
A = as_bytes(event("blob", digest="a", value=[human("one"), {"$literal": {"$blob": "x"}}]))


def compared(monkeypatch: pytest.MonkeyPatch, file: Path, block: int) -> None:
    monkeypatch.setattr(swift, "_BLOCK", block)
    expected = carefully(file)
    with tempfile.TemporaryDirectory() as name:
        part = Path(name)
        read_pieces(pieces_of(file, 0, []), part)
        actual = {table: rows_in(part / f"{table}.parquet") for table in STAGES}
    for table in ("events", "problems"):  # whose file is told by their id
        expected[table] = [tuple(value for value in row if value != str(file)) for row in expected[table]]
    for table in STAGES:
        assert sorted(map(repr, expected[table])) == sorted(map(repr, actual[table])), table


def rows_in(file: Path) -> list[tuple[Any, ...]]:
    """Give the rows of a staging table, with their lines where the careful reader tells them."""
    if not file.exists():
        return []
    rows = pq.read_table(file)
    places = [number for number, field in enumerate(rows.schema) if pa.types.is_timestamp(field.type)]
    for place in places:
        rows = rows.set_column(place, rows.schema[place].name, rows.column(place).cast(pa.int64()))
    found = [tuple(row.values()) for row in rows.to_pylist()]
    if file.stem == "events":
        return [(*row[1:3], row[0], *row[3:]) for row in found]
    return found if file.stem == "problems" else [row[1:] for row in found]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(EVENTS | JUNK, max_size=8), block=st.integers(1, 400), torn=st.booleans())
def test_whatever_the_lines_hold_they_give_the_same(
    lines: list[bytes], block: int, torn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = [b'{"event": "chain_sta'] if torn else []
    file = write(tmp_path / "x.jsonl", as_bytes(segment_start()), A, *map(as_bytes, chain("z")), *lines, *last)
    compared(monkeypatch, file, block)


@pytest.mark.parametrize("depth", [100, 126, 127, 252, 253, 254, 300])
def test_the_limit_of_depth_is_the_same_with_references_and_without(
    depth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = [deep]
    lines = [
        event("blob", digest="d", value=deep),
        event("chain_start", run_id="r", inputs={"$blob": "d"}),
        event("chain_end", run_id="r", outputs=[{"$blob": "d"}, [[]] * 200]),
        event("text", run_id="r", metadata=deep),
        event("text", run_id="r", padding="x" * 600, text=deep),
    ]
    file = write(tmp_path / "x.jsonl", as_bytes(segment_start()), *map(as_bytes, chain("z")), *map(as_bytes, lines))
    compared(monkeypatch, file, 1_000)


def test_problems_are_told_by_line_and_offset_wherever_the_blocks_are_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = random.Random(4)  # noqa: S311  # nothing to keep secret
    lines = [as_bytes(segment_start()), *(as_bytes(each) for n in range(40) for each in chain(f"r{n}"))]
    for place in choose.sample(range(1, len(lines)), 20):
        lines[place] = b"junk" * choose.randint(1, 50) + b"\n"
    file = write(tmp_path / "x.jsonl", *lines)
    for block in (50, 199, 1_000, 100_000):
        compared(monkeypatch, file, block)
