"""`--search`: the best texts first, whatever is searched for."""

import math
import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lctrack_analysis import Logs, UsageError
from lctrack_analysis.questions import search
from lctrack_analysis.questions.search import match_expression
from tests.analysis.conftest import Load
from tests.analysis.writing import ai, chat, event, human, llm

TEXTS = [
    "The cold store keeps the reagents cold.",
    "A store of letters",
    "the reagents, the letters, the courier and the cold weather of a long and cold winter",
    "Nothing of the kind",
    "cold",
]


def ranked(texts: list[str], words: list[str]) -> list[tuple[str, float]]:
    """Rank texts by BM25 as it is defined (Robertson and Zaragoza 2009), with k1 = 1.2 and b = 0.75."""
    split = [re.findall(r"\w+", text.lower()) for text in texts]
    average = sum(map(len, split)) / len(split)
    scores = {}
    for text, tokens in zip(texts, split, strict=True):
        if not set(words) <= set(tokens):
            continue
        counts, score = Counter(tokens), 0.0
        for word in words:
            holding = sum(word in other for other in split)
            weight = max(math.log((len(split) - holding + 0.5) / (holding + 0.5)), 1e-6)
            score += weight * counts[word] * 2.2 / (counts[word] + 1.2 * (0.25 + 0.75 * len(tokens) / average))
        scores[text] = score
    return sorted(scores.items(), key=lambda each: -each[1])


@pytest.mark.parametrize(
    "words", [["store"], ["letters"], ["the", "letters"], ["reagents", "cold"], ["courier"], ["absent"]]
)
def test_hits_are_scored_as_the_formula_says(words: list[str], load_events: Load) -> None:
    logs = load_events(*llm("r", ["unrelated question"], [TEXTS]))
    expected = ranked([*TEXTS, "unrelated question"], words)
    found = search(logs, " ".join(words)).frame
    assert [score for _, score in expected] == pytest.approx(found["score"].to_list(), rel=1e-6)
    plain = [re.sub(r"[\[\]…]", "", snippet) for snippet in found["snippet"]]
    assert all(text.startswith(begun) or begun in text for begun, (text, _) in zip(plain, expected, strict=True))


def test_a_hit_tells_where_it_is_from(load_events: Load) -> None:
    logs = load_events(
        event("session_start", 0, session={"name": "talk"}),
        *chat("first", [human("what is an air gap")], ai("a measure"), 1),
        *chat("second", [human("what is an air gap"), ai("a measure"), human("thanks")], ai("welcome"), 3),
    )
    [row] = search(logs, "gap").frame.to_dicts()
    expected = {"part": "prompt", "role": "user", "session": "talk", "run_id": "first", "trace_id": "first", "times": 2}
    assert expected == {key: row[key] for key in expected}
    assert row["snippet"] == "what is an air [gap]"
    assert row["time"] == logs.runs.filter(run_id="first")["start_time"].item()
    [row] = search(logs, "measure").frame.to_dicts()
    assert (row["part"], row["role"], row["run_id"], row["times"]) == ("generation", "assistant", "first", 2)


def test_prompts_of_calls_that_failed_are_found(load_events: Load) -> None:
    logs = load_events(
        event("llm_start", 0, run_id="r", prompts=["first", "the second prompt"]),
        event("llm_error", 1, run_id="r", error={"type": "E"}),
    )
    assert search(logs, "second").frame["run_id"].to_list() == ["r"]


def test_every_text_of_the_samples_is_found_by_its_own_words(samples: Logs) -> None:
    for text in samples.generations["text"].unique():
        words = re.findall(r"\w+", text or "")[:6]
        if words:
            assert not search(samples, f'"{" ".join(words)}"').frame.is_empty()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("COLD store", True),
        ("reag*", True),
        ("reag", False),
        ('"cold store"', True),
        ('"store cold"', False),
        ('"cold store', True),
        ("cold absent", False),
        ("café", True),
        ("cafe", True),
        ("foo-bar", True),
        ("bar-foo", False),
        ("北京", True),
        ("京北", False),
        ("北京*", True),
        ("OR", False),
        ("NOT cold", False),
        ("text:cold", False),
        ("cold)", True),
    ],
)
def test_what_a_query_means(query: str, found: bool, load_events: Load) -> None:
    logs = load_events(*llm("r", ["?"], [["the cold store keeps reagents at the Café foo-bar 我在北京住"]]))
    assert found == (not search(logs, query).frame.is_empty())


def test_letters_of_a_script_without_spaces_are_shown_as_they_were(load_events: Load) -> None:
    logs = load_events(*llm("r", ["?"], [["我在 北京住 (AI公司)"]]))
    assert search(logs, "北京").frame["snippet"].to_list() == ["我在 [北京]住 (AI公司)"]


@pytest.mark.parametrize("query", ["", "  ", "!!!", '"', '""', "*", "-", "\x00", "\udc80"])
def test_a_query_without_a_word_is_refused(query: str, samples: Logs) -> None:
    with pytest.raises(UsageError, match="there is no word to search for"):
        search(samples, query)


@given(query=st.text(st.characters()) | st.text("ab\"*^:(){}+-'ANDORTNEAR, \x00\\", max_size=30))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_is_answered_or_has_no_word(query: str, whole: Logs) -> None:
    try:
        found = search(whole, query).frame
    except UsageError:
        return
    assert found.height <= 20


@given(text=st.text(st.characters(codec="utf-8")))
@settings(deadline=None, max_examples=300)
def test_any_query_is_quoted(text: str) -> None:
    try:
        expression = match_expression(text)
    except UsageError:
        return
    assert re.fullmatch(r'"[^"]*"\*?(?: "[^"]*"\*?)*', expression)


@pytest.fixture(scope="module")
def whole(sample_files: object) -> Logs:
    from lctrack_analysis import load

    return load(f"{sample_files}/i-spans", cache=False)


def test_there_are_at_most_as_many_hits_as_asked_for(samples: Logs) -> None:
    assert search(samples, "the", limit=3).frame.height == 3
    assert search(samples, "the", limit=1000).frame.height > 20


def test_nothing_is_left_behind(samples: Logs) -> None:
    before = sorted(samples.workplace.iterdir())
    search(samples, "the")
    assert before == sorted(samples.workplace.iterdir())
