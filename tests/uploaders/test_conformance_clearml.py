"""The suite on ClearML: a stand-in for its servers, and files of its offline mode."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from lctrack_uploaders.testing import Destination, TargetSuite
from tests.uploaders.clearml_reading import Clearml, Directory
from tests.uploaders.clearml_server import State, serving


class TestServer(TargetSuite):
    kind: ClassVar = "clearml"
    wrong: ClassVar = [
        {"clearml_api_host": "ftp://host"},
        {"clearml_files_host": "http://bob:canary-4711-secret@host/"},
        {"clearml_web_host": "http://host/?q=1"},
        {"clearml_project": " "},
        {"clearml_offline": __file__},
    ]

    @pytest.fixture(scope="class")
    def state(self) -> Iterator[State]:
        pytest.importorskip("clearml", reason="the extra clearml is not installed")
        with serving() as state:
            yield state
        assert state.unknown == []

    @pytest.fixture
    def make_destination(self, state: State) -> Callable[[], Destination]:
        return lambda: Clearml(state)


class TestDirectory(TargetSuite):
    kind: ClassVar = "clearml"
    wrong: ClassVar = [{"clearml_offline": __file__}]

    @pytest.fixture
    def make_destination(self, tmp_path: Path) -> Callable[[], Destination]:
        made: list[Path] = []

        def make() -> Destination:
            made.append(tmp_path / f"files-{len(made)}")
            return Directory(made[-1])

        return make
