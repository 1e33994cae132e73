"""Many traces, and a trace of many runs: what is in sight is drawn, and all of it is reached and printed."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from lctrack_analysis import load
from lctrack_analysis.report import traces, write_report
from tests.analysis.writing import chain, numbered, segment_start, write
from tests.report.conftest import Open, Report

MANY = 3_000
RUNS = 1_500
LONG = "\uffee"
ROWS = "document.querySelectorAll('.rows .row').length"
ITEMS = "document.querySelectorAll('[role=treeitem]').length"
ORDER = "[...document.querySelectorAll('.rows .cell-duration')].map((cell) => cell.textContent)"


@pytest.fixture(scope="session")
def many_report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Write many traces of which each takes another time, and one of many runs, whose ids are beyond U+FFFF."""
    folder = tmp_path_factory.mktemp("many")
    lines = [
        line
        for number in range(MANY)
        for line in chain(f"\U0001f600{number:04}", number, number + (number * 7 % MANY + 1) / 1000)
    ]
    lines += chain(LONG, MANY, MANY + RUNS)
    for number in range(RUNS):
        lines += chain(f"run-{number:05}", MANY + number, MANY + number + 1, parent_run_id=LONG, trace_id=LONG)
    write(folder / "many.jsonl", *numbered([segment_start(), *lines]))
    with load(folder / "many.jsonl", cache=False) as logs, pytest.MonkeyPatch.context() as patch:
        patch.setattr(traces, "PLACES", MANY // 2)
        write_report(logs, folder / "report", "many.jsonl")
    return Report(folder / "report")


def whole(page: Any) -> None:
    """Wait until the index is read and shown."""
    page.wait_for_function(f"() => lctrack.index().whole && {ROWS} > 0")
    page.wait_for_function("() => !document.querySelector('.tools [role=status]').textContent.includes('so far')")


def test_of_many_traces_those_in_sight_are_drawn_and_the_last_is_reached(
    many_report: Report, open_report: Open
) -> None:
    page = open_report(many_report).open("#/traces")
    whole(page)
    page.focus(".grid")
    page.keyboard.press("End")
    page.wait_for_function(f"() => document.querySelector('#row-{MANY}')")
    assert page.evaluate(ROWS) < 60
    assert page.text_content(f"#row-{MANY} .cell-name") == "\U0001f6000000"
    assert page.get_attribute(".grid", "aria-rowcount") == str(MANY + 2)


def test_many_traces_are_sorted_in_slices_as_if_at_once(many_report: Report, open_report: Open) -> None:
    page = open_report(many_report).open("#/traces")
    whole(page)
    for sign, first in (("descending", RUNS * 1000), ("ascending", 1)):
        page.get_by_role("columnheader", name="Duration").get_by_role("button").click()
        page.wait_for_selector(f".cell-duration[aria-sort={sign}]")
        told = page.evaluate("ms => lctrack.duration(ms)", first)
        page.wait_for_function(f"told => {ORDER}[0] === told", arg=told)
    rows = page.evaluate(ORDER)
    assert rows == page.evaluate("count => Array.from({length: count}, (_, at) => lctrack.duration(at + 1))", len(rows))


def test_printing_draws_the_first_500_traces_and_says_so(many_report: Report, open_report: Open) -> None:
    page = open_report(many_report).open("#/traces")
    whole(page)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    printed = page.evaluate(ROWS)
    told = page.inner_text(".print-only")
    tops = page.evaluate("[...document.querySelectorAll('.rows .row')].map((row) => row.getBoundingClientRect().top)")
    page.emulate_media(media="null")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert (printed, told) == (500, f"The first 500 of {MANY + 1:,} traces.")
    assert tops == sorted(set(tops))
    assert page.evaluate(ROWS) < 60


def test_a_printer_is_given_more_than_what_is_in_sight(many_report: Report, open_report: Open) -> None:
    page = open_report(many_report).open("#/traces")
    whole(page)
    pages = len(re.findall(rb"/Type\s*/Page\b", page.pdf()))
    assert pages >= 10


def test_of_a_trace_of_many_runs_those_in_sight_are_drawn(many_report: Report, open_report: Open) -> None:
    page = open_report(many_report).open(f"#/trace/{quote(LONG)}")
    assert page.evaluate(ITEMS) < 80
    page.focus("[role=tree]")
    page.keyboard.press("End")
    page.wait_for_function(f"() => document.querySelector('#run-{RUNS}')")
    assert page.text_content(".details h2") == f"run-{RUNS - 1:05}"
    assert page.get_attribute("[role=tree]", "aria-activedescendant") == f"run-{RUNS}"
    assert page.evaluate(ITEMS) < 80
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(ITEMS) == 1


@pytest.mark.parametrize("number", [0, MANY // 2, MANY - 1])
def test_a_trace_with_letters_beyond_the_first_plane_opens_from_its_address(
    number: int, many_report: Report, open_report: Open
) -> None:
    # As halves of pairs they would come before U+FFEE, as code points they come after it.
    page = open_report(many_report).open("#/traces")
    page.evaluate("id => { location.hash = lctrack.address(['trace', id]); }", f"\U0001f600{number:04}")
    page.wait_for_selector("[role=tree]")
    assert f"\U0001f600{number:04}" in page.text_content("main .facts")
    assert len(many_report.piece("meta")["places"]) == 3
