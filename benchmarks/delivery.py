"""How fast sessions are delivered, and what their trackers could take at most.

    python benchmarks/delivery.py [--to mlflow sagemaker dummy] [--sessions N] [--traces N] [--peers N] [--moto]

Records sessions of traces of eight spans (LangChain's own chains, seeded), and measures side by side, each in a
process of its own:

- mlflow: a real `mlflow server` as it starts without options, on loopback. The floor is the server's own: traces alone,
  and sessions that are no more than a run with a trace and an end, from a bare loop. The peers run the same chains live
  into the same server: LangChain's `MlflowCallbackHandler`, one for each session, and the tracer of
  `mlflow.langchain.autolog()`, which makes traces but no runs, metrics, tables or artifacts.
- sagemaker: a stand-in of its own that costs next to nothing, because moto's answers are slower than anything that asks
  them; with `--moto`, moto made strict as the tests have it. The floor is objects put from a bare loop.
- dummy: memory, at so many sessions and at three times as many.

All seconds are those of whole commands, their start included. A first run delivers everything, a second finds nothing
new.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from workload import chains

HERE = Path(__file__).parent
JOBS = "8"
"""Sessions at the same time."""
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_MODEL_CATALOG_URI": "", "DO_NOT_TRACK": "true"}
_KEYS = {"AWS_ACCESS_KEY_ID": "benchmark", "AWS_SECRET_ACCESS_KEY": "benchmark"}
_START_SECONDS = 180


class Cost(NamedTuple):
    """What a command took: wall seconds, seconds of all cores, and MB of memory at most."""

    seconds: float
    cpu: float
    memory: float


def environment() -> dict[str, str]:
    """Give the environment of every process here."""
    paths = [str(HERE), str(HERE.parent), *(path for path in sys.path if path)]
    return {**os.environ, **_QUIET, **_KEYS, "PYTHONPATH": os.pathsep.join(paths)}


def upload(logs: Path, *options: str) -> Cost:
    """Run lctrack-upload."""
    line = [sys.executable, "-m", "lctrack_uploaders", str(logs), "--jobs", JOBS, *options]
    began = time.perf_counter()
    with subprocess.Popen(line, env=environment(), stdout=subprocess.DEVNULL) as process:  # noqa: S603  # our own
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{line} failed with {process.returncode}")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def told(script: str, *arguments: str) -> list[float]:
    """Run a script of the workload, and give the numbers that it prints."""
    line = [sys.executable, str(HERE / "workload" / script), *arguments]
    found = subprocess.run(line, env=environment(), stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  # our own
    return [float(number) for number in found.stdout.split()]


@contextmanager
def serving(line: Sequence[str], directory: Path, path: str = "/") -> Iterator[str]:
    """Start a server on a free loopback port, which replaces PORT in its command line, and wait until it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, *(port if word == "PORT" else word for word in line)]
    with (
        (directory / "server.log").open("wb") as log,
        subprocess.Popen(command, cwd=directory, env=environment(), stdout=log, stderr=log) as process,  # noqa: S603  # our own
    ):
        try:
            deadline = time.monotonic() + _START_SECONDS
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > deadline:
                        sys.exit(f"{command} does not answer")
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def show(name: str, seconds: float, sessions: int, traces: int, note: str = "") -> None:
    """Print a line."""
    print(f"{name:<44}{seconds:8.1f} s{sessions / seconds:9.1f} sessions/s{traces / seconds:9.1f} traces/s  {note}")


def told_of(cost: Cost) -> str:
    """Say what else a command took."""
    return f"{cost.cpu:6.1f} s cpu {cost.memory:6.0f} MB"


def both(logs: Path, sessions: int, traces: int, *options: str) -> Cost:
    """Deliver, and deliver again."""
    first = upload(logs, *options)
    show("lctrack-upload", first.seconds, sessions, traces, told_of(first))
    again = upload(logs, *options)
    print(f"{'  again, with nothing new':<44}{again.seconds:8.1f} s  {told_of(again)}")
    return first


def mlflow(directory: Path, logs: Path, options: argparse.Namespace) -> None:
    """Deliver to a real server, beside its floor and MLflow's own means."""
    traces, peers = options.sessions * options.traces, options.peers
    with serving(["-m", "mlflow", "server", "--host", "127.0.0.1", "--port", "PORT"], directory, "/health") as uri:
        alone, floor = told("mlflow_floor.py", uri, "400", JOBS)
        print(f"{'floor: traces alone, 100 a request':<44}{alone:42.1f} traces/s")
        print(f"{'floor: a run with a trace and an end':<44}{floor:19.1f} sessions/s{floor:9.1f} traces/s")
        ours = both(logs, options.sessions, traces, "--to", "mlflow", "--tracking-uri", uri)
        whole, sent = options.sessions / ours.seconds / floor, traces / ours.seconds / alone
        print(f"  {whole:.2f} x the floor of runs, {sent:.2f} x that of traces")
        for which, name in (
            ("handler", "LangChain's MlflowCallbackHandler, live"),
            ("tracer", "mlflow.langchain.autolog, live"),
        ):
            (seconds,) = told("mlflow_peers.py", uri, which, str(peers), str(options.traces))
            faster = (options.sessions / ours.seconds) / (peers / seconds)
            show(name, seconds, peers, peers * options.traces, f"lctrack is {faster:.1f} x as fast")


def sagemaker(directory: Path, logs: Path, options: argparse.Namespace) -> None:
    """Deliver to a stand-in, beside its floor."""
    moto = ["-m", "tests.uploaders.sagemaker_server", "PORT"]
    with serving(moto if options.moto else [str(HERE / "workload" / "aws.py"), "PORT"], directory) as endpoint:
        by_boto, bare = told("s3_floor.py", endpoint, "500")
        name = "floor: objects, one after the other"
        print(f"{name:<44}{by_boto:8.0f}/s by boto3 {bare:8.0f}/s over a bare connection")
        place = ["--sagemaker-region", "eu-central-1", "--sagemaker-endpoint", endpoint, "--sagemaker-bucket", "floor"]
        both(logs, options.sessions, options.sessions * options.traces, "--to", "sagemaker", *place)


def dummy(directory: Path, logs: Path, options: argparse.Namespace) -> None:
    """Deliver into a directory, to see what memory does."""
    sessions, traces = options.sessions, options.sessions * options.traces
    small = both(logs, sessions, traces, "--to", "dummy")
    chains.record(directory / "more", 3 * sessions, options.traces)
    large = upload(directory / "more", "--to", "dummy")
    show("  three times as many", large.seconds, 3 * sessions, 3 * traces, told_of(large))
    print(f"  {large.memory / small.memory:.2f} x the memory")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast sessions are delivered.")
    parser.add_argument(
        "--to", nargs="+", choices=["mlflow", "sagemaker", "dummy"], default=["mlflow", "sagemaker", "dummy"]
    )
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--traces", type=int, default=1, help="of a session")
    parser.add_argument("--peers", type=int, default=50, help="sessions for MLflow's own means")
    parser.add_argument("--moto", action="store_true", help="SageMaker's stand-in is moto")
    options = parser.parse_args()
    spans = options.sessions * options.traces * chains.SPANS
    for kind in options.to:
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            chains.record(directory / "logs", options.sessions, options.traces)
            about = (
                f"{options.sessions:,} sessions, {spans:,} spans, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
            )
            print(f"\n{kind}: {about}", flush=True)
            {"mlflow": mlflow, "sagemaker": sagemaker, "dummy": dummy}[kind](directory, directory / "logs", options)


if __name__ == "__main__":
    main()
