"""The SQL that a view offers gives the rows that the view shows."""

from typing import Any

import pytest

from lctrack_analysis import Logs
from tests.analysis.conftest import sample_files, samples  # noqa: F401  # fixtures
from tests.report.browsing import VIEWS
from tests.report.conftest import Open, Report, longest

OFFERED = "[...document.querySelectorAll('main .sql')].map((fold) => { fold.open = true; return fold; }).length"
SHOWN = "[...document.querySelectorAll('main .sql pre')].map((each) => each.textContent)"


def queries(page: Any) -> list[str]:
    """Give all SQL that a page offers."""
    assert page.evaluate(OFFERED) > 0
    page.wait_for_function(f"() => {SHOWN}.every((text) => text !== '')")
    found: list[str] = page.evaluate(SHOWN)
    return found


@pytest.mark.parametrize("view", [view for view in VIEWS if view != "tables"])
def test_all_sql_of_a_view_can_be_run(
    view: str,
    samples: Logs,  # noqa: F811  # likewise
    samples_report: Report,
    open_report: Open,
) -> None:
    page = open_report(samples_report).open(VIEWS[view].format(id=longest(samples_report)["id"]))
    for query in queries(page):
        assert samples.sql(query).height > 0


@pytest.mark.parametrize("table", ["session_analysis", "action_records", "errors", "tool_calls", "problems"])
def test_the_sql_of_a_table_gives_its_rows(
    table: str,
    samples: Logs,  # noqa: F811  # likewise
    samples_report: Report,
    open_report: Open,
) -> None:
    [query] = queries(open_report(samples_report).open(f"#/table/{table}"))
    written = samples_report.piece("meta")["tables"][table]
    names = [column[0] for column in written["columns"]]
    rows = samples.sql(query)
    assert rows.columns == names
    shown = samples_report.piece(f"table-{table}-0")
    for name, kind in ((column[0], column[2]) for column in written["columns"]):
        if kind == "BIGINT":
            assert rows[name].to_list() == [row[names.index(name)] for row in shown]


def test_the_sql_of_models_and_kinds_and_totals_gives_what_the_overview_shows(
    samples: Logs,  # noqa: F811  # likewise
    samples_report: Report,
) -> None:
    overview = samples_report.piece("overview")
    for part in ("models", "kinds"):
        assert samples.sql(overview[part]["sql"]).to_dicts() == overview[part]["rows"]
    [totals] = samples.sql(overview["sql"]).to_dicts()
    assert {name: overview["totals"][name] for name in ("traces", "runs", "tokens", "p99")} == {
        name: totals[name] for name in ("traces", "runs", "tokens", "p99")
    }
    buckets = samples.sql(overview["time"]["sql"]).to_dicts()
    assert buckets == overview["time"]["buckets"]
    for found in overview["complexity"]:
        assert sum(found["bins"]) == samples.sql(found["sql"])["texts"].sum()


def test_the_sql_of_a_run_and_of_its_events_gives_them(
    samples: Logs,  # noqa: F811  # likewise
    samples_report: Report,
    open_report: Open,
) -> None:
    trace = longest(samples_report)
    run = trace["runs"][2]
    page = open_report(samples_report).open(f"#/trace/{trace['id']}?run={run['run_id']}")
    page.locator(".raw-events > summary").click()
    page.wait_for_selector(".raw-events[data-shown=all]")
    events, of_run, of_trace = (samples.sql(query) for query in queries(page))
    names = page.locator(".raw-events li .role strong").all_text_contents()
    assert events["event"].to_list() == names == ["chat_model_start", "llm_end"]
    assert of_run["run_id"].to_list() == [run["run_id"]]
    assert sorted(of_trace["run_id"]) == sorted(each["run_id"] for each in trace["runs"])
