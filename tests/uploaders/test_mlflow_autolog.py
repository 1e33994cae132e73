"""Beside MLflow's own autolog, live on the same calls: the same spans under the same parents, and those it drops.

`docs/mlflow.md` lists the differences. A test here that fails after an upgrade of MLflow says that the list is old.
"""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lctrack_uploaders.cli import main
from sample_logs.scenarios import SCENARIOS
from tests.uploaders.autolog_live import TRACER

Node = tuple[str, str]
"""Name and type of a span."""
Nodes = Counter[tuple[Node, Node | None]]
"""How often a span hangs on a span."""

KEYS = [scenario.key for scenario in SCENARIOS if scenario.langchain]
DIFFERENT = ("a-generate", "d-chat")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory, template: Path) -> dict[str, Any]:
    """Give what autolog made of the scenarios (`live`), and what the delivery of their recordings made (`ours`)."""
    from mlflow import MlflowClient

    directory = tmp_path_factory.mktemp("autolog")
    uris = {}
    for name in ("live", "ours"):
        shutil.copy(template, directory / f"{name}.db")
        uris[name] = f"sqlite:///{directory}/{name}.db"
    # Spans are stored before a call returns, so that there is nothing to wait for.
    environ = {**os.environ, "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "false"}
    program = [sys.executable, "-m", "tests.uploaders.autolog_live", uris["live"], str(directory / "logs")]
    subprocess.run(program, env=environ, cwd=Path(__file__).parents[2], check=True, capture_output=True)
    for key in KEYS:
        target = ["--to", "mlflow", "--tracking-uri", uris["ours"], "--experiment", key]
        assert main([str(directory / "logs" / key), *target]) == 0
    return {name: MlflowClient(uri) for name, uri in uris.items()}


def nodes(client: Any, experiment: str) -> Nodes:
    """Read the spans of an experiment."""
    found: Nodes = Counter()
    place = client.get_experiment_by_name(experiment)
    for trace in client.search_traces(locations=[place.experiment_id], max_results=100):
        node = {span.span_id: (span.name, span.span_type) for span in trace.data.spans}
        found.update((node[span.span_id], node.get(span.parent_id)) for span in trace.data.spans)
    return found


def roots(found: Nodes) -> int:
    """Count the spans without a parent, each of which is a trace."""
    return sum(count for (_, parent), count in found.items() if parent is None)


@pytest.mark.parametrize("key", [key for key in KEYS if key not in DIFFERENT])
def test_the_spans_are_those_of_autolog(key: str, stores: dict[str, Any]) -> None:
    live = nodes(stores["live"], key)

    assert live.total() > 0
    assert nodes(stores["ours"], key) == live


def test_each_prompt_of_generate_is_a_trace_which_autolog_nests_or_drops(stores: dict[str, Any]) -> None:
    live, ours = (nodes(stores[name], "a-generate") for name in ("live", "ours"))

    assert ours == {(("ScriptedLLM", "LLM"), None): 12}
    assert roots(live) <= 2
    assert live.total() < 12


def test_a_parser_of_a_stream_hangs_on_its_chain_where_autolog_hangs_it_on_the_model(stores: dict[str, Any]) -> None:
    live, ours = (nodes(stores[name], "d-chat") for name in ("live", "ours"))

    parser: Node = ("StrOutputParser", "CHAIN")
    assert ours - live == {(parser, ("RunnableSequence", "CHAIN")): 1}
    assert live - ours == {(parser, ("ScriptedChat", "CHAT_MODEL")): 1}


def test_each_call_of_a_batch_is_a_trace_which_mlflow_s_tracer_takes_for_parts_of_one(stores: dict[str, Any]) -> None:
    assert roots(nodes(stores["live"], TRACER)) == 1
    assert roots(nodes(stores["ours"], "e-batch")) == 8
