"""Reports of the recorded samples and of hostile logs, written once."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis import load
from lctrack_analysis.report import write_report
from sample_logs.make import HERE
from tests.report.browsing import Browsing, chromium
from tests.report.hostile import write_hostile_logs

Open = Callable[..., Browsing]


class Report:
    """A report that was written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._traces: list[Any] = []

    @property
    def address(self) -> str:
        return (self.folder / "index.html").as_uri()

    def piece(self, name: str) -> Any:
        """Read a piece as the browser does: a string of JavaScript, which holds JSON."""
        text = (self.folder / "data" / f"{name}.js").read_text(encoding="utf-8")
        before, after = f"lctrack.receive('{name}', '", "');\n"
        assert text.startswith(before)
        assert text.endswith(after)
        held = text[len(before) : -len(after)]
        return json.loads(held.replace("\\'", "'").replace("\\\\", "\\"))

    def traces(self) -> list[Any]:
        """Give the details of all traces, as they are written."""
        if not self._traces:
            self._traces = [trace for number in self.numbers() for trace in self.piece(f"traces-{number}")]
        return self._traces

    def numbers(self) -> list[int]:
        """Give the numbers of the pieces with traces."""
        return sorted(int(path.stem.removeprefix("traces-")) for path in self.folder.glob("data/traces-*.js"))


@pytest.fixture(scope="session")
def samples_report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("report") / "samples"
    with load(HERE, cache=False) as logs:
        write_report(logs, folder, "sample_logs")
    return Report(folder)


@pytest.fixture(scope="session")
def hostile_report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("report")
    with load(write_hostile_logs(folder / "hostile.jsonl"), cache=False) as logs:
        write_report(logs, folder / "hostile", "hostile.jsonl")
    return Report(folder / "hostile")


def longest(report: Report) -> Any:
    """Give the trace with most runs."""
    return max(report.traces(), key=lambda trace: len(trace["runs"]))


# While it is open, an event loop is running here: other tests make their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright drives the browser")
    path = chromium()
    if path is None:
        pytest.skip("there is no chromium: scripts/browser installs it")
    with playwright.sync_playwright() as driver:
        try:
            started = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"{path} cannot be started here: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture(scope="module")
def tabs() -> dict[Any, Browsing]:
    """Tabs that are used again by who wants the same: a new one takes its time."""
    return {}


@pytest.fixture
def open_report(browser: Any, tabs: dict[Any, Browsing]) -> Iterator[Open]:
    """Open a report in a tab; whatever goes wrong there fails the test."""
    opened: list[tuple[Browsing, Path]] = []

    def open_it(report: Report, width: int = 1280, scheme: str = "light") -> Browsing:
        key = (report.address, width, scheme)
        if key not in tabs:
            context = browser.new_context(
                viewport={"width": width, "height": 800},
                locale="en-GB",
                timezone_id="Asia/Tokyo",
                color_scheme=scheme,
            )
            tabs[key] = Browsing(context.new_page(), report.address)
        opened.append((tabs[key], report.folder))
        return tabs[key]

    yield open_it
    for browsing, folder in opened:
        wrong, elsewhere = browsing.wrong, browsing.elsewhere(folder)
        browsing.wrong, browsing.requests = [], []
        assert wrong == []
        assert elsewhere == []
