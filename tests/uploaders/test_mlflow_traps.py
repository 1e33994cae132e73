"""What MLflow drops, doubles, cuts or chokes on, and what is done about it."""

import json
import os
import string
import subprocess
import sys

import pytest

from lctrack import Recorder
from tests.uploaders.frames import SECOND, START, Rows, agent, run, run_id, session, trace
from tests.uploaders.readback import Store, Use

MS = 1_000_000


def one(**values: object) -> Rows:
    """Make a session of one trace of one run."""
    return {"sessions": [session(name="one", **values)], "traces": [trace(1)], "runs": [run(1, None, 1, "chain")]}


def test_more_than_a_hundred_traces_are_all_linked_to_the_run(store: Store, read_as: Use) -> None:
    numbers = range(100, 205)
    read_as(store.own({
        "sessions": [session(name="many")],
        "traces": [trace(number) for number in numbers],
        "runs": [run(number, None, number, "chain") for number in numbers],
    }))  # fmt: skip

    assert store.upload() == 0

    assert set(store.traces()) == {store.trace_id(number) for number in numbers}


def test_more_than_a_thousand_metric_points_all_arrive(store: Store, read_as: Use) -> None:
    calls = [run(number, 1, 1, "llm", input_tokens=number) for number in range(2, 603)]
    rows = one()
    rows["runs"] += calls
    read_as(store.own(rows))

    assert store.upload() == 0

    assert [value for _, _, value in store.history("call/input_tokens")] == [float(number) for number in range(2, 603)]


def test_traces_that_are_in_another_experiment_are_refused_by_name(
    store: Store, read_as: Use, capsys: pytest.CaptureFixture[str]
) -> None:
    read_as(store.own(agent()))
    store.upload()

    assert store.upload("--experiment", f"other-{store.salt}") == 1

    error = capsys.readouterr().err
    assert f"are in MLflow's experiment 'maths-{store.salt}'" in error
    assert len(store.runs()) == 1


def test_long_values_are_cut_and_say_so(store: Store, read_as: Use) -> None:
    read_as(store.own(one(params=json.dumps({"prompt": "é" * 7000}), notes="n" * 9000)))

    assert store.upload() == 0
    data = store.run().data

    assert data.params["prompt"] == "é" * 5999 + "…"
    assert data.tags["mlflow.note.content"] == "n" * 7999 + "…"


def test_more_than_a_hundred_parameters_all_arrive(store: Store, read_as: Use) -> None:
    params = {f"p{number}": "é" * 6000 for number in range(120)}
    read_as(store.own(one(params=json.dumps(params))))

    assert store.upload() == 0

    assert params.items() <= store.run().data.params.items()


def test_names_that_mlflow_forbids_arrive_under_similar_ones(store: Store, read_as: Use) -> None:
    names = ["a?b", "a!b", "../up", "/root", "a//b", "", ".", "n\n", "ü ö", "x" * 300]
    read_as(store.own(one(params=json.dumps({name: name for name in names}))))

    assert store.upload() == 0
    params = store.run().data.params

    assert sorted(params.values()) == sorted([*names, "one", f"project-{store.salt}"])
    assert params["ü ö"] == "ü ö"


def test_a_session_id_with_quotes_is_found_again(store: Store, read_as: Use) -> None:
    odd = f'it\'s "{store.salt}" `x`'
    rows = json.loads(json.dumps(store.own(one())).replace(f"{store.salt}-session-1", json.dumps(odd)[1:-1]))
    read_as(rows)
    store.upload()
    (store.logs / ".lctrack" / "ledger.db").unlink()

    assert store.upload() == 0

    assert len(store.runs()) == 1


def test_a_session_id_longer_than_mlflow_takes_is_no_obstacle(store: Store, read_as: Use) -> None:
    read_as(json.loads(json.dumps(store.own(one())).replace(f"{store.salt}-session-1", "s" * 300 + store.salt)))

    assert store.upload() == 0

    (trace,) = store.traces().values()
    assert trace.info.trace_metadata["mlflow.trace.session"] == "s" * 249 + "…"


def test_json_values_read_back_as_they_were_recorded(sqlite_store: Store, read_as: Use) -> None:
    values = ["text", "", "1", "[1]", '"quoted"', "null", "é✓", string.printable, 5, -1.5, True, [], {}, [None, [1]],
              {"a": {"b": [1, "2", None]}}, ["1"], 2**53 + 1]  # fmt: skip
    children = [run(number, 1, 1, "tool", inputs=json.dumps(value)) for number, value in enumerate(values, 2)]
    rows = one()
    rows["runs"] += children
    read_as(sqlite_store.own(rows))

    sqlite_store.upload()
    spans = sqlite_store.traces()[sqlite_store.trace_id(1)].data.spans

    read = {span.name: span.inputs for span in spans if span.parent_id}
    assert read == {f"tool {number}": value for number, value in enumerate(values, 2)}


def test_lost_parents_and_cycles_hang_on_the_root(store: Store, read_as: Use) -> None:
    rows = one()
    rows["runs"] += [run(2, 99, 1, "tool"), run(3, 4, 1, "tool"), run(4, 3, 1, "tool"), run(5, 5, 1, "tool")]
    read_as(store.own(rows))

    assert store.upload() == 0
    spans = {span.name: span for span in store.traces()[store.trace_id(1)].data.spans}
    name_of = {span.span_id: name for name, span in spans.items()}

    above = {name: name_of.get(span.parent_id) for name, span in spans.items()}
    assert above == {"chain 1": None, "tool 2": "chain 1", "tool 4": "chain 1", "tool 3": "tool 4", "tool 5": "chain 1"}
    recorded = spans["tool 2"].attributes["lctrack.parent_run_id"]
    assert recorded == run_id(99).replace("0190a5b2", store.salt)


def test_a_trace_whose_root_was_not_recorded_is_found_under_its_id(store: Store, read_as: Use) -> None:
    rows: Rows = {"sessions": [session(name="one")], "runs": [run(2, 1, 1, "tool"), run(3, 2, 1, "tool")]}
    read_as(store.own(rows))

    assert store.upload() == 0
    spans = store.traces()[store.trace_id(1)].data.spans

    assert [span.name for span in spans if span.parent_id is None] == ["(root not recorded)"]
    assert (spans[0].start_time_ns, spans[0].end_time_ns) == (START + 2 * SECOND, START + 4 * SECOND)


def test_a_deleted_experiment_is_named_in_the_refusal(
    sqlite_store: Store, read_as: Use, capsys: pytest.CaptureFixture[str]
) -> None:
    read_as(sqlite_store.own(one(project="gone")))
    name = f"gone-{sqlite_store.salt}"
    sqlite_store.client.delete_experiment(sqlite_store.client.create_experiment(name))

    assert sqlite_store.upload() == 1

    assert f"experiment '{name}' is deleted: restore it" in capsys.readouterr().err


def test_artifacts_of_a_sqlite_store_lie_beside_it(sqlite_store: Store, read_as: Use) -> None:
    read_as(sqlite_store.own(one()))

    sqlite_store.upload()

    beside = sqlite_store.logs / ".lctrack" / "mlartifacts"
    assert list(beside.glob("*/artifacts/runs.json"))
    assert sorted(path.name for path in sqlite_store.logs.iterdir()) == [".lctrack"]


def test_metrics_are_not_counted_for_a_model_that_the_environment_names(sqlite_store: Store) -> None:
    with Recorder(sqlite_store.logs, project=f"model-{sqlite_store.salt}") as recorder, recorder.span("x"):
        pass
    # A process of its own: MLflow reads the variable once.
    command = [sys.executable, "-m", "lctrack_uploaders", str(sqlite_store.logs), "--to", "mlflow"]
    named = {**os.environ, "MLFLOW_ACTIVE_MODEL_ID": "m-0123456789abcdef0123456789abcdef"}

    subprocess.run(command, env=named, check=True, capture_output=True)

    assert sqlite_store.run().data.metrics["traces"] == 1.0
