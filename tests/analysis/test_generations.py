"""Every generated text is a row, with its own prompt."""

import json

import pytest

from lctrack_analysis import Logs
from tests.analysis.conftest import Load
from tests.analysis.writing import ai, chat, event, human, llm


def told(logs: Logs, *columns: str) -> list[tuple[object, ...]]:
    return logs.generations.select(columns).rows()


def test_a_call_with_six_prompts_gives_each_answer_its_own(load_events: Load) -> None:
    prompts = [f"prompt {n}" for n in range(6)]
    logs = load_events(*llm("r", prompts, [[f"answer {n}"] for n in range(6)]))
    assert [("r", n, 0, f"prompt {n}", f"answer {n}") for n in range(6)] == told(
        logs, "run_id", "prompt_index", "generation_index", "prompt", "text"
    )
    assert logs.runs.height == 1


def test_six_calls_whose_answers_come_in_another_order_keep_their_prompts(load_events: Load) -> None:
    calls = [llm(f"r{n}", [f"prompt {n}"], [[f"answer {n}"]]) for n in range(6)]
    starts = [start | {"ts": start["ts"] + n} for n, (start, _) in enumerate(calls)]
    logs = load_events(*starts, *[end for _, end in reversed(calls)])
    assert [(f"r{n}", f"prompt {n}", f"answer {n}") for n in range(6)] == told(logs, "run_id", "prompt", "text")


def test_several_answers_to_one_prompt_are_counted_from_0(load_events: Load) -> None:
    logs = load_events(*llm("r", ["p", "q"], [["a", "b"], ["c", "d", "e"]]))
    assert told(logs, "prompt_index", "generation_index", "prompt", "text") == [
        (0, 0, "p", "a"),
        (0, 1, "p", "b"),
        (1, 0, "q", "c"),
        (1, 1, "q", "d"),
        (1, 2, "q", "e"),
    ]


def test_a_prompt_without_an_answer_makes_no_row_and_shifts_none(load_events: Load) -> None:
    logs = load_events(*llm("r", ["p", "q", "r"], [["a"], [], ["c"]]))
    assert told(logs, "prompt", "text") == [("p", "a"), ("r", "c")]


def test_more_answers_than_prompts_are_kept_without_one(load_events: Load) -> None:
    logs = load_events(*llm("r", ["p"], [["a"], ["b"]]))
    assert told(logs, "prompt", "text") == [("p", "a"), (None, "b")]


def test_an_answer_whose_start_was_lost_has_no_prompt(load_events: Load) -> None:
    assert told(load_events(llm("r", ["p"], [["a"]])[1]), "prompt", "text", "kind") == [(None, "a", "llm")]


def test_an_answer_that_an_error_cut_short_is_partial(load_events: Load) -> None:
    logs = load_events(
        event("chat_model_start", 0, run_id="r", messages=[[human("hi")]]),
        event("llm_error", 1, run_id="r", error={"type": "E", "message": "m"},
              generations=[[{"text": "half", "message": ai("half")}]]),
        *llm("whole", ["p"], [["all"]], 2),
    )  # fmt: skip
    assert told(logs, "text", "partial", "prompt") == [("half", True, "user: hi"), ("all", False, "p")]
    assert logs.runs["status"].to_list() == ["error", "ok"]
    assert json.loads(logs.runs["outputs"][0])[0][0]["text"] == "half"


def test_a_failed_call_without_an_answer_makes_no_row(load_events: Load) -> None:
    logs = load_events(llm("r", ["p"], [[]])[0], event("llm_error", 1, run_id="r", error={"type": "E", "message": ""}))
    assert logs.generations.is_empty()


def test_a_chat_call_has_its_conversation_as_messages_and_as_text(load_events: Load) -> None:
    messages = [
        {"type": "system", "content": "Be brief."},
        human([{"type": "text", "text": "What"}, {"type": "image_url", "image_url": "…"}, "is this?"]),
        ai("", {"name": "look", "args": {"at": "it"}, "id": "c"}),
        {"type": "tool", "content": "a cat", "tool_call_id": "c", "name": "look"},
    ]
    logs = load_events(*chat("r", messages, ai("A cat.", response_metadata={"finish_reason": "stop"})))
    [row] = logs.generations.to_dicts()
    assert row["prompt"] == 'system: Be brief.\nuser: What\nis this?\nassistant: look({"at":"it"})\ntool: a cat'
    assert messages == json.loads(row["messages"])
    assert ai("A cat.", response_metadata={"finish_reason": "stop"}) == json.loads(row["message"])
    assert (row["text"], row["kind"], row["finish_reason"], row["name"]) == ("A cat.", "chat_model", "stop", "chat")


@pytest.mark.parametrize(
    ("inputs", "prompt", "messages"),
    [
        ("a question", "a question", None),
        ({"prompt": "a question"}, '{"prompt":"a question"}', None),
        ([{"role": "user", "content": "hi"}], "user: hi", [{"role": "user", "content": "hi"}]),
        (None, None, None),
    ],
)
def test_a_span_of_kind_llm_is_a_model_call(inputs: object, prompt: str, messages: object, load_events: Load) -> None:
    logs = load_events(
        event("span_start", 0, run_id="r", kind="llm", name="house", model="house-2", inputs=inputs),
        event("span_end", 1, run_id="r", outputs="an answer", usage={"input_tokens": 3, "output_tokens": 4}),
    )
    [row] = logs.generations.to_dicts()
    assert [prompt, "an answer", "house-2", 7] == [row[key] for key in ("prompt", "text", "model", "total_tokens")]
    assert messages == (None if row["messages"] is None else json.loads(row["messages"]))


def test_a_failed_span_of_kind_llm_keeps_what_it_had_generated(load_events: Load) -> None:
    logs = load_events(
        event("span_start", 0, run_id="r", kind="llm", inputs="q"),
        event("span_error", 1, run_id="r", outputs="half", error={"type": "E", "message": "m"}),
    )
    assert told(logs, "text", "partial", "prompt") == [("half", True, "q")]


def test_a_span_of_another_kind_generates_nothing(load_events: Load) -> None:
    lines = [
        event("span_start", 0, run_id="r", kind="agent", inputs="q"),
        event("span_end", 1, run_id="r", outputs="a"),
    ]
    assert load_events(*lines).generations.is_empty()


def test_odd_generations_do_not_stop_the_reading(load_events: Load) -> None:
    odd = [["text only"], {"text": "no list"}, [None], [{"text": None}], [{"message": "text"}], 7]
    logs = load_events(
        event("llm_start", 0, run_id="r", prompts="one"), event("llm_end", 1, run_id="r", generations=odd)
    )
    assert told(logs, "prompt_index", "text", "message") == [
        (0, "text only", None),
        (2, None, None),
        (3, None, None),
        (4, None, '"text"'),
    ]


def test_the_samples_pair_every_answer_with_the_prompt_its_run_recorded(samples: Logs) -> None:
    generations = samples.generations.filter(~samples.generations["partial"])
    assert generations.height > 30
    assert generations["prompt"].null_count() == 0
    recorded = samples.sql(
        "SELECT run_id, data -> 'prompts' ->> 0 AS prompt, data -> 'messages' -> 0 AS messages FROM events "
        "WHERE event IN ('llm_start', 'chat_model_start')"
    )
    joined = generations.join(recorded, on="run_id", how="inner")
    for row in joined.to_dicts():
        if row["prompt_right"] is not None:
            assert row["prompt_right"] == row["prompt"]
        else:
            assert json.loads(row["messages_right"]) == json.loads(row["messages"])
