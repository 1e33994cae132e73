"""Requests of LangSmith's API, and what its answers mean.

Accepted trade-off: a run that is sent again is sent as an update, for which LangSmith is asked first what it has. It
takes runs before it stores them, so a run that it does not show yet may be there: then it says so (409), and the
update follows.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from lctrack_uploaders.errors import RefusedError, TerminalError, TransientError, UnreachableError, UploadError
from lctrack_uploaders.targets.langsmith.configuration import SECRETS, WORKSPACE, Configuration
from lctrack_uploaders.web import Answer, Client

RUNS_A_REQUEST = 100
SIZE_OF_A_REQUEST = 16_000_000
"""Most of either that goes into one request; LangSmith takes 20 MiB."""
PATIENCE = 60
"""Seconds to wait for an answer."""
_SUCCESS = range(200, 300)
_REDIRECTED = range(300, 400)
_UNAUTHORIZED = (401, 403)
_NOT_FOUND, _NOT_ALLOWED, _TIMEOUT, _CONFLICT, _TOO_LARGE, _TOO_MANY, _SERVER_ERROR = 404, 405, 408, 409, 413, 429, 500

Object = Mapping[str, Any]


class Connection:
    """LangSmith's API at one address, with one key."""

    def __init__(self, settings: Configuration) -> None:
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "lctrack"}
        if settings.key:
            headers["x-api-key"] = settings.key
        if settings.workspace:
            headers["X-Tenant-Id"] = settings.workspace
        self._url = settings.url
        self._client = Client(
            f"LangSmith at {settings.url}", headers, timeout=PATIENCE, secrets=[settings.key, settings.workspace]
        )

    def check(self) -> None:
        """Ask for one project, which needs a key and writes nothing.

        Raises:
            UploadError: A delivery would fail.
        """
        self._ask("GET", "/sessions?limit=1")

    def project(self, name: str) -> str:
        """Find a project by its name, or make it.

        Args:
            name: The name.

        Returns:
            Its id.

        Raises:
            UploadError: There is none and none can be made.
        """
        if (found := self._find(name)) is None:
            answer = self._request("POST", "/sessions", {"name": name})
            found = self._find(name) if answer.status == _CONFLICT else self._read(answer)
        if not isinstance(found, dict) or "id" not in found:
            raise TransientError(f"{self._client.name} has made no project {name!r}, and does not say why.")
        return str(found["id"])

    def known(self, run_ids: Sequence[str]) -> set[str]:
        """Ask which of these runs LangSmith shows."""
        found: set[str] = set()
        for part in _portions(run_ids, RUNS_A_REQUEST):
            told = self._ask("POST", "/runs/query", {"id": list(part), "select": ["id"], "limit": RUNS_A_REQUEST})
            found |= {str(run.get("id")) for run in (told.get("runs") if isinstance(told, dict) else None) or ()}
        return found

    def send(self, runs: Sequence[Object]) -> None:
        """Send runs; those that are there are brought up to date.

        Args:
            runs: The runs, each with its project.

        Raises:
            UploadError: They were not taken.
        """
        known = self.known([run["id"] for run in runs])
        for part in _fitting(runs):
            self._send([run for run in part if run["id"] not in known], [run for run in part if run["id"] in known])

    def give(self, feedback: Sequence[Object]) -> None:
        """Send feedback; what is there is brought up to date.

        Args:
            feedback: The feedback.

        Raises:
            UploadError: It was not taken. A run that is not stored yet is a reason that passes.
        """
        known = self.feedback_on(sorted({item["run_id"] for item in feedback}))
        for item in feedback:
            if item["id"] not in known:
                answer = self._request("POST", "/feedback", item)
                if answer.status == _NOT_FOUND:
                    raise TransientError(
                        f"{self._client.name} does not have the run of a score yet ({self._client.words(answer.body)})."
                    )
                if answer.status != _CONFLICT:
                    self._read(answer)
                    continue
            changed = {name: item[name] for name in ("score", "value", "comment")}
            self._ask("PATCH", f"/feedback/{item['id']}", changed)

    def feedback_on(self, run_ids: Sequence[str]) -> set[str]:
        """Ask for the ids of the feedback on these runs."""
        found: set[str] = set()
        for part in _portions(run_ids, RUNS_A_REQUEST):
            while True:
                query = urlencode({"run": part, "limit": 100, "offset": len(found)}, doseq=True)
                page = self._ask("GET", f"/feedback?{query}")
                new = {str(item.get("id")) for item in page} if isinstance(page, list) else set()
                if not new - found:
                    break
                found |= new
        return found

    def _find(self, name: str) -> Any:
        listed = self._ask("GET", f"/sessions?{urlencode({'name': name, 'limit': 1})}")
        return listed[0] if isinstance(listed, list) and listed else None

    def _send(self, new: Sequence[Object], known: Sequence[Object]) -> None:
        if not new and not known:
            return
        answer = self._request("POST", "/runs/batch", {"post": new, "patch": known})
        if answer.status == _CONFLICT and new:
            self._send([], [*new, *known])
        elif answer.status == _TOO_LARGE and len(new) + len(known) > 1:
            for runs, are_new in ((new, True), (known, False)):
                for half in (runs[: len(runs) // 2], runs[len(runs) // 2 :]):
                    self._send(half if are_new else [], [] if are_new else half)
        else:
            self._read(answer)

    def _ask(self, method: str, path: str, content: Any = None) -> Any:
        return self._read(self._request(method, path, content))

    def _request(self, method: str, path: str, content: Any = None) -> Answer:
        body = None if content is None else json.dumps(content, ensure_ascii=False).encode(errors="replace")
        return self._client.request(method, self._url + path, body)

    def _read(self, answer: Answer) -> Any:
        """Give what a successful answer says."""
        if answer.status not in _SUCCESS:
            raise self._failure(answer)
        try:
            return json.loads(answer.body or b"null")
        except ValueError as error:
            # Something on the way may have answered in its place.
            raise TransientError(f"What answers at {self._url} is not LangSmith: try again later.") from error

    def _failure(self, answer: Answer) -> UploadError:
        name, status = self._client.name, answer.status
        told = f"HTTP {status}: {self._client.words(answer.body)}"
        if status in _UNAUTHORIZED:
            return RefusedError(f"{name} does not let us in ({told}): check {SECRETS[0]} and {WORKSPACE}.")
        if status in (_TOO_MANY, _TIMEOUT) or status >= _SERVER_ERROR:
            return TransientError(f"{name} did not take it now ({told}).", wait=answer.wait)
        if status in (_NOT_FOUND, _NOT_ALLOWED) or status in _REDIRECTED:
            return UnreachableError(f"What answers at {self._url} is not LangSmith ({told}): check the address.")
        return TerminalError(f"{name} refused it ({told}).")


def _portions(found: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    return (found[start : start + most] for start in range(0, len(found), most))


def _fitting(runs: Sequence[Object]) -> Iterator[Sequence[Object]]:
    part: list[Object] = []
    size = 0
    for run in runs:
        more = len(json.dumps(run))
        if part and (len(part) == RUNS_A_REQUEST or size + more > SIZE_OF_A_REQUEST):
            yield part
            part, size = [], 0
        part.append(run)
        size += more
    if part:
        yield part
