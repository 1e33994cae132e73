"""Asking a ClearML server, through its REST interface: which tasks a session has, and what is in them."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from lctrack_uploaders.errors import RefusedError, TerminalError, TransientError, UnreachableError
from lctrack_uploaders.targets.clearml.configuration import Configuration

PATIENCE = 30
"""Seconds to wait for an answer."""
COMPLETE = ("completed", "failed", "stopped", "closed", "published")
"""States of a task whose import has ended: it is the import's last request that completes the task."""
_KINDS = {
    "scalars": "training_stats_scalar",
    "plots": "plot",
    "samples": "training_debug_image",
    "lines": "log",
}
_WRONG_KEY = (401, 403)


class Server:
    """One server, and the credentials that it lets us in with."""

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        if not (settings.key and settings.secret):
            raise RefusedError(
                "ClearML needs credentials: set CLEARML_API_ACCESS_KEY and CLEARML_API_SECRET_KEY, or run clearml-init."
            )

    def login(self) -> None:
        """Try the credentials."""
        _ = self._token

    def tasks(self, tag: str) -> list[Mapping[str, Any]]:
        """Find the tasks with a tag.

        Args:
            tag: The tag.

        Returns:
            Their descriptions, the oldest first.
        """
        wanted = ["id", "name", "status", "tags", "hyperparams", "execution.artifacts", "created"]
        asked = {"tags": [tag], "only_fields": wanted, "order_by": ["created"], "search_hidden": True}
        found: list[Mapping[str, Any]] = self.ask("tasks.get_all_ex", asked).get("tasks") or []
        # A server of another release may leave the condition out of account: nothing else's task is ours to delete.
        return [task for task in found if tag in (task.get("tags") or ())]

    def delete(self, task_id: str) -> None:
        """Delete a task, with its events."""
        self.ask("tasks.delete", {"task": task_id, "force": True})

    def end(self, task_id: str, how: str, why: str) -> None:
        """Give a task another end: `failed` or `stopped`."""
        self.ask(f"tasks.{how}", {"task": task_id, "force": True, "status_message": why, "status_reason": why})

    def counts(self, task_id: str) -> Mapping[str, int]:
        """Count a task's events, by what they are."""
        return {
            name: int(
                self.ask("events.get_task_events", {"task": task_id, "event_type": kind, "batch_size": 1})["total"]
            )
            for name, kind in _KINDS.items()
        }

    def ask(self, endpoint: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Ask something.

        Args:
            endpoint: Service and action: `tasks.get_all_ex`.
            body: What is asked.

        Returns:
            The answer's `data`.

        Raises:
            UploadError: There is none.
        """
        return self._send(endpoint, body, f"Bearer {self._token}")

    @cached_property
    def _token(self) -> str:
        login = base64.b64encode(f"{self._settings.key}:{self._settings.secret}".encode()).decode()
        return str(self._send("auth.login", {}, f"Basic {login}").get("token"))

    def _send(self, endpoint: str, body: Mapping[str, Any], login: str) -> dict[str, Any]:
        url = self._settings.api
        headers = {"Content-Type": "application/json", "Authorization": login}
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{url}/{endpoint}", data, headers)  # noqa: S310  # http or https, see configuration
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  # likewise
                found = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise self._answered(endpoint, error) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise UnreachableError(
                f"ClearML at {url} does not answer ({type(reason).__name__}): is there a network, and is the address"
                " right? The next run delivers."
            ) from error
        if not isinstance(found, dict) or not isinstance(found.get("data"), dict):
            raise TransientError(f"ClearML at {url} gave an answer to {endpoint} that cannot be used; try again later.")
        return found["data"]  # type: ignore[no-any-return]  # JSON

    def _answered(self, endpoint: str, error: urllib.error.HTTPError) -> Exception:
        url = self._settings.api
        if error.code in _WRONG_KEY:
            return RefusedError(f"ClearML at {url} does not let us in: check CLEARML_API_ACCESS_KEY and its secret.")
        if error.code == 429 or error.code >= 500:  # noqa: PLR2004  # as HTTP has them
            return TransientError(f"ClearML at {url} failed (HTTP {error.code} to {endpoint}); try again later.")
        if error.code == 404:  # noqa: PLR2004  # likewise
            return UnreachableError(f"There is no ClearML at {url} (HTTP 404): is the address right?")
        return TerminalError(f"ClearML at {url} refused it (HTTP {error.code} to {endpoint}): {_said(error)}.")


def _said(error: urllib.error.HTTPError) -> str:
    try:
        text = str(json.loads(error.read())["meta"]["result_msg"])
    except (OSError, ValueError, KeyError, TypeError):
        return "it does not say why"
    return " ".join(text.split())[:300].rstrip(".")
