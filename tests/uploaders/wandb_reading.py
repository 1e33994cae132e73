"""Reading back from the stand-in for W&B, and from run directories."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from lctrack_uploaders.targets.wandb import datastore, names
from tests.uploaders.standin import answering
from tests.uploaders.wandb_server import Run, State

_STAMPED = ("_wandb", "_runtime", "_timestamp", "_step")
"""What the SDK adds to a summary."""


class Wandb:
    """The stand-in, for the sessions of one salt."""

    def __init__(self, state: State, salt: str | None = None) -> None:
        self.salt = salt or uuid.uuid4().hex[:8]
        self.state = state
        self.options: dict[str, Any] = {"wandb_base_url": state.address}

    def runs(self) -> dict[str, Run]:
        """Give the runs of the projects that have the salt in their names, by display name."""
        return {run.labels["displayName"]: run for run in self.state.runs.values() if self.salt in run.project}

    def everything(self) -> Any:
        """Read all there is, by what it is called and not by its hash."""
        ids = {name: key for key, run in self.state.runs.items() for name, each in self.runs().items() if each is run}
        told = {name: self._told(ids[name], run) for name, run in self.runs().items()}
        text = json.dumps(told, default=str)
        for letter in "ab":
            text = text.replace(names.run_id(f"{self.salt}-{letter}"), f"(run {letter})")
        return json.loads(text)

    def artifacts(self, run_id: str) -> dict[str, dict[str, bytes]]:
        """Give the files of the latest version of each artifact of a run."""
        made = [each for each in self.state.artifacts.values() if each.run == run_id and each.committed]
        return {each.name: each.files for each in made}

    def table(self, run: Run, name: str) -> dict[str, Any]:
        """Give a table that a run shows."""
        found: dict[str, Any] = json.loads(run.files[run.summary[name]["path"]])
        return found

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Let something else answer."""
        with answering((503, b"down for maintenance")) as (address, _):
            before, self.options = self.options, {"wandb_base_url": f"http://{address}"}
            yield
            self.options = before

    def _told(self, run_id: str, run: Run) -> Any:
        summary = {key: value for key, value in run.summary.items() if key not in _STAMPED}
        shown = {key: self.table(run, key) for key, value in summary.items() if _is_file(value)}
        return {
            "labels": run.labels,
            "config": {key: value for key, value in run.config.items() if key != "_wandb"},
            "summary": {**summary, **shown},
            "history": [{key: value for key, value in row.items() if key != "_runtime"} for row in run.history],
            "end": [run.state, run.exit_code],
            "artifacts": {
                name: {file: readable(file, content) for file, content in files.items()}
                for name, files in self.artifacts(run_id).items()
                if not name.startswith("run-")  # a table's own, which says the same
            },
        }


class Directory:
    """A directory of run directories."""

    def __init__(self, directory: Path) -> None:
        self.salt = uuid.uuid4().hex[:8]
        self.directory = directory
        self.options: dict[str, Any] = {"wandb_offline": str(directory)}

    def everything(self) -> Any:
        """Read what `wandb sync` would send, in its order: what comes later replaces, history is appended."""
        told: dict[str, Any] = {}
        for path in sorted(self.directory.glob("offline-run-*")):
            read(path, told.setdefault(path.name.rpartition("-")[2], {"config": {}, "summary": {}, "history": []}))
        text = json.dumps(told, default=str)
        for letter in "ab":
            text = text.replace(names.run_id(f"{self.salt}-{letter}"), f"(run {letter})")
        return json.loads(text)

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Put a file where the directory should be made."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        blocked = self.directory.parent / f"{self.directory.name}-file"
        blocked.write_text("in the way")
        before, self.options = self.options, {"wandb_offline": str(blocked / "below")}
        yield
        self.options = before
        blocked.unlink()


def read(path: Path, into: dict[str, Any]) -> None:
    """Read a run directory."""
    from wandb.proto import wandb_internal_pb2 as messages

    (file,) = path.glob("run-*.wandb")
    for content in datastore.read(file):
        record = messages.Record.FromString(content)
        kind = record.WhichOneof("record_type")
        if kind in _TAKEN:
            _TAKEN[kind](getattr(record, kind), into, path)
    into["config"].pop("_wandb", None)
    for key in _STAMPED:
        into["summary"].pop(key, None)
    for key, value in into["summary"].items():
        if _is_file(value):
            into["summary"][key] = json.loads((path / "files" / value["path"]).read_text())
    for row in into["history"]:
        row.pop("_runtime", None)


def _take_run(run: Any, into: dict[str, Any], _: Path) -> None:
    into["labels"] = [run.project, run.display_name, run.notes, sorted(run.tags), run.run_group, run.job_type]
    into["config"].update(_items(run.config.update))


def _take_artifact(artifact: Any, into: dict[str, Any], path: Path) -> None:
    if not artifact.name.startswith("run-"):
        contents = {entry.path: path.parent / entry.local_path for entry in artifact.manifest.contents}
        told = {name: readable(name, each.read_bytes()) for name, each in contents.items()}
        into.setdefault("artifacts", {})[artifact.name] = told


_TAKEN: dict[str, Callable[[Any, dict[str, Any], Path], object]] = {
    "run": _take_run,
    "config": lambda record, into, _: into["config"].update(_items(record.update)),
    "summary": lambda record, into, _: into["summary"].update(_items(record.update)),
    "history": lambda record, into, _: into["history"].append(_items(record.item)),
    "exit": lambda record, into, _: into.update(exit_code=record.exit_code),
    "artifact": _take_artifact,
}
"""What each kind of record adds to what is known of the run."""


def readable(name: str, content: bytes) -> Any:
    """Give a file's content as text that can be compared."""
    if name.endswith(".parquet"):
        return str(pl.read_parquet(BytesIO(content)).to_dicts())
    return content.decode(errors="replace")


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and "path" in value


def _items(items: Any) -> dict[str, Any]:
    """Give the items of a record, of which nested keys are paths."""
    found: dict[str, Any] = {}
    for item in items:
        *above, last = item.nested_key or [item.key]
        place = found
        for key in above:
            place = place.setdefault(key, {})
        place[last] = json.loads(item.value_json)
    return found
