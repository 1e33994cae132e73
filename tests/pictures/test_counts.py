"""The counts in the tables are those of spaCy's own documents."""

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lctrack_analysis import UsageError
from lctrack_analysis.pictures import ANNOTATION
from lctrack_analysis.pictures.annotate import LONGEST, Annotation, Annotator, Task
from lctrack_analysis.pictures.model import find_model
from tests.pictures.conftest import LoadTexts
from tests.pictures.sentences import TEXT, train

COLUMNS = [column.name for column in ANNOTATION]


@pytest.fixture(scope="module")
def annotator(model: Path) -> Annotator:
    return Annotator(find_model(model), "mark")


def test_the_model_reads_what_it_learnt(nlp: Any) -> None:
    doc = nlp(TEXT)
    assert [sentence.text for sentence in doc.sents] == TEXT.replace(". ", ".\n").split("\n")
    assert [(ent.text, ent.label_) for ent in doc.ents] == [
        ("Ada Lovelace", "PERSON"),
        ("London", "GPE"),
        ("Paris", "GPE"),
        ("France", "GPE"),
    ]


def test_a_generation_has_the_counts_of_its_text(model: Path, nlp: Any, load_texts: LoadTexts) -> None:
    row = load_texts(TEXT, spacy_model=model).generations.row(0, named=True)
    assert row["spacy_model"] == "en_tiny 1.2.3"
    assert row["spacy_tokens"] == len(nlp(TEXT)) == 16
    assert row["spacy_entities"] == 4
    assert json.loads(row["spacy_entity_labels"]) == {"GPE": 3, "PERSON": 1}
    assert json.loads(row["spacy_pos"]) == Counter(token.pos_ for token in nlp(TEXT))


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_any_text_is_counted_as_spacy_counts_it(texts: list[str], annotator: Annotator, nlp: Any) -> None:
    found = list(annotator.annotate([Task(text, drawn=True) for text in texts]))
    for text, seen in zip(texts, found, strict=True):
        doc = nlp(text)
        assert isinstance(seen, Annotation)
        assert seen.tokens == len(doc)
        assert seen.entities == (len(doc.ents) if len(doc) else None)
        assert seen.pos == (_json(Counter(token.pos_ for token in doc)) if len(doc) else None)


def _json(counts: Counter[str]) -> str:
    return json.dumps(dict(sorted(counts.items())), separators=(",", ":"), ensure_ascii=False)


def test_without_spacy_asked_for_there_are_none(load_texts: LoadTexts) -> None:
    assert set(load_texts(TEXT).generations.select(COLUMNS).row(0)) == {None}


def test_a_model_alone_counts_and_draws_nothing(model: Path, tmp_path: Path, load_texts: LoadTexts) -> None:
    logs = load_texts(TEXT, spacy_model=model)
    assert logs.generations.select("spacy_tokens", "dependency_tree", "entities").row(0) == (16, None, None)
    assert not (tmp_path / "logs" / ".lctrack" / "pictures").exists()
    with pytest.raises(UsageError, match="visualize=True"):
        logs.draw()


def test_an_empty_text_has_no_token_and_nothing_else(model: Path, load_texts: LoadTexts) -> None:
    row = load_texts("", spacy_model=model).generations.row(0, named=True)
    assert [row[name] for name in COLUMNS[1:]] == [0, None, None, None, None, None]


def test_what_the_model_has_no_part_for_is_null(tmp_path: Path, load_texts: LoadTexts) -> None:
    blank = train(tmp_path / "blank")
    row = load_texts(TEXT, spacy_model=blank).generations.row(0, named=True)
    assert [row[name] for name in COLUMNS[1:]] == [16, None, None, None, None, None]


def test_a_text_that_is_too_long_is_not_counted(model: Path, load_texts: LoadTexts) -> None:
    logs = load_texts("word " * (LONGEST // 5 + 1), "word " * (LONGEST // 5), spacy_model=model)
    assert logs.generations["spacy_tokens"].to_list() == [None, LONGEST // 5]


def test_other_tables_do_not_wait_for_spacy(
    model: Path, load_texts: LoadTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(Annotator, "annotate", fail)
    logs = load_texts(TEXT, spacy_model=model)
    assert logs.runs.height == 1
    with pytest.raises(AssertionError):
        _ = logs.session_analysis


def test_a_text_on_which_the_model_fails_costs_no_other_its_counts(model: Path) -> None:
    annotator = Annotator(find_model(model), "mark")
    assert list(annotator.annotate([])) == []
    list(annotator.annotate([Task("a", drawn=False)]))
    tokenizer = annotator._nlp.tokenizer

    def tokenize(text: str) -> Any:
        if "poison" in text:
            raise RuntimeError(unicodedata.name("☠"))
        return tokenizer(text)

    annotator._nlp.tokenizer = tokenize
    found = list(annotator.annotate([Task(text, drawn=False) for text in ("one two", "poison", "three")]))
    assert [seen.tokens if isinstance(seen, Annotation) else str(seen) for seen in found] == [
        2,
        "SKULL AND CROSSBONES",
        1,
    ]
