"""A stand-in for LangSmith: it keeps runs and feedback, and refuses what the service refuses.

Refused are another key; ids that are no UUIDs; a place (`dotted_order`) that does not lead from the trace's root over
the parent to the run; kinds of run that it does not know; inputs that are no object; a run that ends before it starts;
a batch with a run that is there already (409); feedback on a run that is not there. Runs are taken first and shown
later.
"""

import http.server
import json
import re
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lctrack_uploaders.testing.suite import CANARY

TYPES = {"llm", "chain", "tool", "retriever", "embedding", "prompt", "parser"}
REQUIRED = ("id", "trace_id", "dotted_order", "name", "run_type", "start_time", "inputs", "session_id")
SEGMENT = re.compile(r"(\d{8}T\d{12}Z)([0-9a-f-]{36})")


@dataclass
class Langsmith:
    """What the stand-in has got, and what it is told to do."""

    url: str = ""
    key: str = CANARY
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    feedback: dict[str, dict[str, Any]] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    """Id by name."""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """Given to the next batches of runs in place of its own; nothing of those is kept."""
    largest: int = 20_971_520
    hidden: int = 0
    """How many of the next questions for runs find none."""
    delay: float = 0.0
    """Seconds that each answer takes."""
    forgets: bool = False
    """Whether runs are taken and never stored."""

    def take(self, method: str, target: str, key: str | None, body: bytes) -> tuple[int, Any]:
        """Answer a request."""
        parts = urlsplit(target)
        content = json.loads(body) if body else None
        self.requests.append((method, parts.path, content))
        time.sleep(self.delay)
        if key != self.key:
            return 401, {"detail": "Invalid token"}
        query = parse_qs(parts.query)
        way = getattr(self, f"_{method.lower()}_{parts.path.strip('/').split('/')[0]}", None)
        return (404, {"detail": "Not Found"}) if way is None else way(parts.path, query, content, len(body))

    def _get_sessions(self, _path: str, query: dict[str, list[str]], *_: Any) -> tuple[int, Any]:
        named = query.get("name", list(self.projects))
        return 200, [{"id": self.projects[name], "name": name} for name in named if name in self.projects]

    def _post_sessions(self, _path: str, _query: Any, content: Any, _size: int) -> tuple[int, Any]:
        if content["name"] in self.projects:
            return 409, {"detail": "Session already exists"}
        self.projects[content["name"]] = str(uuid.uuid4())
        return 200, {"id": self.projects[content["name"]], "name": content["name"]}

    def _post_runs(self, path: str, _query: Any, content: Any, size: int) -> tuple[int, Any]:
        if path == "/runs/query":
            self.hidden -= 1
            return 200, {"runs": [{"id": name} for name in content["id"] if name in self.runs and self.hidden < 0]}
        if self.answers:
            return self.answers.pop(0)
        if size > self.largest:
            return 413, {"detail": "Request body too large"}
        for run in (*content["post"], *content["patch"]):
            if reason := complaint(run, set(self.projects.values())):
                return 422, {"detail": reason}
        if any(run["id"] in self.runs for run in content["post"]):
            return 409, {"error": "Conflict", "message": "run already exists"}
        if not self.forgets:
            self.runs.update({run["id"]: run for run in content["post"]})
            for run in content["patch"]:
                self.runs[run["id"]].update(run)
        return 202, {"message": "Runs batch ingested"}

    def _get_feedback(self, _path: str, query: dict[str, list[str]], *_: Any) -> tuple[int, Any]:
        found = [item for item in self.feedback.values() if item["run_id"] in query["run"]]
        start = int(query["offset"][0])
        return 200, found[start : start + int(query["limit"][0])]

    def _post_feedback(self, _path: str, _query: Any, content: Any, _size: int) -> tuple[int, Any]:
        if content["run_id"] not in self.runs:
            return 404, {"detail": "Run not found"}
        if content["id"] in self.feedback:
            return 409, {"detail": "Feedback already exists"}
        self.feedback[content["id"]] = content
        return 200, content

    def _patch_feedback(self, path: str, _query: Any, content: Any, _size: int) -> tuple[int, Any]:
        self.feedback[path.rpartition("/")[2]].update(content)
        return 200, {}


def complaint(run: dict[str, Any], projects: set[str]) -> str | None:
    """Give what of a run the service would refuse."""
    if missing := [name for name in REQUIRED if run.get(name) is None]:
        return f"missing {missing}"
    if any(str(uuid.UUID(run[name])) != run[name] for name in ("id", "trace_id")):
        return "an id is no UUID"
    order = [SEGMENT.fullmatch(part) for part in run["dotted_order"].split(".")]
    above = [part[2] if part else "" for part in order]
    begin, end = (datetime.fromisoformat(run[name] or run["start_time"]) for name in ("start_time", "end_time"))
    wrong = {
        "invalid dotted_order": not all(order),
        "dotted_order does not lead from the trace": above[0] != run["trace_id"],
        "dotted_order does not lead over the parent": [run.get("parent_run_id")] != (above[-2:-1] or [None]),
        "dotted_order does not lead to the run": above[-1] != run["id"],
        "unknown run_type": run["run_type"] not in TYPES,
        "unknown project": run["session_id"] not in projects,
        "inputs must be an object": not isinstance(run["inputs"], dict),
        "outputs must be an object": not isinstance(run.get("outputs") or {}, dict),
        "a run ends before it starts": end < begin,
    }
    return next((reason for reason, is_so in wrong.items() if is_so), None)


@contextmanager
def serving() -> Iterator[Langsmith]:
    """Run the stand-in on a free loopback port."""
    langsmith = Langsmith()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status, told = langsmith.take(self.command, self.path, self.headers["x-api-key"], body)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_GET  # noqa: N815  # the names http.server asks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        langsmith.url = f"http://127.0.0.1:{server.server_port}"
        yield langsmith
        server.shutdown()
