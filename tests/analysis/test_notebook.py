"""What a notebook gets: frames that mean the same everywhere, pages in which nothing of the logs is markup, trees."""

import html.parser
import inspect
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lctrack_analysis import Logs, NoMatchError, RunTree, Session, UsageError, load
from lctrack_analysis.columns import TABLES
from lctrack_analysis.notebook.tree import COLUMNS, MOST_RUNS, duration_text
from tests.analysis.conftest import Load
from tests.analysis.writing import chain, event, llm, numbered, segment_start, write

ROOT = Path(__file__).parents[2]
HOSTILE = "<script>alert(1)</script>\x1b]0;owned\x07\x1b[31m\u202e'\"&</td></details>"


class Elements(html.parser.HTMLParser):
    """Collects what is in a page, and whether what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def elements(shown: Logs | Session | RunTree) -> Elements:
    return Elements(shown._repr_html_())


OURS = {
    "div", "p", "b", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "span", "small",
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_a_lazy_frame_is_the_table(table: str, samples: Logs) -> None:
    lazy = samples.lazy(table)
    assert isinstance(lazy, pl.LazyFrame)
    assert samples.table(table).equals(lazy.collect())
    assert samples.frame(table) is samples.table(table)


def test_a_lazy_frame_reads_what_is_used(samples: Logs) -> None:
    lazy = samples.lazy("runs").filter(pl.col("kind") == "tool").select("name", "duration_ms")
    assert samples.runs.filter(kind="tool").select("name", "duration_ms").equals(lazy.collect())
    assert "inputs" not in lazy.explain()


def test_a_frame_that_is_not_there_is_told(samples: Logs) -> None:
    for ask in (samples.frame, samples.lazy):
        with pytest.raises(UsageError, match="there is no table nothing: choose one of"):
            ask("nothing")


DTYPES = {
    "VARCHAR": {"str"},
    "JSON": {"str"},
    "BIGINT": {"Int64"},
    "DOUBLE": {"float64"},
    "BOOLEAN": {"boolean"},
    "TIMESTAMP_NS": {"datetime64[ns, UTC]"},
    "VARCHAR[]": {"object"},
}


@pytest.mark.parametrize("table", TABLES)
def test_pandas_has_the_same_types_and_values(table: str, samples: Logs) -> None:
    pandas = pytest.importorskip("pandas")
    if int(pandas.__version__.partition(".")[0]) < 3:
        pytest.skip("text was an object before pandas 3")
    frame = samples.to_pandas(table)
    expected = {column.name: DTYPES[column.type] for column in TABLES[table].columns}
    assert expected == {name: {str(kind)} for name, kind in frame.dtypes.items()}
    ours = samples.table(table)
    assert ours.height == len(frame)
    for name in ours.columns:
        if isinstance(ours.schema[name], pl.Datetime):
            assert ours[name].dt.epoch("ns").to_list() == [
                None if pandas.isna(value) else value.value for value in frame[name]
            ]
        elif isinstance(ours.schema[name], pl.List):
            assert ours[name].to_list() == frame[name].to_list()
        else:
            assert ours[name].to_list() == [None if pandas.isna(value) else value for value in frame[name]]


def test_pandas_takes_a_query_too(samples: Logs) -> None:
    pytest.importorskip("pandas")
    assert samples.to_pandas("SELECT count(*) AS n FROM runs")["n"].to_list() == [samples.runs.height]


def test_without_pandas_there_is_a_sentence(samples: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(Exception, match=r"pandas is not installed: pip install 'lctrack-analysis\[pandas\]'"):
        samples.to_pandas("runs")


def test_the_logs_say_what_they_are(samples: Logs, sample_files: Path) -> None:
    counts = f"{samples.sessions.height} sessions · {samples.traces.height} traces · {samples.runs.height} runs"
    assert repr(samples).startswith(f"<Logs: {counts} · 1 problem · 2")
    with load(sample_files) as logs:
        pass
    assert repr(logs) == "<Logs: closed>"


def test_a_page_tells_sessions_and_errors(samples: Logs) -> None:
    page = elements(samples)
    assert page.tags <= OURS
    text = " ".join(page.text)
    for name in samples.sessions["name"]:
        assert name in text
    for kind in samples.errors.filter(pl.col("is_origin"))["type"]:
        assert kind in text


@pytest.fixture
def hostile(load_events: Load) -> Logs:
    return load_events(
        event("session_start", 0, session={"name": HOSTILE, "project": HOSTILE}),
        event("chain_start", 0, run_id="root", name=HOSTILE),
        event("tool_start", 1, run_id="r", parent_run_id="root", name=HOSTILE),
        event("tool_error", 2, run_id="r", parent_run_id="root", error={"type": HOSTILE, "message": HOSTILE}),
    )


def test_nothing_of_the_logs_is_markup_in_a_page(hostile: Logs) -> None:
    session = hostile.session("s")
    for shown in (hostile, session, session.tree()):
        page = elements(shown)
        assert page.tags <= OURS
        assert page.attributes <= {"style", "class", "open"}
        assert "<script>alert(1)</script>" in "".join(page.text)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown._repr_html_())


def test_nothing_of_the_logs_is_obeyed_by_a_terminal(hostile: Logs) -> None:
    session = hostile.session("s")
    for text in (repr(session), str(session.tree()), repr(hostile)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert r"\x1b[31m" in str(session.tree())


@given(name=st.text())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_has_its_own_line_in_a_tree(name: str) -> None:
    tree = RunTree("session", _runs([("a", None, name), ("b", "a", name)]))
    assert len(str(tree).splitlines()) == 3
    assert elements(tree).tags <= OURS


def _runs(rows: list[tuple[str, str | None, str]]) -> pl.DataFrame:
    empty = {"duration_ms": pl.Float64, "total_tokens": pl.Int64, "error_type": pl.String, "model": pl.String}
    return pl.DataFrame(
        rows, schema={"run_id": pl.String, "parent_run_id": pl.String, "name": pl.String}, orient="row"
    ).with_columns(
        kind=pl.lit("chain"), status=pl.lit("ok"), **{name: pl.lit(None, kind) for name, kind in empty.items()}
    )[list(COLUMNS)]


def test_a_tree_shows_runs_below_their_parents_with_what_they_took(load_events: Load) -> None:
    logs = load_events(
        event("session_start", 0, session={"name": "talk"}),
        *chain("root", 0, 90),
        *llm("call", ["q"], [["a"]], 1, parent_run_id="root", params={"model": "m-1"}),
        event("tool_start", 3, run_id="look", parent_run_id="root", name="look"),
        event("tool_error", 3.25, run_id="look", parent_run_id="root", error={"type": "OSError", "message": "no"}),
        *chain("late", 95, None),
    )
    assert str(logs.session("talk").tree()).splitlines() == [
        "talk  1 min 35 s",
        "├── root  chain · 1 min 30 s",
        "│   ├── model  llm · 1.00 s · m-1",
        "│   └── look  tool · 250 ms · error: OSError",
        "└── late  chain · open",
    ]


def test_every_run_of_a_session_is_in_its_tree_once(samples: Logs) -> None:
    for session_id in samples.sessions["session_id"]:
        session = samples.session(session_id)
        tree = session.tree()
        assert len(str(tree).splitlines()) == 1 + session.runs.height
        depths = [(line.index("── ") // 4) for line in str(tree).splitlines()[1:]]
        assert sorted(session.runs["depth"].to_list()) == sorted(depths)


def test_runs_in_a_circle_are_shown_once() -> None:
    tree = RunTree("s", _runs([("a", "b", "one"), ("b", "a", "two"), ("c", None, "three"), ("d", "d", "four")]))
    names = [line.split()[1] for line in str(tree).splitlines()[1:]]
    assert sorted(names) == ["four", "one", "three", "two"]


def test_a_deep_or_long_tree_is_shown_as_far_as_it_can_be() -> None:
    deep = RunTree("s", _runs([(str(n), str(n - 1) if n else None, "run") for n in range(MOST_RUNS + 7)]))
    wide = RunTree("s", _runs([(str(n), None, "run") for n in range(MOST_RUNS + 7)]))
    for tree in (deep, wide):
        assert "… and 7 more runs" in str(tree)
        told = "".join(elements(tree).text)
        assert "… and 7 more runs" in told
        assert told.count("run") == MOST_RUNS + 1


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, ""),
        (0.0, "0 ms"),
        (0.1234, "0.123 ms"),
        (12.34, "12.3 ms"),
        (512.6, "513 ms"),
        (1_234.0, "1.23 s"),
        (59_999.0, "60.00 s"),
        (95_000.0, "1 min 35 s"),
        (7_260_000.0, "2 h 1 min"),
    ],
)
def test_a_duration_is_written_as_people_say_it(milliseconds: float | None, text: str) -> None:
    assert text == duration_text(milliseconds)


def test_a_session_has_its_own_rows(samples: Logs) -> None:
    session = samples.session("adviser")
    assert samples.runs.filter(session_id=session.id).equals(session.runs)
    assert (session.name, session.row["runs"]) == ("adviser", session.runs.height)
    assert set(TABLES) <= set(dir(session))
    with pytest.raises(AttributeError):
        session.nothing  # noqa: B018  # it is what raises


def test_a_session_is_found_by_what_it_is_called(samples: Logs, tmp_path: Path) -> None:
    session_id = samples.session("adviser").id
    assert samples.session(session_id[:8]).id == samples.session(session_id).id == session_id
    with pytest.raises(NoMatchError, match="there is no session advisr: near is adviser"):
        samples.session("advisr")
    lines = [event("session_start", 0, session={"name": "same"}) | {"session_id": each} for each in ("s", "t")]
    twice = load(write(tmp_path / "x.jsonl", *numbered([segment_start(), *lines])))
    with pytest.raises(UsageError, match="2 sessions are called same: give an id, one of s, t"):
        twice.session("same")


def test_the_questions_are_methods(samples: Logs, tmp_path: Path) -> None:
    assert samples.error_groups()["times"].sum() == samples.errors["is_origin"].sum()
    assert samples.slowest(3, "tool").height == 3
    assert samples.compare("chat", "adviser").height > 30
    assert samples.search("air gap", limit=1).height == 1
    assert samples.export(tmp_path / "x.jsonl", "pairs").written == len((tmp_path / "x.jsonl").read_text().splitlines())


@pytest.mark.parametrize("public", [Logs, Session, RunTree])
def test_everything_that_can_be_called_is_documented(public: type) -> None:
    page = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    names = [name for name, _ in inspect.getmembers(public) if not name.startswith("_")]
    # What our own commands stand on.
    inner = {"lazy_table", "rows", "workplace", "query", "script", "answers", "whole", "give_up", "pour"}
    assert [name for name in names if name not in inner and f"`{name}" not in page and f".{name}" not in page] == []
    assert [name for name in names if not (inspect.getdoc(getattr(public, name)) or "").strip()] == []
