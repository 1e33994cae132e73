"""The suite on LangSmith: a stand-in that refuses what the service refuses."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from lctrack_uploaders.targets.langsmith import target
from lctrack_uploaders.testing import Destination, TargetSuite
from tests.uploaders.langsmith_server import Langsmith, serving
from tests.uploaders.standin import answering


class Project:
    """The stand-in, with projects that nobody else has."""

    def __init__(self, langsmith: Langsmith) -> None:
        self.salt = uuid.uuid4().hex[:8]
        self.options: dict[str, Any] = {"langsmith_endpoint": langsmith.url}
        self._langsmith = langsmith

    def everything(self) -> Any:
        names = {found: name for name, found in self._langsmith.projects.items()}
        runs = [run for run in self._langsmith.runs.values() if run["id"].startswith(self.salt)]
        feedback = [item for item in self._langsmith.feedback.values() if item["run_id"].startswith(self.salt)]
        return [
            sorted(
                ({**run, "session_id": names[run["session_id"]]} for run in runs), key=lambda run: run["dotted_order"]
            ),
            # Its id is a hash of ids that differ.
            sorted(({**item, "id": None} for item in feedback), key=str),
        ]

    @contextmanager
    def broken(self) -> Iterator[None]:
        with answering((503, b"down for maintenance")) as (address, _):
            before, self.options = self.options, {"langsmith_endpoint": f"http://{address}"}
            yield
            self.options = before


class TestLangsmith(TargetSuite):
    kind: ClassVar = "langsmith"
    wrong: ClassVar = [
        {"langsmith_endpoint": "ftp://host/"},
        {"langsmith_endpoint": "smith.example.com"},
        {"langsmith_endpoint": "http://bob:canary-4711-secret@host/"},
    ]

    @pytest.fixture(autouse=True)
    def hurried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(target, "UNTIL_SHOWN", (0.0, 0.01))

    @pytest.fixture
    def make_destination(self) -> Iterator[Callable[[], Destination]]:
        with serving() as langsmith:
            yield lambda: Project(langsmith)
