"""The report in headless Chromium, opened from files, as its readers open it."""

from pathlib import Path
from typing import Any

import pytest

from lctrack_analysis import Logs
from lctrack_analysis.report import write_report
from tests.analysis.conftest import sample_files, samples  # noqa: F401  # fixtures
from tests.report.browsing import VIEWS, Browsing, axe_source, keep_screenshot
from tests.report.conftest import Open, Report, longest
from tests.report.hostile import PAYLOADS
from tests.report.pooled import inside

ACTIVE = ":is(script, img, iframe, link, style, object, embed, form, video, math, base)"
"""Elements that no report has, and that payloads would make."""
WALK = """
async ([id, text]) => {
  const recorded = lctrack.plain(JSON.stringify(text).slice(1, -1)).slice(0, 10000);
  const address = lctrack.address(["trace", id]);
  location.hash = address;
  while (document.querySelector("main").dataset.shown !== address) await new Promise((go) => setTimeout(go, 5));
  const lacking = [];
  for (const { id } of [...document.querySelectorAll("[role=treeitem]")]) {
    document.getElementById(id).click();
    for (const fold of document.querySelectorAll(".details details")) fold.open = true;
    const shown = document.querySelector(".details").textContent;
    if (!shown.includes(lctrack.plain(text).slice(0, 20000))) lacking.push(id);
    const raw = document.querySelector(".details > details.raw-events");
    while (raw.dataset.shown !== "all") await new Promise((go) => setTimeout(go, 5));
    if (!raw.textContent.includes(recorded)) lacking.push(`${id} raw`);
  }
  return [document.querySelector("h1").textContent, lacking];
}
"""
"""Goes to a trace, chooses each of its runs, and gives its title and the runs whose details lack a text."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("view", VIEWS)
def test_each_page_is_shown_without_an_error_a_request_or_a_sideways_scroll(
    view: str, width: int, scheme: str, samples_report: Report, open_report: Open
) -> None:
    browsing = open_report(samples_report, width, scheme)
    page = browsing.open(VIEWS[view].format(id=longest(samples_report)["id"]))
    assert "This cannot be shown" not in page.text_content("h1")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
    assert dark == (scheme == "dark")
    keep_screenshot(page, f"{view}-{width}-{scheme}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_nothing_keeps_people_from_using_a_page(
    view: str, scheme: str, samples_report: Report, open_report: Open
) -> None:
    axe = axe_source()
    if axe is None:
        pytest.skip("there is no axe-core: scripts/browser brings it")
    page = open_report(samples_report, scheme=scheme).open(VIEWS[view].format(id=longest(samples_report)["id"]))
    page.evaluate(axe)
    # Rows of a table are alike: the first ones are looked at.
    asked = "axe.run({exclude: ['tbody tr:nth-child(n+20)']}, {resultTypes: ['violations'], preload: false})"
    found = page.evaluate(asked)
    serious = [
        (each["id"], each["nodes"][0]["html"], each["nodes"][0]["failureSummary"])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_keys_alone_search_choose_open_and_come_back(samples_report: Report, open_report: Open) -> None:
    page = open_report(samples_report).open("#/traces")
    page.keyboard.press("/")
    page.keyboard.type("checksum")
    page.wait_for_function("() => document.querySelectorAll('.rows .row').length === 1")
    assert page.evaluate("location.hash") == "#/traces?q=checksum"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash.startsWith('#/trace/')")
    page.wait_for_selector("[role=tree]")
    page.go_back()
    page.wait_for_selector("#search")
    assert page.input_value("#search") == "checksum"


def test_arrows_go_through_the_runs_and_fold_them(samples_report: Report, open_report: Open) -> None:
    trace = longest(samples_report)
    page = open_report(samples_report).open(f"#/trace/{trace['id']}")
    page.focus("[role=tree]")
    page.keyboard.press("ArrowDown")
    assert page.text_content(".details h2") == trace["runs"][1]["name"]
    assert trace["runs"][1]["run_id"] in page.evaluate("location.hash")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.locator("[role=treeitem]").count() == 1
    page.keyboard.press("ArrowRight")
    assert page.locator("[role=treeitem]").count() == len(trace["runs"])


def test_traces_are_filtered_by_keyboard(samples_report: Report, open_report: Open) -> None:
    page = open_report(samples_report).open("#/traces")
    page.focus("#status")
    page.keyboard.type("err")
    page.wait_for_function("() => location.hash === '#/traces?status=error'")
    columns = samples_report.piece("meta")["index"]["columns"]
    failed = [row for row in samples_report.piece("index-0") if row[columns.index("status")] == "error"]
    assert page.locator(".rows .cell-status").all_text_contents() == ["✗ error"] * len(failed)


@pytest.mark.parametrize("column", ["Duration", "Tokens", "Name", "Input"])
def test_a_column_is_sorted_both_ways_by_keyboard(
    column: str,
    samples: Logs,  # noqa: F811  # a fixture
    samples_report: Report,
    open_report: Open,
) -> None:
    page = open_report(samples_report).open("#/traces")
    names = {"Duration": "duration", "Tokens": "tokens", "Name": "name", "Input": "input"}
    page.get_by_role("columnheader", name=column).get_by_role("button").focus()
    columns = samples_report.piece("meta")["index"]["columns"]
    at = columns.index(names[column])
    known = [row[at] for row in samples_report.piece("index-0") if row[at] not in (None, "")]
    for _ in range(2):
        page.keyboard.press("Enter")
        sign = page.get_by_role("columnheader", name=column).get_attribute("aria-sort")
        first = page.evaluate("name => document.querySelector(`.rows .cell-${name}`).textContent", names[column])
        expected = max(known) if sign == "descending" else min(known)
        assert sign in ("ascending", "descending")
        assert first == page.evaluate(
            "([name, value]) => name === 'duration' ? lctrack.duration(value) : name === 'tokens' ? "
            "lctrack.count(value) : value",
            [names[column], expected],
        )
    assert samples.table("traces").height == samples_report.piece("meta")["traces"]


def test_the_sql_of_the_table_gives_the_same_rows(
    samples: Logs,  # noqa: F811  # a fixture
    samples_report: Report,
    open_report: Open,
) -> None:
    page = open_report(samples_report).open("#/traces?status=error&sort=duration")
    page.locator(".sql summary").click()
    page.wait_for_function("() => document.querySelector('.sql pre').textContent !== ''")
    query = page.text_content(".sql pre")
    shown = page.locator(".rows .cell-duration").all_text_contents()
    rows = samples.sql(query)["duration_ms"].to_list()
    assert shown == [page.evaluate("ms => lctrack.duration(ms)", ms) for ms in rows]
    assert len(shown) > 2


def test_a_bar_lies_where_its_run_ran(samples_report: Report, open_report: Open) -> None:
    trace = longest(samples_report)
    page = open_report(samples_report).open(f"#/trace/{trace['id']}")
    bars = page.evaluate(
        "[...document.querySelectorAll('.bar')].map((bar) => { const [a, b] = [bar, bar.parentElement].map((each) => "
        "each.getBoundingClientRect()); return [(a.left - b.left) / b.width, a.width / b.width, b.width]; })"
    )
    assert len(bars) == len(trace["runs"])
    for run, (left, width, pixels) in zip(trace["runs"], bars, strict=True):
        assert left == pytest.approx(run["offset"] / trace["length"], abs=1 / pixels)
        assert width == pytest.approx(max(run["duration_ms"] / trace["length"], 2 / pixels), abs=1 / pixels)


def test_the_first_token_is_marked_where_it_came(samples_report: Report, open_report: Open) -> None:
    [trace, *_] = [
        trace for trace in samples_report.traces() for run in trace["runs"] if run.get("time_to_first_token_ms")
    ]
    [run] = [run for run in trace["runs"] if run.get("time_to_first_token_ms")]
    page = open_report(samples_report).open(f"#/trace/{trace['id']}")
    left = page.evaluate("parseFloat(document.querySelector('.first-token').style.left)")
    assert left == pytest.approx((run["offset"] + run["time_to_first_token_ms"]) / trace["length"] * 100, abs=0.001)


def test_a_run_is_shown_from_its_address_as_a_conversation(samples_report: Report, open_report: Open) -> None:
    trace = longest(samples_report)
    run = next(run for run in reversed(trace["runs"]) if run.get("messages"))
    page = open_report(samples_report).open(f"#/trace/{trace['id']}?run={run['run_id']}")
    assert page.text_content(".details h2") == run["name"]
    assert page.locator(".messages .message").count() == len(inside(run, trace["pool"])["messages"])
    assert page.locator(".message.answer .role").text_content() == "assistant (answer)"
    keep_screenshot(page, "conversation")


def test_times_are_the_readers_and_utc_is_beside_them(samples_report: Report, open_report: Open) -> None:
    page = open_report(samples_report).open("#/traces")
    shown = page.locator(".rows .cell-start time").first
    assert shown.text_content() == "2026-11-21 08:38:20"
    assert shown.get_attribute("title").startswith("2026-11-20 23:38:20.")


def test_the_theme_is_chosen_by_a_button(samples_report: Report, open_report: Open) -> None:
    page = open_report(samples_report).open("#/overview")
    seen = []
    for _ in range(3):
        page.click("#theme")
        seen.append((page.text_content("#theme"), page.evaluate("getComputedStyle(document.body).backgroundColor")))
    light, dark = "rgb(255, 255, 255)", "rgb(20, 23, 28)"
    assert seen == [("Theme: light", light), ("Theme: dark", dark), ("Theme: as the system", light)]


def test_a_trace_that_is_not_there_is_one_sentence(samples_report: Report, open_report: Open) -> None:
    for called in ("nothing", "", "zzz", "%F0%9F%98%80", "<img src=x>"):
        page = open_report(samples_report).page
        page.goto(f"{samples_report.address}#/trace/{called}")
        page.wait_for_selector("[role=alert]")
        assert page.text_content("[role=alert]").startswith("There is no trace ")


def test_a_report_in_one_file_is_shown_too(
    samples: Logs,  # noqa: F811  # a fixture
    tmp_path: Path,
    browser: Any,
) -> None:
    write_report(samples, tmp_path / "one.html", "logs", single_file=True)
    page = browser.new_page()
    browsing = Browsing(page, (tmp_path / "one.html").as_uri())
    for view in ("#/overview", "#/traces", "#/model", "#/table/session_analysis"):
        browsing.open(view)
        assert "This cannot be shown" not in page.text_content("h1")
    assert (browsing.wrong, browsing.elsewhere(tmp_path)) == ([], [])
    page.close()


@pytest.mark.parametrize("view", [view for view in VIEWS if "{id}" not in VIEWS[view]])
def test_no_payload_runs_or_loads_on_any_page(view: str, hostile_report: Report, open_report: Open) -> None:
    page = open_report(hostile_report).open(VIEWS[view])
    assert page.evaluate("window.obeyed") is None
    allowed = "a[href^='#/'], a[href^='pictures/']"
    assert page.evaluate(f"[...document.querySelectorAll('a')].filter((a) => !a.matches(\"{allowed}\")).length") == 0
    assert (
        page.locator("main :is(script, img, iframe, link, style, object, embed, form, video, math, base)").count() == 0
    )


def test_every_payload_is_shown_as_text_in_every_run_of_its_trace(hostile_report: Report, open_report: Open) -> None:
    page = open_report(hostile_report).open("#/traces")
    traces = hostile_report.traces()
    for trace in traces:
        text = PAYLOADS[-1] if trace["id"] == "long" else trace["id"]
        title, lacking = page.evaluate(WALK, [trace["id"], text])
        assert title == page.evaluate("text => lctrack.plain(lctrack.short(text))", text)
        assert lacking == []
    assert page.evaluate("window.obeyed") is None
    assert page.locator(f"main {ACTIVE}").count() == 0
    assert {text for text in PAYLOADS if len(text) < 1000} == {trace["id"] for trace in traces} - {"long"}
