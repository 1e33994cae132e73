"""Reading back from the stand-in for ClearML, and from files of its offline mode."""

import json
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from lctrack_uploaders.targets.clearml import names
from tests.uploaders.clearml_server import State
from tests.uploaders.standin import answering


def hosts(address: str) -> dict[str, Any]:
    """Give the options for servers at one address."""
    return {f"clearml_{name}_host": address for name in ("api", "files", "web")}


class Clearml:
    """The stand-in, for the sessions of one salt."""

    def __init__(self, state: State, salt: str | None = None) -> None:
        self.salt = salt or uuid.uuid4().hex[:8]
        self.state = state
        self.options: dict[str, Any] = hosts(state.address)

    def tasks(self) -> list[dict[str, Any]]:
        """Give the tasks of the projects that have the salt in their names, by name."""
        projects = {key for name, key in self.state.projects.items() if self.salt in name}
        return sorted((task for task in self.state.tasks.values() if task["project"] in projects), key=_name)

    def everything(self) -> Any:
        """Read all there is, without the ids that the server gave."""
        text = json.dumps([self._told(task) for task in self.tasks()], default=str)
        return json.loads(_neutral(text, self.salt))

    def artifacts(self, task: dict[str, Any]) -> dict[str, bytes]:
        """Give the files of a task's artifacts."""
        return {each["key"]: self.state.files[urlsplit(each["uri"]).path] for each in task["execution"]["artifacts"]}

    def events(self, task: dict[str, Any], kind: str) -> list[dict[str, Any]]:
        """Give a task's events of a type, those of a log in their order."""
        if kind == "log":
            return self.state.lines.get(task["id"], [])
        return [event for event in self.state.events.get(task["id"], {}).values() if event["type"] == kind]

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Let something else answer."""
        with answering((503, b"down for maintenance")) as (address, _):
            before, self.options = self.options, hosts(f"http://{address}")
            yield
            self.options = before

    def _told(self, task: dict[str, Any]) -> Any:
        events = [
            {key: value for key, value in event.items() if key not in ("task", "url", "key")}
            for kind in ("training_stats_scalar", "plot", "training_debug_image")
            for event in self.events(task, kind)
        ]
        return {
            **{key: task.get(key) for key in ("name", "tags", "status", "type", "comment", "hyperparams")},
            "events": sorted(events, key=json.dumps),
            "lines": [line["msg"] for line in self.events(task, "log")],
            "artifacts": {name: readable(name, content) for name, content in self.artifacts(task).items()},
        }


class Directory:
    """A directory of files of the offline mode."""

    def __init__(self, directory: Path) -> None:
        self.salt = uuid.uuid4().hex[:8]
        self.directory = directory
        self.options: dict[str, Any] = {"clearml_offline": str(directory)}

    def everything(self) -> Any:
        """Read all files."""
        told = [
            {name: readable(name, content) for name, content in read(path).items()}
            for path in sorted(self.directory.glob("*"), key=lambda path: json.loads(read(path)["task.json"])["name"])
        ]
        return json.loads(_neutral(json.dumps(told), self.salt))

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Put a file where the directory should be made."""
        blocked = self.directory.parent / f"{self.directory.name}-file"
        blocked.write_text("in the way")
        before, self.options = self.options, {"clearml_offline": str(blocked / "below")}
        yield
        self.options = before
        blocked.unlink()


def read(path: Path) -> dict[str, bytes]:
    """Read a file of the offline mode."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def readable(name: str, content: bytes) -> Any:
    """Give a file's content as text that can be compared."""
    if name.endswith(".parquet"):
        return str(pl.read_parquet(BytesIO(content)).to_dicts())
    return content.decode(errors="replace")


def _neutral(text: str, salt: str) -> str:
    """Give a text without what follows from the salt."""
    for letter in "ab":
        text = text.replace(names.key(f"{salt}-{letter}"), f"(key {letter})")
    found = json.loads(text)
    for task in found:
        described = task if "hyperparams" in task else json.loads(task["task.json"])
        text = text.replace(described["hyperparams"]["lctrack"]["digest"]["value"], "(digest)")
    return text


def _name(task: dict[str, Any]) -> str:
    return str(task["name"])
