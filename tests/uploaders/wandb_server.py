"""A stand-in for W&B's server: its GraphQL interface, its stream of files and its addresses for uploads, on loopback.

There is no such server in a package registry. What this one answers is what the SDK (0.31) asks for. It refuses what
the real one refuses: another key, names that may not be, a run that was deleted, an artifact whose files did not come
as they were announced, a line of history for a run that is not there.
"""

import base64
import gzip
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from lctrack_uploaders.testing.suite import CANARY

ENTITY = "me"
_NAME = re.compile(r"[^/\\#?%:]{1,128}")
_LONGEST_LINE = 10_000_000


@dataclass
class Run:
    """What is stored of a run."""

    entity: str
    project: str
    labels: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)
    """History by its place."""
    files: dict[str, bytes] = field(default_factory=dict)
    exit_code: int | None = None
    state: str = "running"

    @property
    def history(self) -> list[dict[str, Any]]:
        return [self.lines[place] for place in sorted(self.lines)]


@dataclass
class Artifact:
    """What is stored of a version of an artifact."""

    run: str
    name: str
    type: str
    announced: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    committed: bool = False


class RefusedError(Exception):
    """What GraphQL answers with errors."""


class State:
    """All that the server holds. Tests look into it."""

    def __init__(self) -> None:
        self.turn = threading.Lock()  # of the threads that answer
        self.address = ""
        self.runs: dict[str, Run] = {}
        self.deleted: set[str] = set()
        self.artifacts: dict[str, Artifact] = {}
        self.asked: list[str] = []
        self.hidden = 0
        """Rows of history that the server does not show yet."""

    def answer(self, query: str, given: dict[str, Any]) -> dict[str, Any]:
        """Answer GraphQL."""
        found = re.search(r"(?:query|mutation)\s+(\w+)", query)
        name = found.group(1) if found else ""
        self.asked.append(name)
        told: dict[str, Any] = getattr(self, f"_{name}", self._nothing)(given)
        return told

    def _nothing(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"__type": {"fields": [], "inputFields": []}}

    def _Viewer(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        viewer = {"id": "VXNlcjox", "entity": ENTITY, "username": ENTITY, "flags": "{}", "email": "me@example.com"}
        return {"viewer": {**viewer, "admin": False, "teams": {"edges": []}}}

    def _ServerFeaturesQuery(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        return {"serverInfo": {"features": []}}

    def _UpsertBucket(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        name, entity, project = given["name"], given.get("entity") or ENTITY, given.get("project") or "uncategorized"
        _names(entity, project, name, *filter(None, (given.get("displayName"), given.get("groupName"))))
        if any(not 1 <= len(tag) <= 64 for tag in given.get("tags") or ()):
            raise RefusedError("tags must be between 1 and 64 characters")
        if name in self.deleted:
            raise RefusedError(f"run {entity}/{project}/{name} was previously created and deleted; try a new run name")
        new = name not in self.runs
        run = self.runs.setdefault(name, Run(entity, project))
        if (run.entity, run.project) != (entity, project):
            raise RefusedError("a stand-in knows a run's id in one project only")
        for key in ("displayName", "notes", "tags", "groupName", "jobType", "host", "program", "commit", "repo"):
            if given.get(key) is not None:
                run.labels[key] = given[key]
        run.config.update(json.loads(given.get("config") or "{}"))
        bucket = {
            "id": _id("Run", name), "name": name, "displayName": run.labels.get("displayName"), "sweepName": None,
            "description": None, "config": json.dumps(run.config), "historyLineCount": len(run.lines),
            "project": {"id": _id("Project", project), "name": project, "entity": {"id": "e", "name": entity}},
        }  # fmt: skip
        return {"upsertBucket": {"inserted": new, "bucket": bucket}}

    def _RunResumeStatus(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        entity = given.get("entity") or ENTITY
        run = self.runs.get(given["name"])
        if run is None or (run.entity, run.project) != (entity, given["project"]):
            bucket = None
        else:
            tail = [json.dumps(line) for line in run.history[-1:]]
            bucket = {
                "id": _id("Run", given["name"]), "name": given["name"], "state": run.state, "logLineCount": 0,
                "summaryMetrics": json.dumps(run.summary), "displayName": run.labels.get("displayName"),
                "historyLineCount": len(run.lines), "eventsLineCount": 0, "historyTail": json.dumps(tail),
                "eventsTail": "[]", "config": json.dumps(run.config), "tags": run.labels.get("tags") or [],
                "notes": run.labels.get("notes"), "wandbConfig": "{}",
            }  # fmt: skip
        return {"model": {"id": "p", "name": given["project"], "entity": {"id": "e", "name": entity}, "bucket": bucket}}

    def _HistoryPage(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        rows = self.runs[given["run"]].history
        rows = [row for row in rows[: len(rows) - self.hidden] if given["minStep"] <= row["_step"] < given["maxStep"]]
        return {"project": {"run": {"history": [json.dumps(row) for row in rows[: given["pageSize"]]]}}}

    def _CreateRunFiles(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        name = given["run"]
        files = [{"name": file, "uploadUrl": f"{self.address}/storage/run/{name}/{file}"} for file in given["files"]]
        return {"createRunFiles": {"runID": _id("Run", name), "uploadHeaders": [], "files": files}}

    def _ArtifactType(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        return {"project": {"artifact": None}}

    def _CreateArtifact(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        asked = given["input"]
        collection = asked.get("artifactCollectionName") or asked["artifactCollectionNames"][0]
        if not re.fullmatch(r"[\w.-]{1,128}", collection):
            raise RefusedError(f"{collection} is no name of an artifact")
        key = f"{collection}:{asked['digest']}"
        made = self.artifacts.setdefault(key, Artifact(asked["runName"], collection, asked["artifactTypeName"]))
        sequence = {"id": _id("Sequence", collection), "name": collection, "latestArtifact": None}
        state = "COMMITTED" if made.committed else "PENDING"
        return {"createArtifact": {"artifact": {"id": _id("A", key), "state": state, "artifactSequence": sequence}}}

    def _CreateArtifactManifest(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        url = f"{self.address}/storage/manifest/{given['artifactID']}"
        file = {"id": "f", "name": given["name"], "displayName": given["name"], "uploadUrl": url, "uploadHeaders": []}
        return {"createArtifactManifest": {"artifactManifest": {"id": "m", "file": file}}}

    def _CreateArtifactFiles(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        edges = []
        for asked in given["input"]["artifactFiles"]:
            name, artifact = asked["name"], asked["artifactID"]
            self.artifacts[_key(artifact)].announced[name] = asked["md5"]
            url = f"{self.address}/storage/artifact/{artifact}/{name}"
            node = {
                "id": name, "name": name, "displayName": name, "uploadUrl": url, "uploadHeaders": [],
                "storagePath": name, "uploadMultipartUrls": None, "artifact": {"id": artifact},
            }  # fmt: skip
            edges.append({"node": node})
        return {"createArtifactFiles": {"files": {"edges": edges}}}

    def _CommitArtifact(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        made = self.artifacts[_key(given["artifactID"])]
        wanted = {name: entry["digest"] for name, entry in made.manifest["contents"].items()}
        if wanted != {name: _md5(content) for name, content in made.files.items()}:
            raise RefusedError("the files of the artifact are not those of its manifest")
        made.committed = True
        return {"commitArtifact": {"artifact": {"id": given["artifactID"], "digest": "d"}}}

    def _ArtifactByID(self, given: dict[str, Any]) -> dict[str, Any]:  # noqa: N802  # the query's name
        made = self.artifacts[_key(given["id"])]
        run = self.runs[made.run]
        project = {"id": "cHJvag==", "internalId": "cHJvag==", "name": run.project, "entity": {"name": run.entity}}
        return {
            "artifact": {
                "__typename": "Artifact", "id": given["id"], "versionIndex": 0, "description": None, "metadata": "{}",
                "artifactSequence": {"__typename": "ArtifactSequence", "name": made.name, "project": project},
                "artifactType": {"name": made.type}, "ttlDurationSeconds": -2, "ttlIsInherited": True, "tags": [],
                "historyStep": None, "state": "COMMITTED" if made.committed else "PENDING", "size": 1, "digest": "d",
                "digestAlgorithm": "MANIFEST_MD5", "commitHash": "c", "fileCount": len(made.files), "aliases": [],
                "createdAt": "2025-01-01T00:00:00Z", "updatedAt": None,
            }
        }  # fmt: skip

    def stream(self, name: str, sent: dict[str, Any]) -> None:
        """Take a part of a run's files: history by line, the summary whole."""
        run = self.runs[name]
        for file, chunk in (sent.get("files") or {}).items():
            for place, line in enumerate(chunk["content"], chunk["offset"]):
                if file == "wandb-history.jsonl" and len(line) <= _LONGEST_LINE:
                    run.lines[place] = json.loads(line)
                if file == "wandb-summary.json":
                    run.summary = json.loads(line)
        if sent.get("complete"):
            run.exit_code = sent.get("exitcode") or 0
            run.state = "failed" if run.exit_code else "finished"

    def put(self, path: str, content: bytes) -> None:
        """Take an upload."""
        _, kind, key, *rest = path.strip("/").split("/", 3)
        if kind == "run":
            self.runs[key].files[rest[0]] = content
        elif kind == "manifest":
            self.artifacts[_key(key)].manifest = json.loads(content)
        else:
            artifact = self.artifacts[_key(key)]
            if artifact.announced[rest[0]] != _md5(content):
                raise RefusedError("a file is not what was announced")
            artifact.files[rest[0]] = content

    def delete(self, name: str) -> None:
        """Delete a run, as a user does it in the browser."""
        del self.runs[name]
        self.deleted.add(name)


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for a self.state."""

    state: ClassVar[State]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        sent = json.loads(self._body())
        if self.headers.get("Authorization") != _login(CANARY):
            self._say(401, {"error": "user is not logged in"})
            return
        with self.state.turn:
            self._say(*self._answer(sent))

    def do_PUT(self) -> None:
        body = self._body()
        with self.state.turn:
            self.state.put(self.path, body)
        self._say(200, {})

    def _answer(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if "/file_stream" not in self.path:
            try:
                return 200, {"data": self.state.answer(sent["query"], sent.get("variables") or {})}
            except RefusedError as error:
                return 400, {"errors": [{"message": str(error)}]}
        name = self.path.split("/")[4]
        if name not in self.state.runs:
            return 404, {"error": "run not found"}
        self.state.stream(name, sent)
        return 200, {"exitcode": None, "limits": {}}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while length := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(length))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _say(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Does not complain of a client that was killed."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[State]:
    """Serve on a free loopback port."""
    state = State()
    handler = type("Bound", (Handler,), {"state": state})
    with Server(("127.0.0.1", 0), handler) as server:
        state.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield state
        server.shutdown()


def _names(entity: str, project: str, name: str, *labels: str) -> None:
    wrong = [text for text in (entity, project, name) if not _NAME.fullmatch(text)]
    if wrong or any(len(label) > 128 for label in labels):
        raise RefusedError(f"a name is not allowed: {wrong or labels}")


def _login(key: str) -> str:
    return f"Basic {base64.b64encode(f'api:{key}'.encode()).decode()}"


def _id(kind: str, name: str) -> str:
    return base64.urlsafe_b64encode(f"{kind}|{name}".encode()).decode()


def _key(artifact_id: str) -> str:
    return base64.urlsafe_b64decode(artifact_id).decode().partition("|")[2]


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
