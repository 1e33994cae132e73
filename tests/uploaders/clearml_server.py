"""A stand-in for ClearML's servers, of its interface and of its files, on loopback.

What it answers is what the SDK (2.1) asks for at an import. It refuses what the real one refuses: other credentials,
names of less than three characters, tasks that are not there, types that there are not. As with the real one, an event
replaces the one with the same metric, variant and step, and lines of a log are appended.
"""

import base64
import gzip
import json
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from lctrack_uploaders.testing.suite import CANARY

_TYPES = ("training", "testing", "inference", "data_processing", "application", "monitor", "controller", "custom")
_NEXT = {"started": "in_progress", "completed": "completed", "stopped": "stopped", "failed": "failed"}


class RefusedError(Exception):
    """What is answered with HTTP 400."""


class State:
    """All that the servers hold. Tests look into it."""

    def __init__(self) -> None:
        self.turn = threading.Lock()  # of the threads that answer
        self.address = ""
        self.tasks: dict[str, dict[str, Any]] = {}
        self.projects: dict[str, str] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.events: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
        self.lines: dict[str, list[dict[str, Any]]] = {}
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.unknown: list[str] = []
        self.loses_events = False

    def answer(self, endpoint: str, sent: Any) -> dict[str, Any]:
        """Answer the interface."""
        self.asked.append(endpoint)
        service, _, action = endpoint.partition(".")
        if service == "tasks" and action in _NEXT:
            self._task(sent)["status"] = _NEXT[action]
            return {"updated": 1, "fields": {}, action: 1}
        found = getattr(self, f"_{service}_{action}", None)
        if found is None:
            self.unknown.append(endpoint)
            return {"updated": 1}
        told: dict[str, Any] = found(sent)
        return told

    def _projects_get_all_ex(self, sent: dict[str, Any]) -> dict[str, Any]:
        wanted = sent.get("name")
        found = [
            {"id": key, "name": name} for name, key in self.projects.items() if not wanted or re.search(wanted, name)
        ]
        return {"projects": found}

    _projects_get_all = _projects_get_all_ex

    def _projects_create(self, sent: dict[str, Any]) -> dict[str, Any]:
        return {"id": self.projects.setdefault(_name(sent), uuid.uuid4().hex)}

    def _projects_get_by_id(self, sent: dict[str, Any]) -> dict[str, Any]:
        name = next(name for name, key in self.projects.items() if key == sent["project"])
        return {"project": {"id": sent["project"], "name": name}}

    def _tasks_create(self, sent: dict[str, Any]) -> dict[str, Any]:
        _name(sent)
        if sent.get("type", "training") not in _TYPES:
            raise RefusedError(f"there is no type {sent['type']}")
        task = {
            **sent,
            "id": uuid.uuid4().hex,
            "status": "created",
            "created": f"2026-01-01T00:00:00.{len(self.asked):06}Z",
        }
        self.tasks[task["id"]] = task
        return {"id": task["id"]}

    def _tasks_get_by_id(self, sent: dict[str, Any]) -> dict[str, Any]:
        return {"task": self._task(sent)}

    def _tasks_get_all(self, sent: dict[str, Any]) -> dict[str, Any]:
        ids, tags = sent.get("id"), set(sent.get("tags") or ())
        found = [
            task for key, task in self.tasks.items() if (not ids or key in ids) and tags <= set(task.get("tags") or ())
        ]
        return {"tasks": found}

    _tasks_get_all_ex = _tasks_get_all

    def _tasks_edit(self, sent: dict[str, Any]) -> dict[str, Any]:
        if "name" in sent:
            _name(sent)
        task = self._task(sent)
        task.update({key: value for key, value in sent.items() if key not in ("task", "force", "output_dest")})
        if sent.get("output_dest"):
            task["output"] = {"destination": sent["output_dest"]}
        return {"updated": 1, "fields": {}}

    _tasks_update = _tasks_edit

    def _tasks_delete(self, sent: dict[str, Any]) -> dict[str, Any]:
        del self.tasks[self._task(sent)["id"]]
        self.events.pop(sent["task"], None)
        self.lines.pop(sent["task"], None)
        self.models = {key: model for key, model in self.models.items() if model.get("task") != sent["task"]}
        return {"deleted": True}

    def _tasks_ping(self, _: dict[str, Any]) -> dict[str, Any]:
        return {}

    def _models_create(self, sent: dict[str, Any]) -> dict[str, Any]:
        key = uuid.uuid4().hex
        self.models[key] = {**sent, "id": key}
        return {"id": key, "created": True}

    def _models_edit(self, sent: dict[str, Any]) -> dict[str, Any]:
        self.models[sent["model"]].update(sent)
        return {"updated": 1, "fields": {}}

    _models_update = _models_edit

    def _models_get_by_id(self, sent: dict[str, Any]) -> dict[str, Any]:
        return {"model": self.models[sent["model"]]}

    def _models_get_all(self, sent: dict[str, Any]) -> dict[str, Any]:
        return {"models": [model for key, model in self.models.items() if key in (sent.get("id") or ())]}

    def _tasks_add_or_update_model(self, sent: dict[str, Any]) -> dict[str, Any]:
        self._task(sent).setdefault("models", []).append({"name": sent["name"], "model": sent["model"]})
        return {"updated": 1}

    def _events_add_batch(self, sent: Any) -> dict[str, Any]:
        events = sent if isinstance(sent, list) else [sent]
        for event in events:
            self._task(event)
            if event["type"] == "log":
                self.lines.setdefault(event["task"], []).append(event)
            elif not (self.loses_events and event["type"] == "plot"):
                place = tuple(event[key] for key in ("type", "metric", "variant", "iter"))
                self.events.setdefault(event["task"], {})[place] = event
        return {"added": len(events), "errors": 0, "errors_info": {}}

    def _events_get_task_events(self, sent: dict[str, Any]) -> dict[str, Any]:
        self._task(sent)
        if sent["event_type"] == "log":
            found = self.lines.get(sent["task"], [])
        else:
            held = self.events.get(sent["task"], {}).values()
            found = [event for event in held if event["type"] == sent["event_type"]]
        return {"events": found[: sent["batch_size"]], "total": len(found), "returned": min(len(found), 1)}

    def _task(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent.get("task") not in self.tasks:
            raise RefusedError(f"Invalid task id: id={sent.get('task')}")
        return self.tasks[sent["task"]]


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for a state."""

    protocol_version = "HTTP/1.1"
    state: ClassVar[State]

    def do_POST(self) -> None:
        body = self._body()
        endpoint = self.path.partition("?")[0].rpartition("/")[2]
        if re.fullmatch(r"(v[\d.]+/)?[a-z]+\.[a-z_]+", endpoint):
            self._say(*self._answer(endpoint, body))
        elif self.headers.get("Content-Type", "").startswith("multipart/form-data"):
            self._take_files(body)
            self._say(200, {})
        else:
            self._say(404, {})

    def do_GET(self) -> None:
        if "." in self.path:
            self.do_POST()
        else:
            self._say(200, {})

    do_HEAD = do_GET  # noqa: N815  # the name http.server asks for

    def do_PUT(self) -> None:
        with self.state.turn:
            self.state.files[self.path] = self._body()
        self._say(200, {})

    def _answer(self, endpoint: str, body: bytes) -> tuple[int, dict[str, Any]]:
        login = self.headers.get("Authorization") or ""
        if endpoint == "auth.login":
            if login not in (_basic(CANARY), f"Bearer {_token()}"):
                return _meta(401, "Unauthorized (invalid credentials)", {})
            return _meta(200, "OK", {"token": _token()})
        if login not in (f"Bearer {_token()}", _basic(CANARY)):
            return _meta(401, "Unauthorized (missing credentials)", {})
        lines = [json.loads(line) for line in body.decode().splitlines() if line.strip()]
        batch = endpoint.endswith("add_batch")
        with self.state.turn:
            try:
                return _meta(200, "OK", self.state.answer(endpoint, lines if batch else (lines or [{}])[0]))
            except RefusedError as error:
                return _meta(400, str(error), {})

    def _take_files(self, body: bytes) -> None:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
            with self.state.turn:
                name = part.get_param("name", header="content-disposition")
                content: Any = part.get_payload(decode=True)
                self.state.files[f"/{str(name).lstrip('/')}"] = content

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
        if self.command != "HEAD":
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


def _name(sent: dict[str, Any]) -> str:
    name = str(sent.get("name"))
    if len(name) < 3:
        raise RefusedError(f"Validation error: name {name!r} must be at least 3 characters")
    return name


def _basic(key: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:{key}'.encode()).decode()}"


def _token() -> str:
    parts = ({"alg": "HS256"}, {"exp": int(time.time() // 86_400 + 30) * 86_400, "api_version": "2.31", "env": "x"})
    return ".".join(
        [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts] + ["c2ln"]
    )


def _meta(status: int, message: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    version = {"name": "x", "requested_version": "2.31", "actual_version": "2.31"}
    meta = {
        "id": "x",
        "trx": "x",
        "endpoint": version,
        "result_code": status,
        "result_subcode": 0,
        "result_msg": message,
    }
    return status, {"meta": meta, "data": data}
