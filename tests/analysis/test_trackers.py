"""What the trackers' own handlers keep, live and on record, is in our tables, but for documented differences."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

pytest.importorskip("langchain_community")
pytest.importorskip("pandas")  # the handlers make their tables with it

from langchain_core.callbacks import BaseCallbackHandler

from lctrack_analysis import Logs, load
from lctrack_analysis.columns import COUNTERS
from lctrack_analysis.complexity import METRICS
from sample_logs.scenarios import SCENARIOS
from tests.analysis.trackers import again, compare, older
from tests.analysis.trackers.compare import Seen
from tests.analysis.trackers.differences import DIFFERENCES, PAIRS, RECORDS, table
from tests.analysis.trackers.live import TRACKERS, sessions_of, watcher

ROOT = Path(__file__).parents[2]
NAMES = [metric.name for metric in METRICS]
PAGE = ROOT / "docs" / "trackers-tables.md"
LIVE: dict[str, Callable[[Path, Sequence[BaseCallbackHandler]], None]] = {
    **{scenario.key: scenario.run for scenario in SCENARIOS if scenario.langchain},
    "events of 2023": older.run,
}


class Watched:
    """Runs each application once, when a test first asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, list[Seen]] = {}

    def live(self, name: str) -> list[Seen]:
        """Give the differences between our tables and those of all four handlers."""
        if name not in self._seen:
            watchers = {tracker: watcher(tracker) for tracker in TRACKERS}
            with sessions_of(list(watchers.values())):
                LIVE[name](self._folder / name, [each.handler for each in watchers.values()])
            logs = load(self._folder / name)
            assert all(each.kept for each in watchers.values())
            self._seen[name] = [
                seen
                for tracker, each in watchers.items()
                for seen in (*compare.records(tracker, each.kept, logs), *compare.pairs(tracker, each.pairs, logs))
            ]
        return self._seen[name]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return Watched(tmp_path_factory.mktemp("watched"))


@pytest.fixture(autouse=True)
def _quiet() -> object:
    """Let LangChain not report each of the handlers' failures: they are what is looked for."""
    logger = logging.getLogger("langchain_core.callbacks.manager")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(level)


def unexplained(found: list[Seen]) -> list[Seen]:
    return [seen for seen in found if not any(each.explains(seen) for each in DIFFERENCES)]


@pytest.mark.parametrize("name", LIVE)
def test_what_differs_from_the_live_handlers_is_documented(name: str, watched: Watched) -> None:
    assert unexplained(watched.live(name)) == []


def test_every_documented_difference_is_seen(watched: Watched) -> None:
    found = [seen for name in LIVE for seen in watched.live(name)]
    assert [each.theirs for each in DIFFERENCES if not any(map(each.explains, found))] == []


def test_every_handler_named_beside_a_difference_shows_it(watched: Watched) -> None:
    found = [seen for name in LIVE for seen in watched.live(name)]
    shown = {(each.theirs, seen.tracker) for each in DIFFERENCES for seen in found if each.explains(seen)}
    assert {(each.theirs, tracker) for each in DIFFERENCES for tracker in each.trackers} == shown


@pytest.fixture(scope="module", params=again.APPLICATIONS)
def oracle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[again.Oracle, Logs]:
    folder = tmp_path_factory.mktemp(request.param)
    again.record(request.param, folder)
    return again.oracle(request.param), load(folder)


def test_every_record_that_clearml_kept_is_there_with_its_counters_and_texts(
    oracle: tuple[again.Oracle, Logs], monkeypatch: pytest.MonkeyPatch
) -> None:
    told, logs = oracle
    monkeypatch.setattr(compare, "steady", again.steady)
    found = list(compare.records("ClearML", told.kept(logs), logs))
    assert {seen.what for seen in found} <= {compare.MISSING, compare.FIELD}
    # Of what they kept nothing is another value here; what is elsewhere here is documented, and compared below.
    assert [seen for seen in found if seen.theirs != compare.ABSENT and seen.field not in NAMES] == []
    assert unexplained(found) == []


def test_the_rows_that_clearml_made_of_it_differ_as_documented(oracle: tuple[again.Oracle, Logs]) -> None:
    told, logs = oracle
    assert unexplained(list(compare.pairs("ClearML", told.pairs(), logs))) == []


def test_the_metrics_that_clearml_measured_are_ours_of_the_same_answers(oracle: tuple[again.Oracle, Logs]) -> None:
    told, logs = oracle
    expected = [{name: row[name] for name in ("output_step", *NAMES)} for row in told.rows]
    ours = logs.session_analysis.sort("output_step").select("output_step", *NAMES).to_dicts()
    assert [pytest.approx(row, abs=1e-9) for row in expected] == ours
    measured = [{name: record[name] for name in NAMES} for record in told.records if record["action"] == "on_llm_end"]
    assert [{name: row[name] for name in NAMES} for row in expected] == measured


def test_every_file_of_what_clearml_kept_is_compared() -> None:
    assert {f"clearml_{name}.json" for name in again.APPLICATIONS} == {file.name for file in again.FILES.iterdir()}
    assert len(again.APPLICATIONS) == 5


@pytest.mark.parametrize("field", ["text", "step", "prompts", "name", "repr"])
def test_another_value_in_a_record_that_clearml_kept_is_no_documented_difference(
    field: str, oracle: tuple[again.Oracle, Logs]
) -> None:
    told, logs = oracle
    changed = [{**record, field: "another"} if field in record else record for record in told.records]
    assert changed != told.records
    given = [kept._replace(record=record) for kept, record in zip(told.kept(logs), changed, strict=True)]
    assert unexplained(list(compare.records("ClearML", given, logs)))


def test_the_counters_end_where_clearml_ended(oracle: tuple[again.Oracle, Logs]) -> None:
    told, logs = oracle
    names = [column.name for column in COUNTERS]
    assert told.counters == logs.action_records.select(names).row(-1, named=True)


def test_the_page_lists_these_differences() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert table(RECORDS) in page
    assert table(PAIRS) in page
    assert page.count("\n| ") == len(DIFFERENCES) + 2
