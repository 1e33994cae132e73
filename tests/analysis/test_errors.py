"""An error is a run that failed; the one it arose in is told from those it passed through."""

from lctrack_analysis import Logs
from tests.analysis.conftest import Load
from tests.analysis.writing import Line, event

REFUSED = {"type": "ConnectionRefusedError", "message": "refused", "traceback": "Traceback …\nrefused"}


def failed(run_id: str, parent: str | None, second: float, error: Line, kind: str = "chain") -> list[Line]:
    return [
        event(f"{kind}_start", 0, run_id=run_id, parent_run_id=parent, name=f"name of {run_id}"),
        event(f"{kind}_error", second, run_id=run_id, error=error),
    ]


def told(logs: Logs, *columns: str) -> list[tuple[object, ...]]:
    return logs.errors.select(columns).rows()


def test_an_error_that_passes_through_nested_chains_arose_in_the_innermost(load_events: Load) -> None:
    logs = load_events(
        *failed("root", None, 4, REFUSED),
        *failed("step", "root", 3, REFUSED),
        *failed("tool", "step", 2, REFUSED, "tool"),
    )
    assert told(logs, "run_id", "is_origin") == [("tool", True), ("step", False), ("root", False)]


def test_an_error_that_a_chain_raised_for_another_arose_in_the_chain(load_events: Load) -> None:
    other = {"type": "ValueError", "message": "refused"}
    logs = load_events(*failed("root", None, 4, other), *failed("tool", "root", 2, REFUSED, "tool"))
    assert told(logs, "run_id", "is_origin") == [("tool", True), ("root", True)]


def test_an_error_of_a_run_whose_child_recovered_is_its_own(load_events: Load) -> None:
    child = [event("tool_start", 1, run_id="tool", parent_run_id="root"), event("tool_end", 2, run_id="tool")]
    assert told(load_events(*failed("root", None, 4, REFUSED), *child), "run_id", "is_origin") == [("root", True)]


def test_an_error_that_says_nothing_is_told_from_others_all_the_same(load_events: Load) -> None:
    logs = load_events(*failed("root", None, 4, {}), *failed("tool", "root", 2, {}, "tool"))
    assert told(logs, "run_id", "type", "is_origin") == [("tool", None, True), ("root", None, False)]


def test_an_error_has_its_traceback_and_its_run(load_events: Load) -> None:
    [row] = load_events(*failed("r", None, 2, REFUSED, "retriever")).errors.to_dicts()
    expected = {"kind": "retriever", "name": "name of r", "trace_id": "r", "session_id": "s", **REFUSED}
    assert expected == {key: row[key] for key in expected}


def test_an_error_is_in_its_run_and_its_trace(load_events: Load) -> None:
    logs = load_events(*failed("r", None, 2, REFUSED))
    for table in (logs.runs, logs.traces):
        assert table.select("status", "error_type", "error_message").rows() == [
            ("error", "ConnectionRefusedError", "refused")
        ]


def test_an_error_whose_start_was_lost_is_there(load_events: Load) -> None:
    assert told(load_events(failed("r", None, 2, REFUSED)[1]), "run_id", "kind", "type") == [
        ("r", "chain", "ConnectionRefusedError")
    ]


def test_every_error_of_the_samples_has_a_traceback_and_an_origin(samples: Logs) -> None:
    assert samples.errors["traceback"].str.contains("Traceback").all()
    failed_traces = samples.errors["trace_id"].unique().sort().to_list()
    assert failed_traces == samples.errors.filter(samples.errors["is_origin"])["trace_id"].unique().sort().to_list()
