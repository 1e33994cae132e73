"""Retrievals, scores and assets."""

import json
from typing import Any

import pytest

from lctrack_analysis import Logs
from tests.analysis.conftest import Load
from tests.analysis.writing import chain, event

DOCUMENTS = [{"page_content": "a", "metadata": {"source": "x"}}, {"page_content": "b", "metadata": {}}]


def test_a_retrieval_has_its_query_and_documents(load_events: Load) -> None:
    logs = load_events(
        event("retriever_start", 0, run_id="r", name="store", query='what "is" it?\n'),
        event("retriever_end", 2, run_id="r", documents=DOCUMENTS),
    )
    [row] = logs.retrievals.to_dicts()
    expected = {"name": "store", "query": 'what "is" it?\n', "document_count": 2, "duration_ms": 2_000, "status": "ok"}
    assert expected == {key: row[key] for key in expected}
    assert json.loads(row["documents"]) == DOCUMENTS


@pytest.mark.parametrize(
    ("query", "documents", "expected"),
    [
        (None, None, (None, None)),
        ({"q": 1}, [], ('{"q":1}', 0)),
        (["a"], {"found": 1}, ('["a"]', None)),
        ("a\0b", "text", ("a\0b", None)),
    ],
)
def test_a_retrieval_of_an_odd_shape_is_a_row(query: Any, documents: Any, expected: Any, load_events: Load) -> None:
    logs = load_events(
        event("retriever_start", 0, run_id="r", query=query), event("retriever_end", 1, run_id="r", documents=documents)
    )
    assert [expected] == logs.retrievals.select("query", "document_count").rows()


def test_a_retrieval_that_failed_has_no_documents(load_events: Load) -> None:
    start = event("retriever_start", 0, run_id="r", query="q")
    logs = load_events(start, event("retriever_error", 1, run_id="r", error={"type": "E"}))
    assert logs.retrievals.select("status", "documents", "document_count").rows() == [("error", None, None)]


def test_a_score_is_a_number_or_a_label(load_events: Load) -> None:
    scores: list[tuple[Any, float | None, str | None]] = [
        (0.25, 0.25, None), (3, 3.0, None), (True, 1.0, None), (False, 0.0, None), ("good", None, "good"),
        (None, None, None), ([1], None, None),
    ]  # fmt: skip
    given = [event("score", 3 + n, run_id="r", key="k", value=value) for n, (value, _, _) in enumerate(scores)]
    logs = load_events(*chain("r"), *given)
    assert [("k", number, label) for _, number, label in scores] == logs.scores.select("key", "value", "label").rows()


def test_a_score_belongs_to_the_trace_and_session_of_its_run_whenever_it_was_given(load_events: Load) -> None:
    later = event("score", 99, run_id="child", key="k", value=1) | {"session_id": "later"}
    unknown = event("score", 100, run_id="elsewhere", key="k", value=1, trace_id="t") | {"session_id": "later"}
    logs = load_events(*chain("root", 0, 9), *chain("child", 1, 2, parent_run_id="root"), later, unknown)
    assert logs.scores.select("session_id", "trace_id", "run_id").rows() == [
        ("s", "root", "child"),
        ("later", "t", "elsewhere"),
    ]


def test_a_score_on_nothing_is_kept(load_events: Load) -> None:
    logs = load_events(event("score", 1, key="k", value=1))
    assert logs.scores.select("session_id", "run_id", "value").rows() == [("s", None, 1.0)]


def test_an_asset_has_its_description_and_graph(load_events: Load) -> None:
    described: dict[str, object] = {"lc": 1, "id": ["x"]}
    graph: dict[str, object] = {"nodes": [], "edges": []}
    logs = load_events(
        event("asset", 1, name="chain", kind="serialized", value=described, graph=graph),
        event("asset", 2, name="app.py", kind="source", value="print()\n"),
    )
    rows = [(name, kind, json.loads(value), graph) for name, kind, value, graph in
            logs.assets.select("name", "kind", "value", "graph").rows()]  # fmt: skip
    assert rows == [
        ("chain", "serialized", described, '{"nodes":[],"edges":[]}'),
        ("app.py", "source", "print()\n", None),
    ]


def test_the_samples_have_their_retrievals_scores_and_assets(samples: Logs) -> None:
    assert set(samples.scores["key"]) == {"helpful", "correct"}
    assert samples.retrievals.filter(samples.retrievals["status"] == "ok")["document_count"].gt(0).all()
    assert samples.assets["value"].null_count() == 0
