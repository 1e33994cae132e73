"""What a report of 100,000 traces costs who writes it, and how long it keeps who reads it waiting.

    python benchmarks/report.py [--events N] [--runs N] [--directory DIR]

Writes seeded logs (968,000 events are 100,000 traces, 1.1 GB) and the report of them, with a cold start and nothing
cached; then opens it in Chromium from its files: until the first page can be used, and the longest task that kept the
page from answering while it was scrolled, searched and sorted by each column. Likewise for a trace of 10,000 runs.

Each figure stands beside its goal; the exit code is 1 when one is missed. A busy machine misses more of them: its load
is printed.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workload.one_trace import write_one_trace
from workload.segments import write_logs

from analysis import measure

MINUTES, BYTES, FIRST_MS, BLOCK_MS = 3, 2e9, 2_000, 100
"""The goals: writing, memory, the first page, and the longest task of the page."""

WATCH = """
window.tasks = [];
new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration)))
  .observe({ entryTypes: ["longtask"] });
new MutationObserver(() => (window.ready ??= document.querySelector("main[data-shown]") && performance.now()))
  .observe(document, { subtree: true, childList: true, attributes: true });
"""
"""Notes when the first view is there, and each task of more than 50 ms."""


class Goals:
    """Prints figures beside their goals, and remembers what was missed."""

    def __init__(self) -> None:
        self.missed = 0

    def show(self, what: str, value: float, goal: float, unit: str) -> None:
        """Print a figure."""
        met = value <= goal
        self.missed += not met
        print(f"{what:<44}{value:10,.1f} {unit:<4} goal {goal:8,.0f}  {'met' if met else 'MISSED'}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measures what a report of many traces costs.")
    parser.add_argument("--events", type=int, default=968_000)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--directory", type=Path, help="where the logs go (default: a temporary directory)")
    options = parser.parse_args()
    goals = Goals()
    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        many, one = Path(folder) / "many", Path(folder) / "one"
        size = sum(file.stat().st_size for file in write_logs(Path(folder) / "logs", options.events))
        print(f"{options.events:,} events, {size / 1e6:,.0f} MB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        cost = measure("reporting.py", str(Path(folder) / "logs"), str(many))
        traces = json.loads((many / "lctrack-report.json").read_text())["traces"]
        written = sum(file.stat().st_size for file in many.rglob("*") if file.is_file())
        print(f"{traces:,} traces, {written / 1e6:,.0f} MB of report, {cost.cpu:.0f} s of all cores")
        goals.show("written in", cost.seconds, MINUTES * 60, "s")
        goals.show("memory of all its processes", cost.memory / 1e6, BYTES / 1e6, "MB")
        measure("reporting.py", str(write_one_trace(Path(folder) / "one.jsonl", options.runs)), str(one))
        browse(many, one, goals)
    print(f"load {os.getloadavg()[0]:.1f}")
    sys.exit(bool(goals.missed))


def browse(many: Path, one: Path, goals: Goals) -> None:
    """Measure in Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # writing is measured without it, too

    path = os.environ.get("LCTRACK_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(WATCH)
        for view in ("overview", "traces"):
            page.goto("about:blank")
            page.goto(f"{(many / 'index.html').as_uri()}#/{view}")
            page.wait_for_function("() => window.ready")
            goals.show(f"until the page {view} is there", page.evaluate("window.ready"), FIRST_MS, "ms")
        page.wait_for_function("() => lctrack.index().whole", timeout=120_000)
        goals.show("  blocked while the index is read", longest(page), BLOCK_MS, "ms")
        for what, act in actions(page):
            act()
            page.wait_for_timeout(1_500)
            goals.show(f"  blocked by {what}", longest(page), BLOCK_MS, "ms")
        page.goto("about:blank")
        page.goto(f"{(one / 'index.html').as_uri()}#/trace/root")
        page.wait_for_selector("[role=treeitem]")
        goals.show("until a trace of many runs is there", page.evaluate("window.ready"), FIRST_MS, "ms")
        longest(page)
        page.focus("[role=tree]")
        for key in ["End", "Home", *["PageDown"] * 10, *["ArrowDown"] * 20, "ArrowLeft", "Home", "ArrowLeft"]:
            page.keyboard.press(key)
        goals.show("  blocked by keys in it", longest(page), BLOCK_MS, "ms")
        browser.close()


def actions(page: Any) -> list[tuple[str, Callable[[], None]]]:
    """Give what a reader does with the table."""

    def scroll() -> None:
        page.focus(".grid")
        for key in [*["PageDown"] * 30, "End", "Home"]:
            page.keyboard.press(key)
        page.mouse.move(600, 500)
        for _ in range(40):
            page.mouse.wheel(0, 30_000)

    def search() -> None:
        page.focus("#search")
        page.keyboard.type("pressure valve", delay=60)

    def forget() -> None:
        page.fill("#search", "")

    def sort(name: str) -> Callable[[], None]:
        return lambda: page.get_by_role("columnheader", name=name).get_by_role("button").click()

    columns = ("Duration", "Name", "Tokens", "Input", "Output", "Start")
    return [
        ("scrolling", scroll),
        ("searching", search),
        ("ending the search", forget),
        *((f"sorting by {name}", sort(name)) for name in columns),
    ]


def longest(page: Any) -> float:
    """Give the milliseconds of the longest task since it was asked for last; 50 where none was longer."""
    return float(page.evaluate("Math.max(50, ...window.tasks.splice(0))"))


if __name__ == "__main__":
    main()
