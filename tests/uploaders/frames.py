"""Tables made by hand: what uploaders read, without log files and their reader."""

import json
from typing import Any

from lctrack_uploaders.testing import Rows
from lctrack_uploaders.testing import TableLogs as FrameLogs

__all__ = ["SECOND", "START", "FrameLogs", "Rows", "agent", "run", "run_id", "session", "trace"]

SECOND = 1_000_000_000
START = 1_735_689_600 * SECOND + 123_456_789
"""2025-01-01, with nanoseconds that a float or a datetime would lose."""


def run_id(number: int) -> str:
    """Give a run id like LangChain's: a UUIDv7, of which the first 8 bytes are the same for all."""
    return f"0190a5b2-7c3d-7e4f-8a1b-{number:012x}"


def run(number: int, parent: int | None, root: int, kind: str, **values: Any) -> dict[str, Any]:
    """Make a row of `runs` that took one second, from its number's second on."""
    start = values.pop("start_time", START + number * SECOND)
    end = values.pop("end_time", start + SECOND)
    return {
        "run_id": run_id(number),
        "parent_run_id": None if parent is None else run_id(parent),
        "trace_id": run_id(root),
        "session_id": "session-1",
        "kind": kind,
        "name": f"{kind} {number}",
        "start_time": start,
        "end_time": end,
        "duration_ms": None if end is None else (end - start) / 1e6,
        "status": "open" if end is None else "ok",
        **values,
    }


def trace(number: int, **values: Any) -> dict[str, Any]:
    """Make a row of `traces`."""
    return {"trace_id": run_id(number), "session_id": "session-1", "name": f"trace {number}", **values}


def session(**values: Any) -> dict[str, Any]:
    """Make a row of `sessions` that covers the first minute."""
    return {
        "session_id": "session-1",
        "start_time": START,
        "end_time": START + 60 * SECOND,
        "duration_ms": 60_000.0,
        "status": "ended",
        "events": 20,
        **values,
    }


def agent() -> Rows:
    """Make a session in which an agent answers (trace 1) and then fails in a tool (trace 10)."""
    usage = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120, "cached_tokens": 10, "model": "gpt-4o-mini"}
    question = json.dumps([[{"type": "human", "content": "What is 2/0? é✓"}]])
    answer = json.dumps([[{"text": "Infinity, they say."}]])
    failure = {"status": "error", "error_type": "ZeroDivisionError", "error_message": "division by zero"}
    about = json.dumps({"user_id": "user-7", "thread_id": "thread-3", "ls_provider": "openai"})
    runs = [
        run(1, None, 1, "chain", name="agent", start_time=START, end_time=START + 9 * SECOND, inputs='{"q": "2/0"}',
            outputs='"Infinity"', tags=["a", "b"], metadata=about),
        run(2, 1, 1, "retriever", inputs='"division"', outputs='[{"page_content": "Do not."}]'),
        run(3, 1, 1, "chat_model", inputs=question, outputs=answer, time_to_first_token_ms=250.5, **usage),
        run(4, 1, 1, "chain", end_time=START + 8 * SECOND),
        run(5, 4, 1, "tool", inputs='{"a": 2}', outputs="[1, 2.5, null]"),
        run(6, 4, 1, "llm", inputs='["prompt"]', outputs='["text"]', input_tokens=5, output_tokens=6, model="davinci"),
        run(10, None, 10, "chain", name="agent", end_time=START + 13 * SECOND, **failure),
        run(11, 10, 10, "tool", name="calc", inputs='"2/0"', **failure),
    ]  # fmt: skip
    raised = {"type": "ZeroDivisionError", "message": "division by zero", "traceback": "Traceback …\nZeroDivisionError"}
    errors = [
        {"session_id": "session-1", "trace_id": run_id(10), "run_id": run_id(number), "time": START + at, **raised}
        for number, at in ((10, 13 * SECOND - 5), (11, 12 * SECOND - 7))
    ]
    return {
        "sessions": [
            session(
                project="maths", name="division", group_name="nightly", job_type="eval", entity="lab",
                tags=["test", "ünï"], notes="Two questions.", params='{"temperature": 0.5, "tools": ["calc"]}',
                host="box", runs=8, traces=2, llm_starts=2, errors=2, input_tokens=105, llm_p50_ms=1000.0,
            )
        ],
        "traces": [trace(1, name="agent", runs=6), trace(10, name="agent", runs=2, status="error")],
        "runs": runs,
        "errors": errors,
        "generations": [
            {"session_id": "session-1", "trace_id": run_id(1), "run_id": run_id(3), "text": "Infinity, they say.",
             "messages": question, "start_time": START + 3 * SECOND, "end_time": START + 4 * SECOND}
        ],
        "scores": [
            {"session_id": "session-1", "trace_id": run_id(1), "run_id": run_id(1), "time": START + 20 * SECOND,
             "key": "helpful?", "value": 0.25}
        ],
    }  # fmt: skip
