"""A session as the file that ClearML's offline mode makes: what `Task.import_offline_session` reads.

Written here, so that times are the recorded ones and nothing of ClearML is needed to make it. The SDK gives files and
events the id of the task that it makes, wherever the id of this file stands.
"""

import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lctrack_uploaders.targets.clearml import content, names
from lctrack_uploaders.targets.clearml.configuration import Configuration
from lctrack_uploaders.units import Unit

EVENTS_A_REQUEST = 500
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the file, so that equal sessions make equal files."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a task has when all of it has arrived."""

    scalars: int
    plots: int
    samples: int
    lines: int
    artifacts: int


def write(path: Path, unit: Unit, settings: Configuration, digest: str) -> None:
    """Write a session's file, in place of what was there.

    Args:
        path: Where to.
        unit: The session.
        settings: Where the session will go.
        digest: Of all that is delivered of it.
    """
    task_id = f"offline-{names.key(unit.session_id)}"
    folder, place = f"/lctrack/{task_id}", f"lctrack/session.{task_id}"
    files = {f"{place}/artifacts/{_flat(file.name)}/{_flat(file.name)}": file for file in content.files(unit)}
    registered = [_artifact(folder, where, file, unit) for where, file in files.items()]
    events = [*content.scalars(unit), *content.plots(unit)]
    for about, file in content.samples(unit):
        where = f"{place}/metrics/{file.name}"
        files[where] = file
        events.append({**about, "key": where, "url": f"{folder}/data/{where}"})
    model = content.model(unit)
    task = {
        "id": task_id,
        "name": names.task(unit),
        "project_name": names.project(unit, settings),
        "type": "inference",
        "comment": unit.notes or "",
        "tags": ["lctrack", names.tag(unit.session_id), *unit.tags],
        "hyperparams": _sections(content.parameters(unit, digest)),
        "execution": {
            "parameters": {}, "model_desc": {}, "model_labels": {},
            "artifacts": registered,
        },
        # Without one, the SDK makes no output model.
        "output_dest": settings.files if model else "",
        "output": {},
        "script": {},
        "offline_folder": folder,
        "offline_output_models": [model] if model else [],
    }  # fmt: skip
    same = {"task": task_id, "method": "get"}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "task.json", json.dumps(task, ensure_ascii=False).encode())
        _put(archive, "metrics.jsonl", _lines({**event, **same} for event in events))
        _put(archive, "log.jsonl", _lines({**line, "task": task_id} for line in content.console(unit)))
        for where, file in files.items():
            _put(archive, f"data/{where}", file.read())


def counts(unit: Unit) -> Counts:
    """Tell what a session's task has when all of it has arrived."""
    return Counts(
        # A server keeps one value of each step of a scalar, one sample of each step.
        scalars=len({(each["metric"], each["variant"], each["iter"]) for each in content.scalars(unit)}),
        plots=sum(1 for _ in content.plots(unit)),
        samples=len({(each["metric"], each["variant"], each["iter"]) for each, _ in content.samples(unit)}),
        lines=sum(1 for _ in content.console(unit)),
        artifacts=sum(1 for _ in content.files(unit)),
    )


def _sections(sections: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        section: {
            name: {"section": section, "name": name, "value": value, "type": "str"} for name, value in values.items()
        }
        for section, values in sections.items()
        if values
    }


def _artifact(folder: str, where: str, file: content.File, unit: Unit) -> dict[str, Any]:
    return {
        "key": file.name,
        "type": "custom",
        "mode": "output",
        "uri": f"{folder}/data/{where}",
        "content_size": len(file.read()),
        "timestamp": unit.end // 1_000_000_000,
    }


def _lines(events: Iterable[dict[str, Any]]) -> bytes:
    """Give events as lines, each the content of one request."""
    found = list(events)
    batches = [found[start : start + EVENTS_A_REQUEST] for start in range(0, len(found), EVENTS_A_REQUEST)]
    return "".join(json.dumps(batch, ensure_ascii=False) + "\n" for batch in batches).encode()


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)


def _flat(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name)
