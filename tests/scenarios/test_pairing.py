"""Every answer in the samples belongs to the prompt it is recorded with: the models can say what they would answer."""

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage
from pydantic import TypeAdapter

from sample_logs.make import HERE
from sample_logs.scenarios import agent, batch, chat, generate, rag, react, sequential
from sample_logs.scenarios.models import Reply
from tests.scenarios.recordings import Event, read_all

_MESSAGES: TypeAdapter[list[AnyMessage]] = TypeAdapter(list[AnyMessage])


def _by_temperature(start: Event) -> Reply:
    return generate.reply(start["prompts"][0], start["params"]["temperature"])


def _by_prompt(reply: Callable[[str], Reply]) -> Callable[[Event], Reply]:
    return lambda start: reply(start["prompts"][0])


def _by_messages(reply: Callable[[Any], Reply]) -> Callable[[Event], Reply]:
    return lambda start: reply(_MESSAGES.validate_python(start["messages"][0]))


@pytest.mark.parametrize(
    ("key", "reply", "calls"),
    [
        ("a-generate", _by_temperature, 12),
        ("b-sequential", _by_prompt(sequential.reply), 2),
        ("c-react", _by_prompt(react.reply), 4),
        ("d-chat", _by_messages(chat.reply), 2),
        ("e-batch", _by_messages(batch.reply), 8),
        ("f-rag", _by_messages(rag.reply), 2),
        ("g-agent", _by_messages(agent.reply), 7),
    ],
)
def test_a_run_holds_the_answer_to_its_own_prompt(key: str, reply: Callable[[Event], Reply], calls: int) -> None:
    starts, ends = _model_calls(key)
    assert calls == len(starts) == len(ends)
    for run_id, start in starts.items():
        expected = reply(start)
        [[generation]] = ends[run_id]["generations"]
        assert expected.text == generation["text"]
        if "message" in generation:
            calls_made = AIMessage(**{**generation["message"], "type": "ai"}).tool_calls
            assert list(expected.tool_calls) == calls_made


def test_the_answers_of_the_batch_arrived_in_another_order_than_the_questions() -> None:
    starts, ends = _model_calls("e-batch")
    assert list(starts) != list(ends)


def test_each_answer_of_the_batch_names_what_its_question_asked_about() -> None:
    starts, ends = _model_calls("e-batch")
    for run_id, start in starts.items():
        question = start["messages"][0][-1]["content"]
        [topic] = [topic for topic in batch.ANSWERS if topic in question]
        assert topic in ends[run_id]["generations"][0][0]["text"].lower()


def _model_calls(key: str) -> tuple[dict[str, Event], dict[str, Event]]:
    """Give the starts and the ends of the model calls of a sample, by run, in the order they were recorded in."""
    events = read_all(HERE / key)
    starts = {event["run_id"]: event for event in events if event["event"] in ("llm_start", "chat_model_start")}
    return starts, {event["run_id"]: event for event in events if event["event"] == "llm_end"}
