"""One event to rows of the staging tables (`stage.STAGES`); what each kind of event gives is told here."""

from collections.abc import Callable, Mapping
from typing import Any

from lctrack.format import ENDS, ENVELOPE, ERRORS, STARTS
from lctrack_analysis.extract.messages import Message, conversation_text, message_of
from lctrack_analysis.extract.outcome import outcome
from lctrack_analysis.extract.usage import (
    NO_USAGE,
    Usage,
    finish_reason,
    model_of_answer,
    model_of_params,
    read_usage,
    usage_of_prompt,
    usage_of_run,
)
from lctrack_analysis.extract.values import as_count, as_text, as_texts, as_time, json_text
from lctrack_analysis.read import Event
from lctrack_analysis.stage import Stage

__all__ = ["extract"]

_ENVELOPE = frozenset(ENVELOPE)


def extract(event: Event, stage: Stage) -> None:
    """Add the rows that an event gives.

    Args:
        event: The event.
        stage: Receives the rows.
    """
    record = event.record
    own = {key: value for key, value in record.items() if key not in _ENVELOPE}
    stage.add(
        "events",
        (
            event.id,
            event.segment,
            as_count(record.get("seq")),
            record["ts"],
            record["event"],
            as_text(record.get("session_id")),
            as_text(record.get("trace_id")),
            as_text(record.get("run_id")),
            as_text(record.get("parent_run_id")),
            as_text(record.get("name")),
            as_texts(record.get("tags")),
            json_text(record.get("metadata")),
            as_count(record.get("thread")),
            json_text(own),
            as_texts(record.get("masked")),
            as_texts(record.get("lossy")),
        ),
    )
    name = record["event"]
    if name in _BY_EVENT:
        _BY_EVENT[name](event.id, record, stage)
    elif record.get("run_id") is None:
        return
    elif name in STARTS:
        _start(event.id, record, stage)
    elif name in ENDS or name in ERRORS:
        _end(event.id, record, stage)


def _start(number: int, record: dict[str, Any], stage: Stage) -> None:
    kind = STARTS[record["event"]]
    if kind == "span":
        kind = as_text(record.get("kind")) or "chain"
    params, metadata = record.get("params"), record.get("metadata")
    stage.add(
        "run_starts",
        (
            number,
            as_text(record["run_id"]),
            as_text(record.get("parent_run_id")),
            as_text(record.get("trace_id")),
            as_text(record.get("session_id")),
            kind,
            as_text(record.get("run_type")),
            as_text(record.get("name")),
            record["ts"],
            as_texts(record.get("tags")),
            as_text(record.get("model")) or (model_of_params(params, metadata) if kind in _MODEL_KINDS else None),
            as_count(record.get("thread")),
            as_text(record.get("tool_call_id")),
        ),
    )
    run_id = as_text(record["run_id"])
    for index, prompt in enumerate(_prompts(kind, record)):
        if isinstance(prompt, list):
            messages = [message_of(message) for message in prompt]
            stage.add("prompts", (number, run_id, index, conversation_text(messages)))
            _messages(number, record, "in", (index, 0), messages, stage=stage)
        else:
            stage.add("prompts", (number, run_id, index, as_text(prompt)))


_MODEL_KINDS = frozenset({"llm", "chat_model"})


def _prompts(kind: str, record: dict[str, Any]) -> list[Any]:
    """Give the prompts of a model call."""
    name = record["event"]
    if name == "llm_start":
        return _as_list(record.get("prompts"))
    if name == "chat_model_start":
        return _as_list(record.get("messages"))
    inputs = record.get("inputs")
    return [inputs] if name == "span_start" and kind in _MODEL_KINDS and inputs is not None else []


def _end(number: int, record: dict[str, Any], stage: Stage) -> None:
    name = record["event"]
    failed = name in ERRORS
    run_id = as_text(record["run_id"])
    model, usage = as_text(record.get("model")), read_usage(record.get("usage"))
    if name in ("llm_end", "llm_error"):
        answers, usages = _answers(number, record, stage)
        usage = usage_of_run(usages, record.get("llm_output"))
        model = model_of_answer(answers, record.get("llm_output"))
    elif name in ("span_end", "span_error") and record.get("outputs") is not None:
        # Whether the span is a model call, its start says: the tables are joined later.
        stage.add("answers", (number, run_id, 0, 0, as_text(record["outputs"]), None, *usage, failed))
    error, stream = _as_object(record.get("error")), _as_object(record.get("stream"))
    status = outcome(error if failed else None)
    if status != "error":
        error = {}
    stage.add(
        "run_ends",
        (
            number,
            run_id,
            as_text(record.get("parent_run_id")),
            as_text(record.get("trace_id")),
            as_text(record.get("session_id")),
            (ERRORS if failed else ENDS)[name],
            record["ts"],
            status,
            as_text(error.get("type")),
            as_text(error.get("message")),
            as_text(error.get("traceback")),
            model,
            *usage,
            as_time(stream.get("first_token_ts")),
            as_count(stream.get("chunks")),
        ),
    )


def _answers(number: int, record: dict[str, Any], stage: Stage) -> tuple[list[Mapping[str, Any]], list[Usage]]:
    """Add what a model call generated, prompt by prompt; give all generations, and the tokens each of them tells."""
    run_id = as_text(record["run_id"])
    partial = record["event"] == "llm_error"
    found: list[Mapping[str, Any]] = []
    told: list[Usage] = []
    prompts = _as_list(record.get("generations"))
    single = len(prompts) == 1 and len(_as_list(prompts[0])) == 1
    for prompt_index, generations in enumerate(prompts):
        answers = [
            generation if isinstance(generation, dict) else {"text": as_text(generation)}
            for generation in _as_list(generations)
        ]
        usages = usage_of_prompt(answers)
        found += answers
        told += usages
        for index, (answer, usage) in enumerate(zip(answers, usages, strict=True)):
            if single and usage == NO_USAGE:
                usage = usage_of_run([], record.get("llm_output"))  # noqa: PLW2901  # the run's is its only answer's
            message = answer.get("message")
            stage.add(
                "answers",
                (
                    number,
                    run_id,
                    prompt_index,
                    index,
                    as_text(answer.get("text")),
                    finish_reason(answer),
                    *usage,
                    partial,
                ),
            )
            if message is not None:
                _messages(number, record, "out", (prompt_index, index), [message_of(message)], stage=stage)
    return found, told


def _messages(
    number: int,
    record: dict[str, Any],
    direction: str,
    place: tuple[int, int],
    messages: list[Message],
    *,
    stage: Stage,
) -> None:
    """Add messages; `place` is the conversation they belong to and the position of the first of them."""
    run_id, time = as_text(record["run_id"]), record["ts"]
    batch_index, first = place
    for position, message in enumerate(messages, first):
        stage.add(
            "chat_messages",
            (
                number,
                run_id,
                direction,
                batch_index,
                position,
                time,
                message.role,
                message.content,
                message.blocks,
                message.name,
                message.message_id,
                message.tool_call_id,
                json_text(message.tool_calls or None),
            ),
        )
        if direction == "out":
            for nth, call in enumerate(message.tool_calls):
                row = (number, run_id, as_text(call.get("id")), as_text(call.get("name")), json_text(call.get("args")))
                stage.add("tool_requests", (*row, time, batch_index, position, nth))


def _score(number: int, record: dict[str, Any], stage: Stage) -> None:
    value = record.get("value")
    ids = (as_text(record.get("session_id")), as_text(record.get("trace_id")), as_text(record.get("run_id")))
    stage.add(
        "score_events",
        (
            number,
            *ids,
            record["ts"],
            as_text(record.get("key")),
            float(value) if isinstance(value, int | float) else None,
            value if isinstance(value, str) else None,
            as_text(record.get("comment")),
        ),
    )


def _asset(number: int, record: dict[str, Any], stage: Stage) -> None:
    stage.add(
        "assets",
        (
            number,
            as_text(record.get("session_id")),
            record["ts"],
            as_text(record.get("name")),
            as_text(record.get("kind")),
            json_text(record.get("value")),
            json_text(record.get("graph")),
        ),
    )


def _session(number: int, record: dict[str, Any], stage: Stage) -> None:
    stage.add(
        "session_marks",
        (
            number,
            as_text(record.get("session_id")),
            record["ts"],
            record["event"],
            json_text(record.get("session")),
            as_text(record.get("host")),
        ),
    )


def _as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


_BY_EVENT: dict[str, Callable[[int, dict[str, Any], Stage], None]] = {
    "score": _score,
    "asset": _asset,
    "session_start": _session,
    "session_end": _session,
    "segment_start": _session,
}
