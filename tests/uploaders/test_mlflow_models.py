"""`--log-models`: a recorded source file becomes an MLflow model that answers, or one sentence says why not."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListLLM
from langchain_core.prompts import PromptTemplate

from lctrack import LogCallbackHandler
from tests.uploaders.readback import Store

CHAIN = """
from langchain_core.language_models import FakeListLLM
from langchain_core.prompts import PromptTemplate

chain = PromptTemplate.from_template("A synopsis of {title}.") | FakeListLLM(responses=["Three designers meet."])
answer = "no runnable"
"""
GRAPH = """
from langchain_core.messages import AIMessage
from langgraph.graph import END, START, MessagesState, StateGraph
from mlflow.models import set_model

graph = StateGraph(MessagesState)
graph.add_node("answer", lambda state: {"messages": [AIMessage("You said " + state["messages"][-1].content)]})
graph.add_edge(START, "answer")
graph.add_edge("answer", END)
app = graph.compile()
set_model(app)
"""


def record(logs: Path, source: str | None, store: Store, file: str = "synopsis.py", calls: int = 2) -> None:
    """Record calls of a chain like the one in `CHAIN`, and the source."""
    chain = PromptTemplate.from_template("A synopsis of {title}.") | FakeListLLM(responses=["Three designers meet."])
    with LogCallbackHandler(logs, project=f"models-{store.salt}", name="play") as handler:
        for number in range(calls):
            chain.invoke({"title": f"play {number}"}, config={"callbacks": [handler]})
        if source is not None:
            path = logs.parent / file
            path.write_text(source, encoding="utf-8")
            handler.flush_tracker(path, name="play")


def model_of(store: Store) -> Any:
    """Give the run's only logged model."""
    run = store.run()
    (model,) = store.client.search_logged_models([run.info.experiment_id], f"source_run_id = '{run.info.run_id}'")
    assert [output.model_id for output in run.outputs.model_outputs] == [model.model_id]
    return model


@contextmanager
def looking_into(store: Store) -> Iterator[None]:
    """Make MLflow's global functions look into the store."""
    import mlflow

    mlflow.set_tracking_uri(store.uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(None)  # type: ignore[arg-type]  # how it is unset
        # From a model that was loaded, MLflow counts what the process logs afterwards for that model.
        mlflow.clear_active_model()


def test_a_recorded_source_file_becomes_a_model_that_answers(store: Store) -> None:
    import mlflow

    record(store.logs, CHAIN, store)

    assert store.upload("--log-models") == 0

    uri = f"runs:/{store.run().info.run_id}/model"
    with looking_into(store):
        assert mlflow.langchain.load_model(uri).invoke({"title": "x"}) == "Three designers meet."
        model = mlflow.pyfunc.load_model(uri)
        assert model.predict({"title": "x"}) == ["Three designers meet."]
    assert model.input_example == {"title": "play 0"}
    assert model.metadata.signature.to_dict()["inputs"] == '[{"type": "string", "name": "title", "required": true}]'
    assert model.metadata.signature.to_dict()["outputs"] == '[{"type": "string", "required": true}]'
    assert str(model_of(store).status) == "READY"


def test_a_graph_gets_messages_as_its_example(sqlite_store: Store) -> None:
    import mlflow
    from langchain_core.messages import AIMessage, HumanMessage
    from langgraph.graph import END, START, MessagesState, StateGraph

    graph: Any = StateGraph(MessagesState)
    graph.add_node("answer", lambda state: {"messages": [AIMessage("You said " + state["messages"][-1].content)]})
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    source = sqlite_store.logs.parent / "graph.py"
    source.write_text(GRAPH)
    with LogCallbackHandler(sqlite_store.logs, project=f"models-{sqlite_store.salt}") as handler:
        FakeListLLM(responses=["x"]).invoke("another call", config={"callbacks": [handler]})
        graph.compile().invoke({"messages": [HumanMessage("hello")]}, config={"callbacks": [handler]})
        handler.flush_tracker(source)

    assert sqlite_store.upload("--log-models") == 0

    with looking_into(sqlite_store):
        model = mlflow.pyfunc.load_model(f"models:/{model_of(sqlite_store).model_id}")
        assert model.input_example == {"messages": [{"role": "user", "content": "hello"}]}
        assert model.predict(model.input_example)[0]["messages"][-1]["content"] == "You said hello"


def test_without_the_option_nothing_recorded_is_run(sqlite_store: Store, tmp_path: Path) -> None:
    record(sqlite_store.logs, f"open({str(tmp_path / 'ran')!r}, 'w')\n{CHAIN}", sqlite_store)

    assert sqlite_store.upload() == 0
    assert not (tmp_path / "ran").exists()
    assert sqlite_store.upload("--dry-run", "--log-models") == 0
    assert not (tmp_path / "ran").exists()
    assert sqlite_store.upload("--log-models") == 0
    assert (tmp_path / "ran").exists()


def test_the_option_takes_up_what_was_delivered_without_it(
    sqlite_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    record(sqlite_store.logs, CHAIN, sqlite_store)
    sqlite_store.upload()
    capsys.readouterr()

    sqlite_store.upload("--log-models", "--json")

    (session,) = json.loads(capsys.readouterr().out)["sessions"]
    assert session["steps"] == ["logged model: synopsis.py"]
    sqlite_store.upload("--json")
    assert json.loads(capsys.readouterr().out)["unchanged"] == 1


def test_a_lost_ledger_makes_no_second_model(store: Store) -> None:
    record(store.logs, CHAIN, store)
    store.upload("--log-models")
    before = model_of(store).model_id
    (store.logs / ".lctrack" / "ledger.db").unlink()

    assert store.upload("--log-models") == 0

    assert model_of(store).model_id == before


def test_half_a_model_is_replaced(sqlite_store: Store) -> None:
    record(sqlite_store.logs, CHAIN, sqlite_store)
    sqlite_store.upload()
    run = sqlite_store.run().info
    half = sqlite_store.client.create_logged_model(run.experiment_id, name="model", source_run_id=run.run_id)

    assert sqlite_store.upload("--log-models") == 0

    assert model_of(sqlite_store).model_id != half.model_id


def test_a_session_without_source_says_so_once_and_is_delivered(
    sqlite_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    record(sqlite_store.logs, None, sqlite_store)

    assert sqlite_store.upload("--log-models") == 0

    assert "play: no MLflow model, because no source file was recorded" in capsys.readouterr().err
    assert sqlite_store.run().info.status == "FINISHED"
    sqlite_store.upload("--log-models")
    assert capsys.readouterr().err == ""
    assert sqlite_store.upload("--status") == 0


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import prompts_that_nobody_has\n", "ModuleNotFoundError: No module named 'prompts_that_nobody_has'"),
        ("chain = (\n", "SyntaxError: '(' was never closed"),
        ("answer = 42\n", "ValueError: no runnable at the top of the file"),
        ("import os\nos._exit(7)\n", "exit code 7"),
    ],
)
def test_a_source_that_does_not_run_costs_nothing_but_the_model(
    source: str, reason: str, sqlite_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    record(sqlite_store.logs, source, sqlite_store)

    assert sqlite_store.upload("--log-models") == 0

    assert f"synopsis.py does not run here ({reason}" in capsys.readouterr().err
    assert sqlite_store.run().info.status == "FINISHED"
    assert len(sqlite_store.traces()) == 2


def test_a_source_that_runs_later_is_tried_again_on_demand(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record(sqlite_store.logs, f"import brought_along_later\n{CHAIN}", sqlite_store)
    sqlite_store.upload("--log-models")
    assert "no MLflow model" in capsys.readouterr().err
    assert sqlite_store.upload("--status") == 1
    sqlite_store.upload("--log-models")
    assert capsys.readouterr().err == ""
    (tmp_path / "brought_along_later.py").touch()
    monkeypatch.setenv("PYTHONPATH", f"{os.environ.get('PYTHONPATH', '')}:{tmp_path}")

    assert sqlite_store.upload("--log-models", "--retry-failed") == 0

    assert str(model_of(sqlite_store).status) == "READY"
    assert sqlite_store.upload("--status") == 0


def test_the_source_does_not_see_the_tracker_s_credentials(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "tok-1234567890")
    monkeypatch.setenv("LCTRACK_OTHER_MLFLOW_TRACKING_TOKEN", "tok-1234567890")
    seen = tmp_path / "seen"
    source = f"import os, pathlib\npathlib.Path({str(seen)!r}).write_text(repr(dict(os.environ)))\n{CHAIN}"
    record(sqlite_store.logs, source, sqlite_store)

    assert sqlite_store.upload("--log-models") == 0

    assert "PATH" in seen.read_text()
    assert "tok-1234567890" not in seen.read_text()


def test_a_credential_in_the_source_keeps_the_model_back(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CELLAR_KEY", "the door code is 4711")
    record(sqlite_store.logs, f"code = 'the door code is 4711'\n{CHAIN}", sqlite_store)

    assert sqlite_store.upload("--log-models") == 0

    error = capsys.readouterr().err
    assert "the value of CELLAR_KEY stands in it" in error
    assert "4711" not in error
    run = sqlite_store.run().info
    assert sqlite_store.client.search_logged_models([run.experiment_id]) == []


def test_the_model_tells_nothing_about_where_it_was_made(sqlite_store: Store) -> None:
    record(sqlite_store.logs, CHAIN, sqlite_store)

    sqlite_store.upload("--log-models")

    model = model_of(sqlite_store)
    folder = Path(model.artifact_location.removeprefix("file://"))
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert files.keys() == {
        *("MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", "synopsis.py"),
        *("input_example.json", "serving_input_example.json"),
    }
    assert "model_code_path: synopsis.py\n" in files["MLmodel"]
    assert [name for name, text in files.items() if "lctrack-model-" in text] == []
    assert files["synopsis.py"].startswith(CHAIN)
    assert {line.partition("==")[0] for line in files["requirements.txt"].split()} == {
        "langchain", "langchain-core", "mlflow"
    }  # fmt: skip
