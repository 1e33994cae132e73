"""What one MLflow server takes from a bare loop: python mlflow_floor.py URI TRACES THREADS.

Prints traces a second, 100 in each request; and sessions a second where each is no more than a run with one trace and
an end: three requests, no metric, no table, nothing looked up or read back.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

SPANS = 8
PORTION = 100
_API = "/api/2.0/mlflow"
_START = 1_760_000_000_000_000_000
_local = threading.local()


def post(url: str, **arguments: Any) -> Any:
    """Make a request over this thread's connection, again where the database or the server had no time for it."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
    while True:
        try:
            answer = _local.session.post(url, timeout=60, **arguments)
        except requests.ConnectionError:
            continue
        if answer.status_code != requests.codes.unavailable:
            answer.raise_for_status()
            return answer


def send(uri: str, experiment: str, traces: int, run: str | None = None) -> None:
    """Send traces of eight spans in one request."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for _ in range(traces):
        trace, root = os.urandom(16), os.urandom(8)
        for number in range(SPANS):
            span = spans.add(trace_id=trace, span_id=os.urandom(8) if number else root, name="span", kind=1)
            span.parent_span_id = root if number else b""
            span.start_time_unix_nano, span.end_time_unix_nano = _START, _START + 5_000_000
            span.attributes.add(key="mlflow.spanInputs").value.string_value = '{"title": "a play"}'
    headers = {"Content-Type": "application/x-protobuf", "x-mlflow-experiment-id": experiment}
    linked = {"x-mlflow-run-id": run} if run else {}
    post(f"{uri}/v1/traces", data=request.SerializeToString(), headers={**headers, **linked})


def session(uri: str, experiment: str) -> None:
    """Make a run with one trace and an end."""
    made = post(f"{uri}{_API}/runs/create", json={"experiment_id": experiment, "start_time": 1, "run_name": "session"})
    run = made.json()["run"]["info"]["run_id"]
    send(uri, experiment, 1, run)
    post(f"{uri}{_API}/runs/update", json={"run_id": run, "status": "FINISHED", "end_time": 2})


def rate(do: Callable[[], object], times: int, threads: int) -> float:
    """Give how often a second something can be done."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(do) for _ in range(times)]:
            done.result()
    return times / (time.perf_counter() - began)


def main() -> None:
    """Measure and print."""
    _, uri, traces, threads = sys.argv
    experiment = post(f"{uri}{_API}/experiments/create", json={"name": "floor"}).json()["experiment_id"]
    portions = max(1, int(traces) // PORTION)
    print(PORTION * rate(lambda: send(uri, experiment, PORTION), portions, int(threads)))
    print(rate(lambda: session(uri, experiment), int(traces) // 4, int(threads)))


if __name__ == "__main__":
    main()
