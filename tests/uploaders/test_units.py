from lctrack_uploaders.units import Unit, units
from tests.uploaders.frames import FrameLogs, Rows, agent, run, run_id, session, trace


def only(rows: Rows) -> Unit:
    (unit,) = units(FrameLogs(rows))
    return unit


def test_equal_content_has_an_equal_digest_in_whatever_order() -> None:
    shuffled = {name: list(reversed(rows)) for name, rows in agent().items()}

    assert only(shuffled).digest == only(agent()).digest


def test_any_change_of_content_changes_the_digest() -> None:
    changed = agent()
    changed["runs"][2]["outputs"] = "[]"

    assert only(changed).digest != only(agent()).digest


def test_a_nanosecond_changes_the_digest() -> None:
    changed = agent()
    changed["runs"][2]["end_time"] += 1

    assert only(changed).digest != only(agent()).digest


def test_sessions_come_in_the_order_of_their_starts() -> None:
    rows: Rows = {"sessions": [session(session_id="b"), session(session_id="a", start_time=1), session(session_id="c")]}

    assert [unit.session_id for unit in units(FrameLogs(rows))] == ["a", "b", "c"]


def test_a_trace_belongs_whole_to_the_session_of_its_root() -> None:
    flushed = {"session_id": "session-2", "status": "error", "error_message": "late"}
    rows: Rows = {
        "sessions": [session(), session(session_id="session-2")],
        "traces": [trace(1)],
        "runs": [run(1, None, 1, "chain"), run(2, 1, 1, "tool", **flushed)],
        "errors": [{"session_id": "session-2", "trace_id": run_id(1), "run_id": run_id(2), "traceback": "Traceback …"}],
    }

    first, second = units(FrameLogs(rows))

    assert [span.name for span in first.traces[0].spans] == ["chain 1", "tool 2"]
    assert first.traces[0].spans[1].error is not None
    assert first.traces[0].spans[1].error.traceback == "Traceback …"
    assert second.traces == ()


def test_counted_records_belong_to_the_session_they_were_counted_in() -> None:
    later = {"session_id": "session-2", "trace_id": run_id(1), "step": 1}
    rows: Rows = {
        "sessions": [session(), session(session_id="session-2")],
        "traces": [trace(1)],
        "action_records": [{"session_id": "session-1", "trace_id": run_id(1), "step": 9}, later],
    }

    assert [list(unit.tables["action_records"]["step"]) for unit in units(FrameLogs(rows))] == [[9], [1]]


def test_a_session_without_a_name_is_called_by_its_id() -> None:
    assert only({"sessions": [session()]}).name == "session-1"


def test_tables_without_rows_are_left_out() -> None:
    assert sorted(only(agent()).tables) == ["errors", "generations", "runs", "scores", "sessions", "traces"]
