"""A real model, trained once, and logs with generated texts to draw."""

import importlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis import Logs, load
from tests.analysis.writing import llm, numbered, segment_start, write
from tests.pictures.sentences import train

WriteTexts = Callable[..., Path]
LoadTexts = Callable[..., Logs]


@pytest.fixture(scope="session", autouse=True)
def with_spacy() -> None:
    """Leave all of this out where the extra is not installed; where the wheels are tested, it is."""
    if not os.environ.get("LCTRACK_WHEELS"):
        pytest.importorskip("spacy")
    importlib.import_module("spacy")


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a model with tagger, parser and entity recogniser."""
    return train(tmp_path_factory.mktemp("model") / "en_tiny", "morphologizer", "parser", "ner")


@pytest.fixture(scope="session")
def nlp(model: Path) -> Any:
    """Give the same model, loaded by spaCy itself."""
    import spacy

    return spacy.load(model)


@pytest.fixture
def write_texts(tmp_path: Path) -> WriteTexts:
    """Write a log whose model calls generate these texts, one each."""

    def write_them(*texts: str) -> Path:
        calls = [line for n, text in enumerate(texts) for line in llm(f"r{n}", ["?"], [[text]], n)]
        return write(tmp_path / "logs" / "one.jsonl", *numbered([segment_start(), *calls]))

    return write_them


@pytest.fixture
def load_texts(write_texts: WriteTexts) -> Iterator[LoadTexts]:
    """Load such a log; keywords go to `load`."""
    loaded: list[Logs] = []

    def load_them(*texts: str, **options: Any) -> Logs:
        loaded.append(load(write_texts(*texts), **options))
        return loaded[-1]

    yield load_them
    for logs in loaded:
        logs.close()
