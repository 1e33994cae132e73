"""Tokens, models and finish reasons, wherever the integration of a provider puts them."""

from typing import Any

import pytest

from lctrack_analysis import Logs
from tests.analysis.conftest import Load
from tests.analysis.writing import ai, chat, event, generation, human, llm

COLUMNS = ("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "reasoning_tokens")
USAGE = {
    "input_tokens": 100, "output_tokens": 50, "total_tokens": 150,
    "input_token_details": {"cache_read": 80, "cache_creation": 5}, "output_token_details": {"reasoning": 30},
}  # fmt: skip
OPENAI = {
    "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 80}, "completion_tokens_details": {"reasoning_tokens": 30},
}  # fmt: skip
ALL = (100, 50, 150, 80, 30)


def tokens(logs: Logs, table: str) -> list[tuple[int | None, ...]]:
    return logs.table(table).select(COLUMNS).rows()


def answered(message: dict[str, Any] | None = None, **end: Any) -> list[dict[str, Any]]:
    start, _ = chat("r", [human("hi")], ai())
    generations = {"generations": [[generation(message)]]} if message else {}
    return [start, event("llm_end", 1, run_id="r", **generations, **end)]


@pytest.mark.parametrize(
    ("message", "llm_output", "expected"),
    [
        pytest.param(ai("a", usage_metadata=USAGE), None, ALL, id="usage_metadata"),
        pytest.param(ai("a", response_metadata={"token_usage": OPENAI}), None, ALL, id="OpenAI, in the message"),
        pytest.param(ai("a"), {"token_usage": OPENAI}, ALL, id="OpenAI, in llm_output"),
        pytest.param(ai("a", usage_metadata=USAGE), {"token_usage": {"prompt_tokens": 1}}, ALL, id="both: the message"),
        pytest.param(
            ai("a"),
            {"usage": {"input_tokens": 15, "cache_read_input_tokens": 80, "cache_creation_input_tokens": 5,
                       "output_tokens": 50}},
            (100, 50, 150, 80, None), id="Anthropic, whose input tokens leave the cache out",
        ),
        pytest.param(ai("a", usage_metadata={"prompt_token_count": 3, "candidates_token_count": 4}), None,
                     (3, 4, 7, None, None), id="Google, without a total"),
        pytest.param(ai("a"), {"token_usage": {}}, (None,) * 5, id="nothing told"),
        pytest.param(ai("a"), None, (None,) * 5, id="nothing there"),
        pytest.param(ai("a", usage_metadata={"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}), None,
                     (0, 0, 0, None, None), id="zero is a number"),
        pytest.param(ai("a", usage_metadata={"input_tokens": 3.0, "output_tokens": "many"}), None,
                     (3, None, None, None, None), id="ill-typed counts"),
        pytest.param(ai("a", usage_metadata={"input_tokens": 2**63 - 1, "output_tokens": 2**63 - 1}), None,
                     (2**63 - 1, 2**63 - 1, None, None, None), id="counts whose sum fits no column"),
    ],
)  # fmt: skip
def test_the_tokens_of_a_call_are_found(message: Any, llm_output: Any, expected: Any, load_events: Load) -> None:
    logs = load_events(*answered(message, llm_output=llm_output))
    assert [expected] == tokens(logs, "runs")
    assert [expected] == tokens(logs, "generations")


def test_the_tokens_of_a_call_with_many_prompts_are_those_of_the_call(load_events: Load) -> None:
    start, end = llm("r", ["p", "q"], [["a"], ["b"]])
    logs = load_events(start, end | {"llm_output": {"token_usage": OPENAI}})
    assert tokens(logs, "runs") == [ALL]
    assert tokens(logs, "generations") == [(None,) * 5] * 2


def test_usage_that_each_of_several_prompts_tells_is_summed(load_events: Load) -> None:
    start, end = llm("r", ["p", "q"], [["a"], ["b"]])
    end["generations"] = [[generation(ai("a", usage_metadata=USAGE))], [generation(ai("b", usage_metadata=USAGE))]]
    logs = load_events(start, end)
    assert [tuple(2 * count for count in ALL)] == tokens(logs, "runs")
    assert tokens(logs, "generations") == [ALL, ALL]


def test_usage_that_every_answer_to_one_prompt_repeats_counts_once(load_events: Load) -> None:
    start, _ = chat("r", [human("hi")], ai())
    answers = [generation(ai(text, usage_metadata=USAGE)) for text in "abc"]
    logs = load_events(start, event("llm_end", 1, run_id="r", generations=[answers]))
    assert tokens(logs, "runs") == [ALL]
    assert tokens(logs, "generations") == [ALL, (None,) * 5, (None,) * 5]


def test_usage_that_differs_between_the_answers_to_one_prompt_is_summed(load_events: Load) -> None:
    start, _ = chat("r", [human("hi")], ai())
    answers = [generation(ai("a", usage_metadata={"input_tokens": n, "output_tokens": 1})) for n in (1, 2)]
    logs = load_events(start, event("llm_end", 1, run_id="r", generations=[answers]))
    assert tokens(logs, "runs") == [(3, 2, 5, None, None)]


def test_a_span_tells_its_tokens_by_the_names_of_the_columns(load_events: Load) -> None:
    logs = load_events(
        event("span_start", 0, run_id="r", kind="llm"),
        event("span_end", 1, run_id="r", outputs="a", usage=dict(zip(COLUMNS, ALL, strict=True))),
    )
    assert tokens(logs, "runs") == tokens(logs, "generations") == [ALL]


def test_sums_that_fit_no_column_leave_it_empty(load_events: Load) -> None:
    lines = []
    for n in range(2):
        lines += [
            event("span_start", n, run_id=f"r{n}", kind="llm"),
            event("span_end", n + 1, run_id=f"r{n}", usage={"input_tokens": 2**63 - 1, "output_tokens": 1}),
        ]
    logs = load_events(*lines)
    assert logs.sessions.select("input_tokens", "output_tokens").rows() == [(None, 2)]


def test_the_model_is_the_one_that_answered_or_else_was_asked(load_events: Load) -> None:
    calls: list[tuple[Any, Any, Any, str | None]] = [
        ({"params": {"model": "asked"}}, ai(response_metadata={"model_name": "answered"}), None, "answered"),
        ({"params": {"model": "asked"}}, ai(), {"model_name": "answered"}, "answered"),
        ({"params": {"model_name": "asked"}}, ai(), None, "asked"),
        ({"metadata": {"ls_model_name": "asked"}}, ai(), None, "asked"),
        ({"params": {"model": ""}, "metadata": {"ls_model_name": "asked"}}, ai(), {"model_name": ""}, "asked"),
        ({"params": [1], "metadata": "x"}, ai(), [1], None),
    ]
    lines = []
    for n, (start, message, llm_output, _) in enumerate(calls):
        begun, ended = answered(message, llm_output=llm_output)
        lines += [begun | start | {"run_id": f"r{n}"}, ended | {"run_id": f"r{n}"}]
    logs = load_events(*lines)
    assert [model for *_, model in calls] == logs.runs["model"].to_list() == logs.generations["model"].to_list()


def test_the_finish_reason_is_found(load_events: Load) -> None:
    answers = [
        (generation(ai(response_metadata={"finish_reason": "stop"})), "stop"),
        (generation(ai(response_metadata={"stop_reason": "end_turn"})), "end_turn"),
        (generation(ai(response_metadata={"done_reason": "length"})), "length"),
        ({"text": "a", "generation_info": {"finish_reason": "STOP"}}, "STOP"),
        (generation(ai()) | {"generation_info": {"finish_reason": "tool_calls"}}, "tool_calls"),
        ({"text": "a", "generation_info": {"finish_reason": None}}, None),
        ({"text": "a"}, None),
    ]
    logs = load_events(event("llm_end", 1, run_id="r", generations=[[answer] for answer, _ in answers]))
    assert [reason for _, reason in answers] == logs.generations["finish_reason"].to_list()
