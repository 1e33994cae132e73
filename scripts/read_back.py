"""Asks MLflow's own client what a delivery left in the store beside some logs: python scripts/read_back.py LOGS."""

import logging
import os
import sys

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
logging.disable(logging.WARNING)

from mlflow import MlflowClient  # noqa: E402  # it reads the environment when it is imported
from mlflow.entities import Trace  # noqa: E402  # likewise

FEW = 3
MOST_SPANS = 12


def tree(trace: Trace) -> None:
    """Print the spans of a trace, nested, with their durations and errors."""
    children: dict[str | None, list[object]] = {}
    for span in sorted(trace.data.spans, key=lambda span: span.start_time_ns):
        children.setdefault(span.parent_id, []).append(span)

    def show(parent: str | None, depth: int) -> None:
        for span in children.get(parent, []):
            milliseconds = (span.end_time_ns - span.start_time_ns) / 1e6
            failed = f"  {span.status.description}" if span.status.status_code.name == "ERROR" else ""
            print(f"    {'  ' * depth}{span.span_type:<11}{span.name}  {milliseconds:.2f} ms{failed}")
            show(span.span_id, depth + 1)

    show(None, 0)


def main(logs: str) -> None:
    """Print the experiments, their runs, and a few traces with errors and token counts."""
    client = MlflowClient(f"sqlite:///{logs}/.lctrack/mlflow.db")
    for experiment in client.search_experiments():
        runs = client.search_runs([experiment.experiment_id])
        if not runs:
            continue
        traces = client.search_traces(locations=[experiment.experiment_id], max_results=200)
        print(f"experiment {experiment.name}: {len(runs)} runs, {len(traces)} traces")
        for run in sorted(runs, key=lambda run: run.info.start_time)[:FEW]:
            tokens = run.data.metrics.get("total_tokens", 0)
            print(
                f"  run {run.info.run_name}: {len(run.data.params)} parameters, {tokens:.0f} tokens, {run.info.status}"
            )
        shown = [trace for trace in traces if len(trace.data.spans) <= MOST_SPANS]
        for trace in sorted(shown, key=lambda trace: -len(trace.data.spans))[:1]:
            print(f"  one of its traces, {trace.info.token_usage}:")
            tree(trace)


if __name__ == "__main__":
    main(sys.argv[1])
