"""One event to rows of the staging tables (`stage.STAGES`); what each kind of event gives is told here."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lctrack.format import ENDS, ENVELOPE, ERRORS, STARTS
from lctrack_analysis.extract.messages import Messages, Said, conversation_text
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

__all__ = ["ENVELOPE_NAMES", "Begun", "Ended", "add_end", "add_other", "add_start", "extract", "role_of"]

ENVELOPE_NAMES = frozenset(ENVELOPE)
"""What every event may have; the rest is its own."""


def extract(event: Event, stage: Stage) -> None:
    """Add the rows that an event gives.

    Args:
        event: The event.
        stage: Receives the rows.
    """
    record = event.record
    own = {key: value for key, value in record.items() if key not in ENVELOPE_NAMES}
    run = _Ids(*(as_text(record.get(name)) for name in ("run_id", "parent_run_id", "trace_id", "session_id")))
    time, called, tags = record["ts"], as_text(record.get("name")), as_texts(record.get("tags"))
    thread = as_count(record.get("thread"))
    stage.add(
        "events",
        (
            event.id,
            event.segment,
            as_count(record.get("seq")),
            time,
            record["event"],
            run.session_id,
            run.trace_id,
            run.run_id,
            run.parent_run_id,
            called,
            tags,
            json_text(record.get("metadata")),
            thread,
            json_text(own),
            as_texts(record.get("masked")),
            as_texts(record.get("lossy")),
        ),
    )
    role = role_of(record)
    if role == "start":
        begun = add_start(event.id, record, stage, Messages())
        stage.add(
            "run_starts",
            (event.id, *run, begun.kind, begun.run_type, called, time, tags, begun.model, thread, begun.tool_call_id),
        )
    elif role == "end":
        ended = add_end(event.id, record, stage, Messages())
        stage.add("run_ends", (event.id, *run, ended.kind, time, *ended[1:]))
    else:
        add_other(event.id, event.segment, record, stage)


class _Ids(NamedTuple):
    run_id: str | None
    parent_run_id: str | None
    trace_id: str | None
    session_id: str | None


class Begun(NamedTuple):
    """What the row of a start has besides the columns of its event."""

    kind: str
    run_type: str | None
    model: str | None
    tool_call_id: str | None


class Ended(NamedTuple):
    """What the row of an end has besides the columns of its event."""

    kind: str
    status: str
    error_type: str | None
    error_message: str | None
    traceback: str | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cached_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    first_token_time: int | None
    chunks: int | None


def role_of(record: dict[str, Any]) -> str | None:
    """Tell whether an event is the `start` or the `end` of a run, or neither."""
    return _ROLES.get(record["event"]) if record.get("run_id") is not None else None


def add_start(number: int, record: dict[str, Any], stage: Stage, known: Messages) -> Begun:
    """Add the rows that the start of a run gives, but for its own.

    Args:
        number: Id of the event.
        record: The event.
        stage: Receives the rows.
        known: Messages that were read before.

    Returns:
        What its own row has besides what its event has.
    """
    kind = STARTS[record["event"]]
    if kind == "span":
        kind = as_text(record.get("kind")) or "chain"
    model = as_text(record.get("model"))
    if kind in _MODEL_KINDS:
        model = model or model_of_params(record.get("params"), record.get("metadata"))
        run_id = as_text(record["run_id"])
        for index, prompt in enumerate(_prompts(record)):
            if isinstance(prompt, list):
                messages = [known.of(message) for message in prompt]
                stage.add("prompts", (number, run_id, index, conversation_text(messages)))
                _messages(number, record, "in", (index, 0), messages, stage=stage)
            else:
                stage.add("prompts", (number, run_id, index, as_text(prompt)))
    return Begun(kind, as_text(record.get("run_type")), model or None, as_text(record.get("tool_call_id")))


_MODEL_KINDS = frozenset({"llm", "chat_model"})


def _prompts(record: dict[str, Any]) -> list[Any]:
    """Give the prompts of a model call."""
    name = record["event"]
    if name == "llm_start":
        return _as_list(record.get("prompts"))
    if name == "chat_model_start":
        return _as_list(record.get("messages"))
    inputs = record.get("inputs")
    return [inputs] if name == "span_start" and inputs is not None else []


def add_end(number: int, record: dict[str, Any], stage: Stage, known: Messages) -> Ended:
    """Add the rows that the end of a run gives, but for its own; as `add_start`."""
    name = record["event"]
    if name in _PLAIN_ENDS and _TELLING.isdisjoint(record):
        return _PLAIN_ENDS[name]
    failed = name in ERRORS
    model, usage = as_text(record.get("model")), read_usage(record.get("usage"))
    if name in ("llm_end", "llm_error"):
        answers, usages = _answers(number, record, stage, known)
        usage = usage_of_run(usages, record.get("llm_output"))
        model = model_of_answer(answers, record.get("llm_output"))
    elif name in ("span_end", "span_error") and record.get("outputs") is not None:
        # Whether the span is a model call, its start says: the tables are joined later.
        run_id = as_text(record["run_id"])
        stage.add("answers", (number, run_id, 0, 0, as_text(record["outputs"]), None, *usage, failed))
    error, stream = _as_object(record.get("error")), _as_object(record.get("stream"))
    status = outcome(error if failed else None)
    if status != "error":
        error = {}
    return Ended(
        (ERRORS if failed else ENDS)[name],
        status,
        as_text(error.get("type")),
        as_text(error.get("message")),
        as_text(error.get("traceback")),
        model,
        *usage,
        as_time(stream.get("first_token_ts")),
        as_count(stream.get("chunks")),
    )


# Most ends tell no more than that the run ended.
_TELLING = frozenset({"model", "usage", "error", "stream"})
_PLAIN_ENDS = {
    name: Ended(ENDS[name], "ok", None, None, None, None, *NO_USAGE, None, None)
    for name in ("chain_end", "tool_end", "retriever_end")
}


def add_other(number: int, segment: str, record: dict[str, Any], stage: Stage) -> None:
    """Add the rows that an event gives which is neither start nor end of a run."""
    name = record["event"]
    if name in _MARKS:
        _session(number, segment, record, stage)
    elif (add := _BY_EVENT.get(name)) is not None:
        add(number, record, stage)


def _answers(
    number: int, record: dict[str, Any], stage: Stage, known: Messages
) -> tuple[list[Mapping[str, Any]], list[Usage]]:
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
                _messages(number, record, "out", (prompt_index, index), [known.of(message)], stage=stage)
    return found, told


def _messages(
    number: int,
    record: dict[str, Any],
    direction: str,
    place: tuple[int, int],
    messages: list[Said],
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
                *message.cells,
            ),
        )
        if direction == "out":
            for nth, call in enumerate(message.message.tool_calls):
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


def _session(number: int, segment: str, record: dict[str, Any], stage: Stage) -> None:
    stage.add(
        "session_marks",
        (
            number,
            as_text(record.get("session_id")),
            record["ts"],
            record["event"],
            segment,
            json_text(record.get("session")),
            as_text(record.get("host")),
        ),
    )


def _as_object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _token(number: int, record: dict[str, Any], stage: Stage) -> None:
    """Add a streamed piece, which may come as a token, as a delta, or as both."""
    is_token = record["event"] == "llm_new_token"
    data = record.get("data")
    if is_token or (isinstance(data, dict) and data.get("event") == "content-block-delta"):
        run_id, session_id = as_text(record.get("run_id")), as_text(record.get("session_id"))
        stage.add("streamed", (number, run_id, session_id, record["ts"], is_token))


_ROLES = {**dict.fromkeys(STARTS, "start"), **dict.fromkeys((*ENDS, *ERRORS), "end")}
_MARKS = frozenset({"session_start", "session_end", "segment_start"})
_BY_EVENT: dict[str, Callable[[int, dict[str, Any], Stage], None]] = {
    "score": _score,
    "asset": _asset,
    "llm_new_token": _token,
    "stream_event": _token,
}
