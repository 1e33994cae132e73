"""Pictures of the report for docs/report.md, made from sample_logs: `.venv/bin/python scripts/report_pictures.py`.

Needs Chromium: scripts/browser installs it. With a folder as argument, pictures of all pages go there instead: light,
dark, as wide as a phone, and as printed.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from lctrack_analysis import load
from lctrack_analysis.report import write_report

ROOT = Path(__file__).parents[1]
IN_DOCS = ("overview", "trace", "compare")
LONGEST = "traces => traces.sort((a, b) => b.runs.length - a.runs.length)[0]"
TEMPERATURES = "a=name:temperature%200.0&b=name:temperature%200.9"
SIZE = {"width": 1280, "height": 800}


def views(page: Any) -> dict[str, str]:
    """Give the address of each view by name."""
    longest = page.evaluate(f"lctrack.load('traces-0').then({LONGEST})")
    streamed = page.evaluate(
        "lctrack.load('traces-0').then((all) => all.find((trace) => trace.runs.some((run) => run.chunks > 1)))"
    )
    run = next(run for run in longest["runs"] if run["kind"] == "chat_model")
    return {
        "overview": "#/overview",
        "traces": "#/traces",
        "trace": f"#/trace/{longest['id']}?run={run['run_id']}",
        "tree": f"#/trace/{longest['id']}?view=tree",
        "streamed": f"#/trace/{streamed['id']}",
        "model": "#/model",
        "compare": f"#/compare?{TEMPERATURES}",
        "tables": "#/tables",
        "session_analysis": "#/table/session_analysis",
        "problems": "#/table/problems",
    }


def take(page: Any, address: str, folder: Path, name: str, hash_of_view: str) -> None:
    """Write a picture of a view."""
    page.goto(address + hash_of_view)
    page.wait_for_function("wanted => document.querySelector('main').dataset.shown === wanted", arg=hash_of_view)
    page.wait_for_timeout(200)
    page.screenshot(path=str(folder / f"{name}.png"))


def main() -> None:
    """Write them."""
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    folder = given or ROOT / "docs" / "report"
    folder.mkdir(parents=True, exist_ok=True)
    path = os.environ.get("LCTRACK_CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as made, sync_playwright() as driver:
        with load(ROOT / "sample_logs", cache=False) as logs:
            address = write_report(logs, Path(made) / "report", "sample_logs").page.as_uri()
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, timezone_id="UTC")
        page.goto(address)
        page.wait_for_selector("h1")
        all_views = views(page)
        for name in IN_DOCS if given is None else all_views:
            take(page, address, folder, name, all_views[name])
        if given is not None:
            for kind, width, options in (
                ("dark", 1280, {"color_scheme": "dark"}),
                ("phone", 375, {}),
                ("phone-dark", 375, {"color_scheme": "dark"}),
            ):
                page = browser.new_page(viewport={**SIZE, "width": width}, timezone_id="UTC", **options)
                for name, view in all_views.items():
                    take(page, address, folder, f"{name}-{kind}", view)
            page = browser.new_page(viewport=SIZE, timezone_id="UTC")
            page.emulate_media(media="print")
            for name, view in all_views.items():
                take(page, address, folder, f"{name}-printed", view)
                page.pdf(path=str(folder / f"{name}.pdf"))
        browser.close()


if __name__ == "__main__":
    main()
