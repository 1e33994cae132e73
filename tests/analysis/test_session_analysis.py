"""Prompts with their answers, as the trackers' callbacks show them, from logs written by hand."""

import html
import re
from contextlib import suppress
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lctrack_analysis import Logs, QueryError
from lctrack_analysis.columns import METRICS
from tests.analysis.conftest import Load
from tests.analysis.writing import ai, call, chat, event, human, llm, token

HOSTILE = "<script>alert(1)</script>\n<img src=x onerror='x'>&lt;\x1b[31m\x00\"</p>"


def told(logs: Logs, *columns: str) -> list[tuple[Any, ...]]:
    return logs.session_analysis.select(columns).rows()


def test_answers_that_come_in_another_order_keep_their_prompts(load_events: Load) -> None:
    calls = [llm(f"r{n}", [f"prompt {n}"], [[f"answer {n}"]]) for n in range(4)]
    logs = load_events(*[start for start, _ in calls], *[end for _, end in reversed(calls)])
    assert told(logs, "prompt_step", "prompts", "output_step", "output") == [
        (n + 1, f"prompt {n}", 8 - n, f"answer {n}") for n in range(4)
    ]


def test_steps_are_those_of_the_records(samples: Logs) -> None:
    joined = samples.sql(
        "SELECT a.text, s.output, b.prompts, s.prompts FROM session_analysis AS s "
        "JOIN action_records AS a ON a.session_id = s.session_id AND a.step = s.output_step "
        "AND a.prompt_index = s.prompt_index AND a.generation_index = s.generation_index "
        "JOIN action_records AS b ON b.session_id = s.session_id AND b.step = s.prompt_step "
        "AND b.prompt_index = s.prompt_index WHERE a.action = 'on_llm_end' AND b.action = 'on_llm_start'"
    ).rows()
    answered = samples.sql("SELECT count(*) FROM generations WHERE NOT partial").item()
    assert answered == len(joined) > 30
    assert [row for row in joined if row[0] != row[1] or row[2] != row[3]] == []


def test_every_generation_is_a_row_once(samples: Logs) -> None:
    keys = ["run_id", "prompt_index", "generation_index"]
    rows = samples.session_analysis.select(keys).drop_nulls()
    assert sorted(samples.generations.select(keys).rows()) == sorted(rows.rows())


def test_a_call_that_failed_has_a_row_with_its_error(load_events: Load) -> None:
    error = {"type": "Overloaded", "message": "<later>"}
    logs = load_events(llm("r", ["p"], [[]])[0], event("llm_error", 1, run_id="r", error=error))
    [row] = logs.session_analysis.to_dicts()
    assert tuple(row[key] for key in ("prompts", "output", "prompt_step", "output_step")) == ("p", None, 1, 2)
    assert (row["error_type"], row["error_message"]) == ("Overloaded", "<later>")
    assert '<p style="color:red;">\n    Overloaded: &lt;later&gt;\n  </p>' in row["chat_html"]


def test_what_a_call_without_an_end_streamed_is_its_output(load_events: Load) -> None:
    pieces = [token(0.3, "r") | {"token": "lo"}, token(0.4, "r") | {"token": [{"type": "text", "text": " all"}]}]
    logs = load_events(llm("r", ["p"], [[]])[0], token(0.2, "r") | {"token": "Hel"}, *pieces)
    assert told(logs, "prompts", "output", "output_step") == [("p", "Hello all", None)]


def test_tokens_of_a_call_with_several_answers_can_be_summed(load_events: Load) -> None:
    start, end = llm("r", ["p", "q"], [["a", "b"], ["c"]])
    usage = {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}
    logs = load_events(start, end | {"llm_output": {"token_usage": usage}})
    tokens = ("token_usage_total_tokens", "token_usage_prompt_tokens", "token_usage_completion_tokens")
    assert told(logs, *tokens) == [(5, 2, 3), (None,) * 3, (None,) * 3]


def test_tokens_that_only_the_message_tells_are_there(load_events: Load) -> None:
    usage = {"input_tokens": 2, "output_tokens": 3, "total_tokens": 5}
    logs = load_events(*chat("r", [human("hi")], ai("ho", usage_metadata=usage)))
    assert told(logs, "token_usage_total_tokens", "token_usage_prompt_tokens") == [(5, 2)]


def test_tool_calls_of_an_answer_are_to_be_seen(load_events: Load) -> None:
    logs = load_events(*chat("r", [human("hi")], ai("", call("search", "c", q="x"))))
    assert told(logs, "output") == [("",)]
    assert 'search({"q":"x"})' in html.unescape(logs.session_analysis["chat_html"][0])


class Page(HTMLParser):
    """Keeps the tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.text += data


def tags(line_breaks: int) -> list[Any]:
    black, green = [("p", [("style", f"color:{color};")]) for color in ("black", "green")]
    return sorted([black, ("blockquote", []), green, *[("br", [])] * line_breaks])


def test_the_page_has_the_shape_that_the_trackers_give_it(load_events: Load) -> None:
    page = load_events(*llm("r", ["p\nq"], [["a"]])).session_analysis["chat_html"][0]
    shape = '<p style="color:black;">p<br>q:</p><blockquote><p style="color:green;">a</p></blockquote>'
    assert shape == re.sub(r"\s*(<[^>]+>)\s*", r"\1", page)


@pytest.mark.parametrize("place", ["prompt", "answer", "error", "role", "tool"])
def test_hostile_text_is_no_markup_wherever_it_stands(place: str, load_events: Load) -> None:
    def text(name: str) -> str:
        return HOSTILE if place == name else "x"

    asked = [{"type": "chat", "role": text("role"), "content": text("prompt")}]
    start, end = chat("r", asked, ai(text("answer"), call(text("tool"), "c", q=text("tool"))))
    failure = {"event": "llm_error", "error": {"type": "E", "message": text("error")}}
    page = load_events(start, end | failure).session_analysis["chat_html"][0]
    assert {"p", "blockquote", "br"} >= {tag for tag, _ in Page(page).tags}
    assert {"color:black;", "color:green;", "color:red;"} == {
        value for _, attrs in Page(page).tags for _, value in attrs
    }
    assert "\x1b" not in page
    assert "\x00" not in page


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prompt=st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n")),
    answer=st.text(st.sampled_from("<>&\"';#x2ap/ \n")),
)
def test_any_text_is_text_in_the_page(prompt: str, answer: str, load_events: Load) -> None:
    logs = load_events(*llm("r", [prompt], [[answer]]))
    page = Page(logs.session_analysis["chat_html"][0])
    logs.close()
    assert tags(prompt.count("\n") + answer.count("\n")) == sorted(page.tags)
    assert f"{prompt}:\n\n  \n    {answer}\n  \n\n" == page.text


def test_the_columns_are_those_that_the_trackers_show_in_their_order(samples: Logs) -> None:
    shown = ["prompt_step", "prompts", "name", "output_step", "output", "token_usage_total_tokens"]
    shown += [
        "token_usage_prompt_tokens",
        "token_usage_completion_tokens",
        *[each.name for each in METRICS],
        "dependency_tree",
        "entities",
        "chat_html",
    ]
    assert shown == [name for name in samples.session_analysis.columns if name in shown]


@pytest.mark.parametrize("argument", ["NULL", "'[]'", "'no JSON'", "'7'", "'[7, null, \"x\"]'"])
def test_the_function_behind_the_records_takes_what_other_queries_give_it(argument: str, samples: Logs) -> None:
    with suppress(QueryError):
        assert samples.sql(f"SELECT flattened({argument}) AS f")["f"][0] in (None, "{}")
