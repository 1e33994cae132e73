"""Filters: every table holds what was asked for, nothing else, and agrees with the others."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lctrack_analysis import Logs, NoMatchError, UsageError, load
from lctrack_analysis.columns import TABLES
from lctrack_analysis.selection.resolving import Labels, named_sessions
from tests.analysis.conftest import Load
from tests.analysis.writing import chain, event, llm, numbered, segment_start, write

SESSION_TABLES = [name for name, table in TABLES.items() if "session_id" in {column.name for column in table.columns}]
TRACE_TABLES = [name for name, table in TABLES.items() if "trace_id" in {column.name for column in table.columns}]
TRACKERS = ("action_records", "session_analysis")
OWN = {"events", "sessions", "complexity"}  # have rows of sessions, or of models, besides those of traces


parts: dict[str, Logs] = {}


def part(samples: Logs, **asked: str) -> Logs:
    """Give a part of the samples, made once."""
    if str(asked) not in parts:
        parts[str(asked)] = samples.filter(**asked)
    return parts[str(asked)]


@pytest.mark.parametrize("table", [name for name in SESSION_TABLES if name != "complexity"])
@pytest.mark.parametrize("called", ["adviser", "turbine", "every word", "release check", "search and calculator"])
def test_a_session_has_the_same_rows_as_among_all(table: str, called: str, samples: Logs) -> None:
    session_id = samples.sessions.filter(name=called)["session_id"].item()
    rows = samples.table(table)
    expected = rows.filter(rows["session_id"] == session_id)
    actual = part(samples, session=called).table(table)
    # Beside them, what is said of the segments that they are in.
    assert expected.equals(actual.filter(actual["session_id"].is_not_null()))


@pytest.mark.parametrize("table", [name for name in TRACE_TABLES if name not in OWN])
def test_a_name_selects_whole_traces_in_every_table(table: str, samples: Logs) -> None:
    chosen = samples.traces.filter(name="RunnableSequence")["trace_id"]
    rows = samples.table(table)
    expected = rows.filter(rows["trace_id"].is_in(chosen.implode()))
    counted = {column for column in rows.columns if column in samples.sessions.columns} - {"session_id", "name"}
    counted |= {"prompt_step", "output_step", "record"}  # likewise counted over what is there
    columns = [column for column in rows.columns if table not in TRACKERS or column not in counted]
    assert not expected.is_empty() or table in {"scores", "errors", "tokens", "retrievals", "tool_calls"}
    assert expected.select(columns).equals(part(samples, name="RunnableSequence").table(table).select(columns))


@pytest.mark.parametrize("table", TABLES)
def test_a_time_that_holds_everything_leaves_everything(table: str, samples: Logs) -> None:
    assert samples.table(table).equals(part(samples, since="2000-01-01").table(table))


@pytest.fixture
def days(load_events: Load) -> Logs:
    """Two sessions, one of them over two days."""
    day = 86_400
    return load_events(
        event("session_start", 0, session={"project": "one", "name": "long", "tags": ["red"]}),
        *chain("first", 0, 2, tags=["morning"]),
        *llm("call", ["q"], [["a"]], 1, parent_run_id="first"),
        *chain("second", day, day + 4),
        *[line | {"session_id": "other"} for line in chain("third", day + 10)],
        event("session_start", day + 10, session={"project": "two", "name": "short"}) | {"session_id": "other"},
        event("score", 2 * day, run_id="first", key="good", value=1),
        event("session_start", day * 3, session={"project": "two"}) | {"session_id": "empty"},
    )


def chosen(logs: Logs) -> set[str]:
    return set(logs.traces["trace_id"])


def test_a_time_selects_the_traces_that_started_in_it(days: Logs) -> None:
    assert chosen(days.filter(since="2025-01-02")) == {"second", "third"}
    assert chosen(days.filter(until="2025-01-01")) == {"first"}
    assert chosen(days.filter(since="2025-01-02", until="2025-01-02T00:00:05")) == {"second"}


def test_the_beginning_counts_and_the_end_does_not(days: Logs) -> None:
    start = days.traces.filter(trace_id="second")["start_time"].item()
    assert chosen(days.filter(since=start.isoformat(timespec="microseconds"))) == {"second", "third"}
    assert chosen(days.filter(until=start.isoformat(timespec="microseconds"))) == {"first"}


def test_a_session_counts_what_is_selected_and_keeps_its_labels(days: Logs) -> None:
    [row] = days.filter(until="2025-01-01").sessions.to_dicts()
    expected = {"name": "long", "tags": ["red"], "runs": 2, "traces": 1, "llm_starts": 1, "chain_starts": 1, "step": 4}
    assert expected == {key: row[key] for key in expected}
    [row] = days.filter(since="2025-01-02", session="long").sessions.to_dicts()
    expected = {"name": "long", "runs": 1, "traces": 1, "llm_starts": 0, "chain_starts": 1, "step": 2}
    assert expected == {key: row[key] for key in expected}


def test_a_score_goes_where_its_run_goes(days: Logs) -> None:
    assert days.filter(until="2025-01-01").scores.height == 1
    assert days.filter(since="2025-01-02").scores.height == 0


def test_a_tag_is_that_of_a_root_or_of_a_session(days: Logs) -> None:
    assert chosen(days.filter(tag="morning")) == {"first"}
    assert chosen(days.filter(tag="red")) == {"first", "second"}


def test_a_project_has_its_sessions_without_traces_too(days: Logs) -> None:
    assert set(days.filter(project="two").sessions["session_id"]) == {"other", "empty"}
    assert set(days.filter(project=["one", "two"]).sessions["session_id"]) == {"s", "other", "empty"}


def test_filters_can_follow_each_other(days: Logs) -> None:
    assert chosen(days.filter(since="2025-01-02").filter(project="one")) == {"second"}


def test_filters_at_loading_and_after_it_are_the_same(sample_files: Path, samples: Logs) -> None:
    early, late = load(sample_files, session="adviser"), samples.filter(session="adviser")
    assert [name for name in TABLES if not early.table(name).equals(late.table(name))] == []


def test_problems_stay(samples: Logs) -> None:
    assert samples.filter(session="chat").problems.equals(samples.problems)


def test_complexity_is_of_what_is_selected(load_events: Load) -> None:
    logs = load_events(
        *llm("one", ["q"], [["Two words."]]),
        *[line | {"session_id": "t"} for line in llm("two", ["q"], [["Now these are five words."]], 5)],
    )
    words = logs.filter(session="t").complexity.filter(scope="model", metric="difficult_words")
    assert words["count"].to_list() == [1]
    assert logs.complexity.filter(scope="model", metric="difficult_words")["count"].to_list() == [2]


def test_a_trace_through_two_sessions_is_in_each_with_its_own_runs(load_events: Load) -> None:
    late = [line | {"session_id": "t"} for line in chain("child", 2, 3, parent_run_id="root")]
    logs = load_events(*chain("root", 0, 9), *late)
    assert logs.filter(session="t").runs["run_id"].to_list() == ["child"]
    assert logs.filter(session="s").runs["run_id"].to_list() == ["root"]
    assert logs.filter(session="t").traces.select("trace_id", "runs").rows() == [("root", 1)]


NOTHING: list[tuple[dict[str, str], str]] = [
    ({"session": "adviso"}, "there is no session adviso: near is adviser"),
    ({"project": "cold"}, "there is no project cold: near is cold-store"),
    ({"name": "scriptedchat"}, "no trace is called scriptedchat: near is ScriptedChat"),
    ({"tag": "Errors"}, "no tag is Errors: near is errors"),
    ({"until": "1999-12-31"}, "no trace that is asked for started in that time: these logs have 2"),
    ({"project": "cold-store", "session": "adviser"}, "nothing in these logs is all that is asked for"),
]


@pytest.mark.parametrize(("asked", "sentence"), NOTHING)
def test_what_is_not_there_is_told_with_what_is_near(asked: dict[str, str], sentence: str, samples: Logs) -> None:
    with pytest.raises(NoMatchError) as error:
        samples.filter(**asked)
    assert str(error.value).startswith(sentence)


@pytest.fixture
def prefixed(tmp_path: Path) -> Logs:
    lines = [line | {"session_id": name} for name in ("abcd-1", "abcd-2", "abxx") for line in chain(f"r{name}")]
    return load(write(tmp_path / "x.jsonl", *numbered([segment_start(), *lines])))


def test_a_session_can_be_called_by_a_beginning_of_its_id(prefixed: Logs) -> None:
    assert prefixed.filter(session="abxx").sessions["session_id"].to_list() == ["abxx"]
    assert prefixed.filter(session="abcd-2").sessions["session_id"].to_list() == ["abcd-2"]


def test_a_beginning_that_several_have_is_refused(prefixed: Logs) -> None:
    with pytest.raises(
        UsageError, match="2 sessions have an id that begins with abcd: abcd-1, abcd-2; give more of it"
    ):
        prefixed.filter(session="abcd")


def test_all_sessions_of_a_name_are_selected(load_events: Load) -> None:
    lines = [event("session_start", 0, session={"name": "same"}) | {"session_id": each} for each in ("s", "t")]
    assert load_events(*lines).filter(session="same").sessions.height == 2


@given(called=st.text(), ids=st.lists(st.text(max_size=6), min_size=1), name=st.none() | st.text(max_size=3))
def test_any_text_finds_what_is_called_so_or_is_told_back(called: str, ids: list[str], name: str | None) -> None:
    known = [Labels(each, None, name) for each in ids]
    own = [each for each in known if called in (each.session_id, each.name)]
    begun = [each for each in known if len(called) >= 4 and each.session_id.startswith(called)]
    if own or begun:
        assert set(named_sessions(called, known, one=False)) <= {*own, *begun}
        return
    with pytest.raises(NoMatchError) as error:
        named_sessions(called, known, one=False)
    assert called in str(error.value)


@pytest.mark.parametrize("key", ["session", "project", "name", "tag"])
def test_no_text_is_taken_for_sql(key: str, days: Logs) -> None:
    for called in ("' OR 1 = 1 --", "%", "*", "$since", '"', "\\", ""):
        with pytest.raises(NoMatchError) as error:
            days.filter(**{key: called})
        assert called in str(error.value)
