"""What the tables tell of complexity."""

import statistics
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from lctrack_analysis import Logs, UsageError, load
from lctrack_analysis.columns import COMPLEXITY
from lctrack_analysis.complexity import METRICS, Meter, fill
from lctrack_analysis.complexity.reference import textstat_version
from tests.complexity.conftest import LoadTexts
from tests.complexity.oracle import NAMES, values

TEXTS = (
    "The cat sat on the mat. It was happy there.",
    "Incomprehensible bureaucratic terminology bewilders everybody.",
    "",
)


def test_a_generation_has_what_textstat_says_of_its_text(load_texts: LoadTexts) -> None:
    rows = load_texts(*TEXTS).generations.select(NAMES).rows()
    assert [list(row) for row in rows] == values(TEXTS, "en_US")


def test_a_generation_tells_the_language_and_the_release_of_textstat(load_texts: LoadTexts) -> None:
    told = load_texts("A text.", lang="de").generations.select("text_language", "textstat_version").rows()
    assert told == [("de", textstat_version())]


def test_without_a_text_all_is_null(load_texts: LoadTexts) -> None:
    logs = load_texts("A text.", None)
    [null] = (
        logs.sql("SELECT * FROM generations WHERE text IS NULL").select(column.name for column in COMPLEXITY).rows()
    )
    assert set(null) == {None}


def test_a_session_says_in_its_params_what_its_language_is(load_texts: LoadTexts) -> None:
    text = "Die Straßenbahnhaltestelle war geschlossen, und niemand wusste warum."
    logs = load_texts(text, params={"lang": "de-DE"}, lang="es")
    assert [list(row) for row in logs.generations.select(NAMES).rows()] == values([text], "de_DE")
    assert logs.generations["text_language"].to_list() == ["de_DE"]


@pytest.mark.parametrize("said", ["../../etc", "xx", "", 7, None, {"a": "de"}, "e" * 10_000])
def test_what_a_session_says_that_is_no_language_says_nothing(said: object, load_texts: LoadTexts) -> None:
    assert load_texts("A text.", params={"lang": said}, lang="fr").generations["text_language"].to_list() == ["fr"]


def test_a_language_that_is_not_supported_is_a_usage_error(load_texts: LoadTexts) -> None:
    with pytest.raises(UsageError, match="there is no language klingon: name one as en_US, de, es"):
        load_texts("A text.", lang="klingon")


def test_the_aggregates_are_those_of_the_values(load_texts: LoadTexts) -> None:
    texts = [f"{'Very ' * n}ordinary words make a sentence. Another follows it." for n in range(11)]
    logs = load_texts(*texts)
    found = logs.complexity.filter(scope="session", metric="flesch_reading_ease").to_dicts()
    expected = sorted(row[0] for row in values(texts, "en_US"))
    assert found == [
        {
            "scope": "session",
            "session_id": "s",
            "model": None,
            "metric": "flesch_reading_ease",
            "count": 11,
            "mean": pytest.approx(statistics.mean(expected)),
            "median": pytest.approx(expected[5]),
            "p10": pytest.approx(expected[1]),
            "p90": pytest.approx(expected[9]),
        }
    ]


def test_there_are_aggregates_by_session_by_model_and_by_both(load_texts: LoadTexts) -> None:
    rows = (
        load_texts(*TEXTS).complexity.filter(metric="smog_index").select("scope", "session_id", "model", "count").rows()
    )
    assert sorted(rows, key=str) == [
        ("model", None, "m0", 2),
        ("model", None, "m1", 1),
        ("session", "s", None, 3),
        ("session_model", "s", "m0", 2),
        ("session_model", "s", "m1", 1),
    ]


def test_every_metric_is_aggregated_the_grade_in_words_by_its_higher_grade(load_texts: LoadTexts) -> None:
    logs = load_texts(TEXTS[0])
    found = dict(logs.complexity.filter(scope="session").select("metric", "mean").rows())
    assert sorted(found) == sorted(metric.name for metric in METRICS)
    assert f"and {found['text_standard']:.0f}" in logs.generations["text_standard"][0]


def test_a_query_that_needs_no_complexity_does_not_compute_it(
    load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = load_texts("A text.")

    def fail(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(fill, "Meter", fail)
    logs.sql("SELECT count(*) FROM runs JOIN sessions USING (session_id)")
    logs.script("SHOW TABLES; FROM messages; DESCRIBE traces")
    with pytest.raises(AssertionError):
        logs.sql("FROM Generations")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT words FROM generations",
        'SELECT words FROM "main"."GENERATIONS"',
        "WITH x AS (FROM Generations) SELECT words FROM x",
        "PIVOT generations ON run_id IN ('none') USING count(*) GROUP BY words",
        "SELECT max(count) AS words FROM complexity WHERE scope = 'session'",
    ],
)
def test_no_query_sees_the_columns_before_they_are_filled(query: str, load_texts: LoadTexts) -> None:
    assert load_texts("Word").sql(query)["words"].to_list() == [1]


def test_many_generations_are_filled_in_portions(load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "_PORTION", 3)
    texts = [f"word {'word ' * n}" for n in range(10)]
    assert load_texts(*texts).generations["words"].to_list() == list(range(1, 11))


def test_what_is_interrupted_begins_again_with_the_next_query(
    load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, left = Meter.measure, [3]

    def measure(self: Meter, texts: Sequence[str]) -> pl.DataFrame:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return original(self, texts)

    monkeypatch.setattr(fill, "_PORTION", 1)
    monkeypatch.setattr(Meter, "measure", measure)
    logs = load_texts("one", "one two", "one two three")
    with pytest.raises(KeyboardInterrupt):
        logs.sql("FROM generations")
    assert logs.generations["words"].to_list() == [1, 2, 3]
    assert logs.complexity.filter(scope="session", metric="difficult_words")["count"].to_list() == [3]


def test_a_mean_is_the_same_to_the_last_bit_whatever_the_order_of_the_texts(
    load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "_PORTION", 1)
    texts = [f"{'Very ' * n}ordinary words make a sentence." for n in range(40)]
    means = [load_texts(*order).complexity.filter(scope="session")["mean"] for order in (texts, texts[::-1])]
    assert means[0].equals(means[1])


def test_logs_without_generations_have_empty_tables(load_texts: LoadTexts) -> None:
    logs = load_texts()
    assert logs.complexity.is_empty()
    assert logs.metrics.is_empty()


def test_texts_that_are_sql_are_texts(load_texts: LoadTexts) -> None:
    hostile = "'); DROP TABLE generations; -- {names}"
    assert load_texts(hostile, params={"lang": hostile}).generations["text"].to_list() == [hostile]


def test_the_directory_of_the_cache_is_the_one_that_was_named(load_texts: LoadTexts, tmp_path: Path) -> None:
    assert load_texts("A text.", cache=tmp_path / "kept").generations.height == 1
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["complexity"]
    assert len(list((tmp_path / "kept" / "complexity").iterdir())) == 1
    assert not (tmp_path / "logs" / ".lctrack").exists()


def test_by_default_the_cache_lies_beside_the_logs(load_texts: LoadTexts, tmp_path: Path) -> None:
    first = load_texts("A text.").generations
    assert len(list((tmp_path / "logs" / ".lctrack" / "cache" / "complexity").iterdir())) == 1
    again: Logs = load(tmp_path / "logs")
    assert again.generations.equals(first)
    assert isinstance(again.complexity, pl.DataFrame)


def test_without_a_cache_nothing_is_left(load_texts: LoadTexts, tmp_path: Path) -> None:
    assert load_texts("A text.", cache=False).generations.height == 1
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["one.jsonl"]


@pytest.mark.parametrize("table", ["session_analysis", "generations"])
def test_each_table_asked_for_first_has_the_metrics(table: str, load_texts: LoadTexts) -> None:
    rows = load_texts(*TEXTS).sql(f"FROM {table}").select(NAMES).rows()
    assert sorted(map(str, rows)) == sorted(str(tuple(row)) for row in values(TEXTS, "en_US"))
