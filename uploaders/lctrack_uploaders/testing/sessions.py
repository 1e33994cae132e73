"""Two sessions to deliver: one that fails in a tool, and one that is delivered young and again when it has grown.

All ids begin with a salt of eight hexadecimal digits, because some trackers have one set of ids for all tests.
"""

import json
from typing import Any

from lctrack_uploaders.testing.tables import Rows

SECOND = 1_000_000_000
START = 1_735_689_600 * SECOND + 123_456_789
"""2025-01-01, with nanoseconds that a float or a datetime would lose."""


def young(salt: str) -> Rows:
    """Give both sessions, the second while it was open.

    Args:
        salt: Eight hexadecimal digits.

    Returns:
        Their rows.
    """
    return {
        "sessions": [
            _session(
                salt, "a", 0, status="ended", params='{"temperature": 0.5, "tools": ["calc"]}', tags=["test", "ünï"],
                notes="Two questions.", runs=5, traces=2, llm_starts=1, errors=2, input_tokens=100,
            ),
            _session(salt, "b", 100, status="open", runs=2, traces=1, llm_starts=1, input_tokens=7),
        ],
        "traces": [_trace(salt, "a", 1), _trace(salt, "a", 4, status="error"), _trace(salt, "b", 101)],
        "runs": _answered(salt) + _failed(salt) + _growing(salt, 101),
        "errors": [
            {"session_id": f"{salt}-a", "trace_id": _id(salt, 4), "run_id": _id(salt, number), "type": "ValueError",
             "message": "no such number", "traceback": "Traceback …\nValueError", "time": START + (number + 1) * SECOND}
            for number in (4, 5)
        ],
        "generations": [_generation(salt, "a", 1, 2), _generation(salt, "b", 101, 102)],
        "scores": [
            {"session_id": f"{salt}-a", "trace_id": _id(salt, 1), "run_id": _id(salt, 1), "key": "helpful",
             "value": 0.25, "comment": "hardly", "time": START + 20 * SECOND}
        ],
        "session_analysis": [
            {"session_id": f"{salt}-a", "output": "Infinity, they say.", "chat_html": "<p>Infinity</p>\n"}
        ],
    }  # fmt: skip


def grown(salt: str) -> Rows:
    """Give both sessions after the second has gone on and ended.

    Args:
        salt: Eight hexadecimal digits.

    Returns:
        Their rows.
    """
    rows = young(salt)
    rows["sessions"][1].update(status="ended", events=30, runs=4, traces=2, llm_starts=2, input_tokens=14)
    rows["sessions"][1]["end_time"] += 10 * SECOND
    rows["traces"].append(_trace(salt, "b", 111))
    rows["runs"] += _growing(salt, 111)
    rows["generations"].append(_generation(salt, "b", 111, 112))
    return rows


def _answered(salt: str) -> list[dict[str, Any]]:
    about = json.dumps({"user_id": "user-7", "thread_id": "thread-3"})
    return [
        _run(salt, "a", 1, "chain", end_time=START + 4 * SECOND, inputs='{"q": "2/0"}',
             outputs='"Infinity"', tags=["x"], metadata=about),
        _run(salt, "a/1", 2, "chat_model", inputs='[[{"type": "human", "content": "What is 2/0? é✓"}]]',
             outputs='[[{"text": "Infinity, they say."}]]', model="some-model", input_tokens=100, output_tokens=20,
             total_tokens=120, time_to_first_token_ms=250.5),
        _run(salt, "a/1", 3, "retriever", inputs='"division"', outputs='[{"page_content": "Do not."}]'),
    ]  # fmt: skip


def _failed(salt: str) -> list[dict[str, Any]]:
    failure = {"status": "error", "error_type": "ValueError", "error_message": "no such number"}
    return [
        _run(salt, "a", 4, "chain", end_time=START + 7 * SECOND, **failure),
        _run(salt, "a/4", 5, "tool", inputs='"2/0"', **failure),
    ]


def _growing(salt: str, root: int) -> list[dict[str, Any]]:
    return [
        _run(salt, "b", root, "chain", end_time=START + (root + 2) * SECOND),
        _run(salt, f"b/{root}", root + 1, "llm", inputs='["more"]', outputs='["much"]', input_tokens=7),
    ]


def _id(salt: str, number: int) -> str:
    # Like LangChain's: a UUIDv7, of which the first bytes are the same for all.
    return f"{salt}-7c3d-7e4f-8a1b-{number:012x}"


def _session(salt: str, letter: str, begin: int, **values: Any) -> dict[str, Any]:
    start = START + begin * SECOND
    return {
        "session_id": f"{salt}-{letter}", "project": f"conformance-{salt}", "name": f"session {letter}",
        "start_time": start, "end_time": start + 30 * SECOND, "duration_ms": 30_000.0, "events": 20, "host": "box",
        **values,
    }  # fmt: skip


def _trace(salt: str, letter: str, root: int, **values: Any) -> dict[str, Any]:
    return {"trace_id": _id(salt, root), "session_id": f"{salt}-{letter}", "name": f"trace {root}", **values}


def _run(salt: str, place: str, number: int, kind: str, **values: Any) -> dict[str, Any]:
    """Make a run; its place is its session and the way from the root: `a/1/4`."""
    letter, root, *above = f"{place}/{number}".split("/")
    parent = [root, *above][-2] if above else None
    start = START + number * SECOND
    return {
        "run_id": _id(salt, number), "parent_run_id": None if parent is None else _id(salt, int(parent)),
        "trace_id": _id(salt, int(root)), "session_id": f"{salt}-{letter}", "kind": kind, "name": f"{kind} {number}",
        "start_time": start, "end_time": start + SECOND, "duration_ms": 1000.0, "status": "ok", **values,
    }  # fmt: skip


def _generation(salt: str, letter: str, root: int, number: int) -> dict[str, Any]:
    return {
        "session_id": f"{salt}-{letter}", "trace_id": _id(salt, root), "run_id": _id(salt, number), "text": "some text",
        "start_time": START + number * SECOND, "end_time": START + (number + 1) * SECOND,
    }  # fmt: skip
