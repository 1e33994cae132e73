"""The suite on W&B: a stand-in for its server, and run directories."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from lctrack_uploaders.testing import Destination, TargetSuite
from tests.uploaders.wandb_reading import Directory, Wandb
from tests.uploaders.wandb_server import State, serving

pytest.importorskip("wandb", reason="the extra wandb is not installed")


class TestServer(TargetSuite):
    kind: ClassVar = "wandb"
    wrong: ClassVar = [
        {"wandb_base_url": "ftp://host"},
        {"wandb_base_url": "http://bob:canary-4711-secret@host/"},
        {"wandb_base_url": "http://host/?q=1"},
        {"wandb_entity": "a/b"},
        {"wandb_project": "a:b"},
        {"wandb_project": " "},
        {"wandb_offline": __file__},
    ]

    @pytest.fixture(scope="class")
    def state(self) -> Iterator[State]:
        with serving() as state:
            yield state

    @pytest.fixture
    def make_destination(self, state: State) -> Callable[[], Destination]:
        return lambda: Wandb(state)


class TestDirectory(TargetSuite):
    kind: ClassVar = "wandb"
    wrong: ClassVar = [{"wandb_offline": __file__}]

    @pytest.fixture
    def make_destination(self, tmp_path: Path) -> Callable[[], Destination]:
        made: list[Path] = []

        def make() -> Destination:
            made.append(tmp_path / f"runs-{len(made)}")
            return Directory(made[-1])

        return make
