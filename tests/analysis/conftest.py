"""Logs to analyse: written by hand for one test, or the recorded samples."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lctrack_analysis import Logs, load
from lctrack_analysis.read import Problem, Reader
from sample_logs.make import HERE
from tests.analysis.writing import Line, numbered, segment_start, write

Load = Callable[..., Logs]


class Reading(NamedTuple):
    """What is in one file, without tables."""

    events: list[Line]
    problems: list[Problem]


Read = Callable[..., Reading]


@pytest.fixture
def load_events(tmp_path: Path) -> Load:
    """Load some events as one sound segment."""

    def load_them(*lines: Line) -> Logs:
        return load(write(tmp_path / "one.jsonl", *numbered([segment_start(), *lines])))

    return load_them


@pytest.fixture
def load_lines(tmp_path: Path) -> Load:
    """Load lines that are written as they are."""

    def load_them(*lines: Line | bytes) -> Logs:
        return load(write(tmp_path / "one.jsonl", *lines))

    return load_them


@pytest.fixture
def read_lines(tmp_path: Path) -> Read:
    """Read lines that are written as they are."""

    def read_them(*lines: Line | bytes) -> Reading:
        reader = Reader([write(tmp_path / "one.jsonl", *lines)])
        return Reading([found.record for found in reader.events()], reader.problems)

    return read_them


@pytest.fixture(scope="session")
def sample_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the recorded samples, which stays the same while they are made again."""
    folder = tmp_path_factory.mktemp("samples")
    for file in HERE.glob("*/*.jsonl"):
        (folder / file.parent.name).mkdir(exist_ok=True)
        shutil.copy(file, folder / file.parent.name)
    return folder


@pytest.fixture(scope="session")
def samples(sample_files: Path) -> Iterator[Logs]:
    """Give all recorded samples."""
    logs = load(sample_files)
    yield logs
    logs.close()
