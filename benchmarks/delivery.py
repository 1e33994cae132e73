"""How fast sessions are delivered: python benchmarks/delivery.py [--sessions N] [--to KIND] [options of the target].

Records sessions of one trace of eight spans, delivers them, and delivers again, when nothing is new. Tells sessions and
traces a second, the most memory, and what the second run took. Against an MLflow server:

    python benchmarks/delivery.py --to mlflow --tracking-uri http://127.0.0.1:5000
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lctrack import Recorder

_SPANS = 8


def record(logs: Path, sessions: int) -> None:
    """Record the sessions."""
    for number in range(sessions):
        with (
            Recorder(logs, project="benchmark", name=f"session {number}") as recorder,
            recorder.span("chain", kind="chain", inputs={"number": number}) as chain,
        ):
            for call in range(_SPANS - 1):
                with recorder.span("model", kind="llm", model="some-model", inputs=["prompt " * 50]) as model:
                    model.set_usage(input_tokens=50, output_tokens=call)
            chain.set_outputs({"number": number})


def upload(logs: Path, options: list[str]) -> float:
    """Run the command, and give the seconds it took."""
    began = time.perf_counter()
    subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "lctrack_uploaders", str(logs), *options], check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast sessions are delivered.")
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--to", default="dummy")
    known, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as directory:
        logs = Path(directory)
        record(logs, known.sessions)
        options = ["--to", known.to, *rest]
        first = upload(logs, options)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        second = upload(logs, options)
    rate = known.sessions / first
    print(f"{known.to}: {known.sessions} sessions, {known.sessions * _SPANS} spans")
    print(f"first run   {first:8.1f} s   {rate:8.1f} sessions/s   {rate * _SPANS:8.1f} spans/s   {memory:6.0f} MB")
    print(f"second run  {second:8.1f} s   nothing new")


if __name__ == "__main__":
    main()
