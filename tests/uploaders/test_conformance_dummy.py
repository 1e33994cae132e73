"""The suite on the dummy, which is the suite's own test as well."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from lctrack_uploaders.testing import Destination, TargetSuite


class Directory:
    """A directory to deliver to."""

    def __init__(self, path: Path) -> None:
        self.salt = uuid.uuid4().hex[:8]
        self._path = path / self.salt
        self.options = {"dummy_directory": str(self._path)}

    def everything(self) -> Any:
        found = [
            {file.name: [json.loads(line) for line in file.read_text().splitlines()] for file in session.iterdir()}
            for session in self._path.glob("*")
        ]
        # The digest of a session tells its ids as well.
        for session in found:
            session["end.jsonl"][0].pop("digest")
        return sorted(found, key=str)

    @contextmanager
    def broken(self) -> Iterator[None]:
        self.options["dummy_faults"] = "down=1"
        yield
        del self.options["dummy_faults"]


class TestDummy(TargetSuite):
    kind: ClassVar = "dummy"
    wrong: ClassVar = [{"dummy_faults": "earthquake=0.5"}, {"dummy_faults": "lost=often"}, {"dummy_faults": "lost"}]

    @pytest.fixture
    def make_destination(self, tmp_path: Path) -> Callable[[], Destination]:
        return lambda: Directory(tmp_path)
