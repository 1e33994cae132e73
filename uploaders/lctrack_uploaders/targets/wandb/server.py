"""Asking a W&B server, through its GraphQL interface: who we are, and what it has of a run.

The SDK reports success where a part was lost, and waits minutes for a server that is not there. So what counts is
asked for here, with short patience, before and after the SDK writes.
"""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lctrack_uploaders.errors import RefusedError, TerminalError, TransientError, UnreachableError
from lctrack_uploaders.targets.wandb.configuration import Configuration
from lctrack_uploaders.targets.wandb.history import ROW

PATIENCE = 20
"""Seconds to wait for an answer."""
PAGE = 500
"""Rows of history asked for at a time."""

_VIEWER = "query Viewer { viewer { id entity username } }"
_RUN = """query RunResumeStatus($project: String, $entity: String, $name: String!) {
  model(name: $project, entityName: $entity) {
    id name entity { id name }
    bucket(name: $name, missingOk: true) { id name state summaryMetrics config historyLineCount historyTail }
  }
}"""
_HISTORY = """query HistoryPage($entity: String!, $project: String!, $run: String!, $minStep: Int64!,
                  $maxStep: Int64!, $pageSize: Int!) {
  project(name: $project, entityName: $entity) {
    run(name: $run) { history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize) }
  }
}"""
_WRONG_KEY = (401, 403)


@dataclass(frozen=True, slots=True)
class Found:
    """What the server has of a run."""

    state: str
    lines: int
    """Rows of its history."""
    steps: int
    """The step that comes after the last one."""
    summary: Mapping[str, Any] = field(default_factory=dict)


class Server:
    """One server, and the key that it lets us in with."""

    def __init__(self, settings: Configuration) -> None:
        self.url = settings.url
        self._key = settings.key
        if not settings.key:
            raise RefusedError("W&B needs a key: set WANDB_API_KEY, or run `wandb login`.")

    def viewer(self) -> Mapping[str, Any]:
        """Ask who the key belongs to.

        Returns:
            `entity` and `username`.

        Raises:
            UploadError: The server does not answer, or does not let us in.
        """
        found = self._ask(_VIEWER, {}).get("viewer")
        if not found:
            raise self._refused()
        return found  # type: ignore[no-any-return]  # JSON

    def run(self, entity: str, project: str, name: str) -> Found | None:
        """Ask for a run.

        Args:
            entity: The user or team.
            project: The project.
            name: The run's id.

        Returns:
            What there is; None if there is no such run.
        """
        answer = self._ask(_RUN, {"entity": entity, "project": project, "name": name})
        bucket = (answer.get("model") or {}).get("bucket")
        if not bucket:
            return None
        tail = json.loads(bucket.get("historyTail") or "[]")
        last = [row for row in map(_row, tail) if "_step" in row]
        return Found(
            state=bucket.get("state") or "",
            lines=bucket.get("historyLineCount") or 0,
            steps=int(last[-1]["_step"]) + 1 if last else 0,
            summary=_row(bucket.get("summaryMetrics") or "{}"),
        )

    def marks(self, entity: str, project: str, name: str, found: Found) -> set[str]:
        """Ask which of our rows a run's history has.

        Args:
            entity: The user or team.
            project: The project.
            name: The run's id.
            found: What `run` gave.

        Returns:
            Their marks.

        Raises:
            TransientError: The server does not show all of its rows yet.
        """
        rows: list[Mapping[str, Any]] = []
        for start in range(0, found.steps, PAGE):
            page = {"minStep": start, "maxStep": min(start + PAGE, found.steps), "pageSize": PAGE}
            answer = self._ask(_HISTORY, {"entity": entity, "project": project, "run": name, **page})
            run = (answer.get("project") or {}).get("run") or {}
            rows += map(_row, run.get("history") or ())
        if len(rows) < found.lines:
            raise TransientError(f"W&B shows {len(rows)} of {found.lines} rows of the run {name}: try again later.")
        return {str(row[ROW]) for row in rows if row.get(ROW)}

    def _ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        login = base64.b64encode(f"api:{self._key}".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {login}"}
        request = urllib.request.Request(f"{self.url}/graphql", body, headers)  # noqa: S310  # http or https, see configuration
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  # likewise
                found = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise self._answered(error) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise UnreachableError(
                f"W&B at {self.url} does not answer ({type(reason).__name__}): is there a network, and is the address"
                " right? The next run delivers."
            ) from error
        if not isinstance(found, dict) or not isinstance(found.get("data"), dict):
            errors = found.get("errors") if isinstance(found, dict) else None
            raise TransientError(f"W&B at {self.url} gave an answer that cannot be used: {_said(errors)}.")
        return found["data"]  # type: ignore[no-any-return]  # JSON

    def _answered(self, error: urllib.error.HTTPError) -> Exception:
        if error.code in _WRONG_KEY:
            return self._refused()
        if error.code == 429 or error.code >= 500:  # noqa: PLR2004  # as HTTP has them
            wait = error.headers.get("Retry-After", "")
            return TransientError(
                f"W&B at {self.url} failed (HTTP {error.code}); try again later.",
                wait=float(wait) if wait.isdigit() else None,
            )
        if error.code == 404:  # noqa: PLR2004  # likewise
            return UnreachableError(f"There is no W&B at {self.url} (HTTP 404): is the address right?")
        return TerminalError(f"W&B at {self.url} refused it (HTTP {error.code}).")

    def _refused(self) -> RefusedError:
        return RefusedError(f"W&B at {self.url} does not let us in: check WANDB_API_KEY.")


def _row(text: Any) -> dict[str, Any]:
    found = json.loads(text) if isinstance(text, str) else text
    return found if isinstance(found, dict) else {}


def _said(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) and errors else "it is not JSON of GraphQL"
    text = str(first.get("message", first) if isinstance(first, dict) else first)
    return " ".join(text.split())[:300].rstrip(".")
