"""The sixteen metrics are textstat's, for every text: 1e-9, and the grade in words to the letter."""

import math
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lctrack_analysis.complexity import Meter
from lctrack_analysis.complexity.engine import Engine
from lctrack_analysis.complexity.languages import language
from tests.complexity.oracle import NAMES, Values, values, values_on_all_cores
from tests.complexity.texts import WORDS, assembled, awkward, documents, in_language

ROOT = Path(__file__).parents[2]
ASSEMBLED, AWKWARD, OF_EACH_LANGUAGE = 10_000, 4_500, 400


def differences(texts: Sequence[str], expected: Values, actual: pl.DataFrame) -> list[tuple[str, str, object, object]]:
    return [
        (text, name, one, other)
        for text, left, right in zip(texts, expected, actual.select(NAMES).iter_rows(), strict=True)
        for name, one, other in zip(NAMES, left, right, strict=True)
        if not same(one, other)
    ]


def same(expected: object, actual: object) -> bool:
    if isinstance(expected, float | int) and isinstance(actual, float | int):
        return math.isclose(expected, actual, rel_tol=0, abs_tol=1e-9)
    return expected == actual


def check(texts: Sequence[str], expected: Values, lang: str) -> None:
    with Meter(lang, processes=1) as meter:
        assert differences(texts, expected, meter.measure(texts)) == []


@pytest.fixture(scope="module")
def texts() -> dict[str, list[str]]:
    """Give texts by language."""
    english = [*assembled(ASSEMBLED), *awkward(AWKWARD), *sorted(set(documents(ROOT)))]
    others = {lang: [*in_language(lang, OF_EACH_LANGUAGE - 50), *awkward(50, seed=len(lang))] for lang in WORDS}
    return {"en_US": english, **others}


@pytest.fixture(scope="module")
def expected(texts: dict[str, list[str]]) -> dict[str, Values]:
    """Give textstat's values for them."""
    return values_on_all_cores(texts)


def test_there_are_twenty_thousand_texts_in_more_than_six_languages(texts: dict[str, list[str]]) -> None:
    assert sum(map(len, texts.values())) >= 20_000
    assert len(texts) > 6


@pytest.mark.parametrize("lang", ["en_US", *WORDS])
def test_in_every_language(lang: str, texts: dict[str, list[str]], expected: dict[str, Values]) -> None:
    check(texts[lang], expected[lang], lang)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(st.text(max_size=80), min_size=1, max_size=25))
def test_on_any_unicode(texts: list[str]) -> None:
    actual = ENGINE.measure([*texts, " ".join(texts)])
    assert differences([*texts, " ".join(texts)], values([*texts, " ".join(texts)], "en_US"), actual) == []


ENGINE = Engine(language("en_US"))

LONG = {
    "words": " ".join(assembled(900, seed=9))[:1_000_000],
    "one word": "x" * 20_000,
    "spaces": " " * 1_000_000,
    "stops": "a." * 20_000,
    "stops alone": "." * 200_000,
    "apostrophes": "'" * 200_000,
    "sentences of two words": "so it. " * 5_000,
    "a hundred words and marks": "- " * 500 + "word " * 99 + "- " * 50 + "end. more of it. " * 3,
    "emoji": "😀👩‍👩‍👧 " * 5_000,
    "code": Path(__file__).read_text(encoding="utf-8") * 3,
}


@pytest.mark.parametrize("kind", LONG)
def test_on_long_texts(kind: str) -> None:
    assert differences([LONG[kind]], values([LONG[kind]], "en_US"), ENGINE.measure([LONG[kind]])) == []


@pytest.mark.parametrize("words", range(98, 104))
def test_where_the_first_hundred_words_end(words: int) -> None:
    texts = [
        "Word, they said. " * 0 + " ".join(["ridiculous", "- it.", "was"] * words)[: 7 * words],
        " ".join(["a"] * words),
        " ".join(["a"] * words) + " - . -",
        "- " + " ".join(["so it was."] * 33 + ["again"] * (words - 99)),
        " ".join(["one two"] * 49 + ["three.four"] * (words - 98)),
    ]
    assert differences(texts, values(texts, "en_US"), ENGINE.measure(texts)) == []


def test_the_empty_text_and_blank_ones() -> None:
    texts = ["", " ", "\n", "\xa0", ".", "'", "' '", "\u0301", "-", "_", "a", "the"]
    assert differences(texts, values(texts, "en_US"), ENGINE.measure(texts)) == []


def test_lone_surrogates_are_measured_by_textstat() -> None:
    texts = ["a \ud800 b. It goes on like this.", "A sound text.", "\udfff"]
    with Meter() as meter:
        assert differences(texts, values(texts, "en_US"), meter.measure(texts)) == []


def test_a_new_vocabulary_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = assembled(300, seed=5)
    expected = Engine(language("en_US")).measure(texts)
    monkeypatch.setattr("lctrack_analysis.complexity.vocabulary._MOST_TOKENS", 100)
    engine = Engine(language("en_US"))
    actual = pl.concat([engine.measure(texts[place : place + 10]) for place in range(0, 300, 10)])
    assert actual.equals(expected)
