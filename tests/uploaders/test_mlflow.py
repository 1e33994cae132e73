"""A session's way to MLflow: every claim holds on a SQLite store and on a real server."""

import json
from pathlib import Path

import pytest

from tests.uploaders.frames import SECOND, START, agent, run, session, trace
from tests.uploaders.readback import Store, Use

MS = 1_000_000


def test_a_session_becomes_one_run_with_its_own_times(delivered: Store) -> None:
    info = delivered.run().info

    assert (info.run_name, info.start_time, info.end_time) == ("division", START // MS, (START + 60 * SECOND) // MS)


def test_the_run_has_labels_and_parameters_and_tags(delivered: Store) -> None:
    data = delivered.run().data

    labels = {"project": f"maths-{delivered.salt}", "name": "division", "group": "nightly", "entity": "lab"}
    assert data.params == {**labels, "job_type": "eval", "temperature": "0.5", "tools": '["calc"]'}
    assert json.loads(data.tags["lctrack.tags"]) == ["test", "ünï"]
    assert data.tags["mlflow.note.content"] == "Two questions."
    assert data.tags["lctrack.session"] == f"{delivered.salt}-session-1"
    assert data.tags["lctrack.models"] == "davinci, gpt-4o-mini"


def test_each_model_call_is_a_point_at_the_time_it_ended(delivered: Store) -> None:
    first, second = (START + 4 * SECOND) // MS, (START + 7 * SECOND) // MS
    assert delivered.history("call/input_tokens") == [(0, first, 100.0), (1, second, 5.0)]
    assert delivered.history("call/latency_ms") == [(0, first, 1000.0), (1, second, 1000.0)]
    assert delivered.history("call/time_to_first_token_ms") == [(0, first, 250.5)]


def test_counters_and_totals_are_metrics_at_the_session_s_end(delivered: Store) -> None:
    assert delivered.history("llm_starts") == [(20, (START + 60 * SECOND) // MS, 2.0)]
    assert delivered.history("input_tokens") == [(20, (START + 60 * SECOND) // MS, 105.0)]


def test_the_tables_are_artifacts_that_mlflow_loads(delivered: Store) -> None:
    files = {file.path for file in delivered.client.list_artifacts(delivered.run().info.run_id)}

    assert files == {f"{name}.json" for name in ("sessions", "traces", "runs", "generations", "errors", "scores")}
    generations = delivered.table("generations")
    assert list(generations["text"]) == ["Infinity, they say."]
    # pandas reads the column as dates, to the nanosecond.
    assert [time.value for time in generations["start_time"]] == [START + 3 * SECOND]
    assert delivered.table("runs")["inputs"][0] == '{"q": "2/0"}'


def test_prompts_and_answers_are_a_page_and_a_table(store: Store) -> None:
    pairs = [{"session_id": "session-1", "output": text, "chat_html": f"<p>{text}</p>\n"} for text in ("a", "b")]
    records = [{"session_id": "session-1", "step": 1, "action": "on_text", "record": '{"step": 1}'}]
    store.deliver({"sessions": [session()], "session_analysis": pairs, "action_records": records})

    page = store.client.download_artifacts(store.run().info.run_id, "chat_html.html")
    assert Path(page).read_text(encoding="utf-8") == "<p>a</p>\n<p>b</p>\n"
    assert list(store.table("session_analysis")["output"]) == ["a", "b"]
    assert "record" not in store.table("action_records")


def test_the_traces_have_the_tree_and_the_times_of_the_log(delivered: Store) -> None:
    spans = {span.name: span for span in delivered.traces()[delivered.trace_id(1)].data.spans}
    name_of = {span.span_id: span.name for span in spans.values()}

    assert {name: name_of.get(span.parent_id) for name, span in spans.items()} == {
        "agent": None,
        "retriever 2": "agent",
        "chat_model 3": "agent",
        "chain 4": "agent",
        "tool 5": "chain 4",
        "llm 6": "chain 4",
    }
    assert {name: (span.start_time_ns, span.end_time_ns) for name, span in spans.items()} == {
        "agent": (START, START + 9 * SECOND),
        "retriever 2": (START + 2 * SECOND, START + 3 * SECOND),
        "chat_model 3": (START + 3 * SECOND, START + 4 * SECOND),
        "chain 4": (START + 4 * SECOND, START + 8 * SECOND),
        "tool 5": (START + 5 * SECOND, START + 6 * SECOND),
        "llm 6": (START + 6 * SECOND, START + 7 * SECOND),
    }


def test_spans_have_their_types_and_values(delivered: Store) -> None:
    spans = {span.name: span for span in delivered.traces()[delivered.trace_id(1)].data.spans}

    assert {name: (span.span_type, span.inputs, span.outputs) for name, span in spans.items()} == {
        "agent": ("CHAIN", {"q": "2/0"}, "Infinity"),
        "retriever 2": ("RETRIEVER", "division", [{"page_content": "Do not."}]),
        "chat_model 3": (
            "CHAT_MODEL",
            [[{"type": "human", "content": "What is 2/0? é✓"}]],
            [[{"text": "Infinity, they say."}]],
        ),
        "chain 4": ("CHAIN", None, None),
        "tool 5": ("TOOL", {"a": 2}, [1, 2.5, None]),
        "llm 6": ("LLM", ["prompt"], ["text"]),
    }


def test_a_trace_has_the_tokens_and_session_and_user_of_the_log(delivered: Store) -> None:
    info = delivered.traces()[delivered.trace_id(1)].info

    usage = {"input_tokens": 105, "output_tokens": 26, "total_tokens": 131, "cache_read_input_tokens": 10}
    assert info.token_usage == usage
    assert info.trace_metadata["mlflow.trace.session"] == f"{delivered.salt}-session-1"
    assert info.trace_metadata["mlflow.trace.user"] == "user-7"
    assert info.tags["mlflow.traceName"] == "agent"


def test_a_failed_run_has_its_error_with_the_traceback(delivered: Store) -> None:
    failed = delivered.traces()[delivered.trace_id(10)]
    calc = next(span for span in failed.data.spans if span.name == "calc")

    assert failed.info.state.value == "ERROR"
    assert (calc.status.status_code.value, calc.status.description) == ("ERROR", "division by zero")
    assert [(event.name, event.timestamp, event.attributes) for event in calc.events] == [
        (
            "exception",
            START + 12 * SECOND - 7,
            {
                "exception.type": "ZeroDivisionError",
                "exception.message": "division by zero",
                "exception.stacktrace": "Traceback …\nZeroDivisionError",
            },
        )
    ]


def test_a_session_in_which_a_root_run_failed_is_a_failed_run(store: Store, read_as: Use) -> None:
    well = {"sessions": [session(session_id="session-2", name="well")], "traces": [trace(30, session_id="session-2")],
            "runs": [run(30, None, 30, "chain", session_id="session-2")]}  # fmt: skip
    failed = agent()
    read_as(store.own({name: failed.get(name, []) + well.get(name, []) for name in failed}))

    store.upload("--experiment", f"both-{store.salt}")

    assert {run.info.run_name: run.info.status for run in store.runs()} == {"division": "FAILED", "well": "FINISHED"}


def test_a_second_run_changes_nothing(store: Store, read_as: Use, capsys: pytest.CaptureFixture[str]) -> None:
    read_as(store.own(agent()))
    store.upload()
    before = store.everything()
    capsys.readouterr()

    assert store.upload() == 0

    assert capsys.readouterr().out.startswith("nothing new: 1 delivered before\n")
    assert store.everything() == before


def test_without_the_ledger_a_second_run_changes_nothing_either(store: Store, read_as: Use) -> None:
    read_as(store.own(agent()))
    store.upload()
    before = store.everything()
    (store.logs / ".lctrack" / "ledger.db").unlink()

    assert store.upload() == 0

    assert store.everything() == before
