"""Two sides of the page "Compare" are what `lctrack-analyze --compare` says of them, and what the copied SQL gives."""

from typing import Any

import pytest

from lctrack_analysis import Logs
from tests.analysis.conftest import sample_files, samples  # noqa: F401  # fixtures
from tests.report.conftest import Open, Report


def side(report: Report, called: str) -> list[Any]:
    """Give the values of a group, as the page finds them."""
    meta = report.piece("meta")["compare"]
    kind, _, label = called.partition(":")
    [place] = [at for at, group in enumerate(meta["groups"]) if group[:2] == [kind, label]]
    values: list[Any] = report.piece(f"compare-{place // meta['piece']}")[place % meta["piece"]]
    return values


def known_groups(report: Report) -> list[str]:
    return [f"{kind}:{label}" for kind, label, _ in report.piece("meta")["compare"]["groups"]]


def test_each_group_has_the_measures_that_the_command_gives(samples: Logs, samples_report: Report) -> None:  # noqa: F811  # likewise
    names = samples_report.piece("meta")["compare"]["measures"]
    groups = known_groups(samples_report)
    assert len(groups) > 10
    for called in groups:
        expected = samples.compare(called, called)
        assert expected["measure"].to_list() == names
        assert expected["a"].to_list() == [pytest.approx(value) for value in side(samples_report, called)]


def test_each_session_has_the_measures_that_the_command_gives(samples: Logs, samples_report: Report) -> None:  # noqa: F811  # likewise
    meta = samples_report.piece("meta")["compare"]
    for number, session in enumerate(samples_report.piece("sessions")):
        called = f"session:{session['session_id']}"
        expected = samples.compare(called, called)["a"].to_list()
        place = len(meta["groups"]) + number
        found = samples_report.piece(f"compare-{place // meta['piece']}")[place % meta["piece"]]
        assert expected == [pytest.approx(value) for value in found]


def test_two_groups_are_compared_and_the_copied_sql_gives_the_same(
    samples: Logs,  # noqa: F811  # likewise
    samples_report: Report,
    open_report: Open,
) -> None:
    groups = known_groups(samples_report)
    a, b = next(each for each in groups if "0.0" in each), next(each for each in groups if "0.9" in each)
    page = open_report(samples_report).open("#/compare")
    for name, called in (("a", a), ("b", b)):
        page.select_option(f"#side-{name}", str(groups.index(called)))
    page.locator(".sql summary").click()
    page.wait_for_function("() => document.querySelector('.sql pre').textContent !== ''")
    rows = samples.sql(page.text_content(".sql pre"))
    shown = page.evaluate(
        "[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    assert rows["measure"].to_list() == [row[0] for row in shown]
    expected = samples.compare(a, b).filter(expected_is_shown())
    assert expected["measure"].to_list() == rows["measure"].to_list()
    for name in ("a", "b", "difference", "percent"):
        assert expected[name].to_list() == [pytest.approx(value) for value in rows[name]]
    assert page.evaluate("location.hash").startswith("#/compare?a=")
    tokens = next(row for row in shown if row[0] == "output_tokens")
    assert tokens == ["output_tokens", "210", "282", "+72", "+34.3 %"]


def expected_is_shown() -> Any:
    """Give the rows of which one side at least has a value."""
    import polars as pl

    return (pl.col("a").fill_null(0) != 0) | (pl.col("b").fill_null(0) != 0)


def test_a_comparison_opens_from_its_address(samples_report: Report, open_report: Open) -> None:
    a, b = known_groups(samples_report)[:2]
    page = open_report(samples_report).open("#/compare")
    address = page.evaluate("([a, b]) => lctrack.address(['compare'], { a, b })", [a, b])
    page = open_report(samples_report).open(address)
    assert [page.input_value("#side-a"), page.input_value("#side-b")] == ["0", "1"]
