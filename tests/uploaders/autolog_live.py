"""A program that runs the sample scenarios while MLflow's own autolog and the recorder look on: `STORE LOGS`.

Each scenario has a process of its own, forked after the imports: one that autolog trips over would cost it all later
ones. Its spans go into an experiment called like the scenario.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow
from mlflow.langchain.langchain_tracer import MlflowLangchainTracer

from sample_logs.scenarios import SCENARIOS, batch

TRACER = "e-batch with the tracer"
"""Experiment of the batch that MLflow's tracer saw as a callback, without autolog."""


def apart(experiment: str, run: Callable[[], None]) -> None:
    """Run something in a process of its own, with its spans in an experiment."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        mlflow.set_experiment(experiment)
        run()
    finally:
        os._exit(0)


if __name__ == "__main__":
    mlflow.set_tracking_uri(sys.argv[1])
    logs = Path(sys.argv[2])
    apart(TRACER, lambda: batch.run(logs.parent / "unused", [MlflowLangchainTracer()]))
    mlflow.langchain.autolog()
    for scenario in SCENARIOS:
        if scenario.langchain:
            apart(scenario.key, lambda chosen=scenario: chosen.run(logs / chosen.key, ()))  # type: ignore[misc]  # bound now
