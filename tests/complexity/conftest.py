"""Logs with generated texts, and no metric left over from another test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis import Logs, load
from lctrack_analysis.complexity import own
from tests.analysis.writing import event, llm, numbered, segment_start, write

LoadTexts = Callable[..., Logs]


@pytest.fixture(autouse=True)
def no_metric_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "_registered", {})


@pytest.fixture
def load_texts(tmp_path: Path) -> Iterator[LoadTexts]:
    """Load a session whose model calls generate these texts, one each; keywords go to `load`."""
    loaded = []

    def load_them(*texts: Any, params: Any = None, **options: Any) -> Logs:
        calls = [
            line
            for n, text in enumerate(texts)
            for line in llm(f"r{n}", ["?"], [[text]], n, params={"model": f"m{n % 2}"})
        ]
        path = write(
            tmp_path / "logs" / "one.jsonl",
            *numbered([segment_start(), event("session_start", session={"params": params}), *calls]),
        )
        loaded.append(load(path, **options))
        return loaded[-1]

    yield load_them
    for logs in loaded:
        logs.close()
