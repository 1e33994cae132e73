"""A page of a report in a real browser, which tells whatever went wrong in it."""

import os
import shutil
from pathlib import Path
from typing import Any

__all__ = ["VIEWS", "Browsing", "axe_source", "chromium", "keep_screenshot"]

VIEWS = {
    "overview": "#/overview",
    "traces": "#/traces",
    "trace": "#/trace/{id}",
    "tree": "#/trace/{id}?view=tree",
    "model": "#/model",
    "compare": "#/compare",
    "tables": "#/tables",
    "session_analysis": "#/table/session_analysis",
    "action_records": "#/table/action_records",
    "problems": "#/table/problems",
}
"""The address of each view; `{id}` is that of a trace."""


class Browsing:
    """A tab, and what went wrong in it.

    Args:
        page: Playwright's page.
        address: Where the report is.
    """

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.address = address
        self.wrong: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.wrong.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.on("popup", lambda popup: self.wrong.append(f"popup: {popup.url}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, view: str) -> Any:
        """Go to a view, and wait until it is shown."""
        if self.page.url == self.address + view:
            self.page.reload()
        self.page.goto(self.address + view)
        hash_of_view = view.partition("?")[0]
        self.page.wait_for_function(
            "wanted => document.querySelector('main').dataset.shown?.startsWith(wanted)", arg=hash_of_view
        )
        return self.page

    def elsewhere(self, folder: Path) -> list[str]:
        """Give the requests for anything that is no file of the report."""
        return [url for url in self.requests if not url.startswith(folder.as_uri())]


def chromium() -> str | None:
    """Give the browser, where there is one."""
    return os.environ.get("LCTRACK_CHROMIUM") or shutil.which("chromium")


def axe_source() -> str | None:
    """Give the code of axe-core, which looks for what keeps people from using a page."""
    path = Path(os.environ.get("LCTRACK_AXE") or Path(__file__).parents[2] / "build" / "axe" / "axe.min.js")
    return path.read_text(encoding="utf-8") if path.is_file() else None


def keep_screenshot(page: Any, name: str) -> None:
    """Keep a picture of the page for people, where somebody wants it."""
    if folder := os.environ.get("LCTRACK_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
