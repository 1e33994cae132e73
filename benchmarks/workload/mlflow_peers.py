"""The same sessions with MLflow's own means, live: python mlflow_peers.py URI WHICH SESSIONS TRACES.

Prints the seconds from the first chain until everything has reached the server, without those of imports.
`handler` is LangChain's `MlflowCallbackHandler`, which like lctrack makes a run, metrics, tables and artifacts of each
session, but no trace. Where its `flush_tracker` fails on what it recorded, it goes on without: that is time it saves.
`tracer` is what `mlflow.langchain.autolog()` installs, which makes traces alone.
"""

import logging
import sys
import time
import warnings
from contextlib import redirect_stderr, suppress
from io import StringIO
from typing import Any

import mlflow
from workload import chains


def handler(uri: str, sessions: int, traces: int) -> None:
    """Use LangChain's handler, one for each session, as its documentation does."""
    from langchain_community.callbacks import MlflowCallbackHandler  # noqa: PLC0415  # one of two

    for number in range(sessions):
        made: Any = MlflowCallbackHandler(name=f"session {number}", experiment="handler", tracking_uri=uri)
        chains.run(number, traces, [made])
        with suppress(Exception):
            made.flush_tracker(finish=True)


def tracer(uri: str, sessions: int, traces: int) -> None:
    """Use MLflow's tracer as autolog does, which sends in the background."""
    mlflow.set_tracking_uri(uri)
    mlflow.set_experiment("tracer")
    mlflow.langchain.autolog()
    for number in range(sessions):
        chains.run(number, traces, [])
    mlflow.flush_trace_async_logging()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable()
    _, where, which, how_many, each = sys.argv
    chains.run(0, 1, [])
    began = time.perf_counter()
    with redirect_stderr(StringIO()):  # offline, a library of the handler's complains of it for each text
        {"handler": handler, "tracer": tracer}[which](where, int(how_many), int(each))
    print(time.perf_counter() - began)
