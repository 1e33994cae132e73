"""What analysing costs: time and memory from a heap of logs to its tables.

    python benchmarks/analysis.py [--events N] [--directory DIR] [--rounds N] [--no-pandas]

Writes seeded logs (1,000,000 events are about 1.1 GB), and measures, each in a process of its own:

- the floor: DuckDB's own typed reader of the same files into zstd Parquet, with none of our promises
- pandas: the script one would write without lctrack
- ours, cold, until runs, traces, sessions and generations are complete: with the cache being filled, and without one
- ours again over the unchanged logs, and once more when 1 % has been added

Memory is the largest resident size of any process involved, together for those at the same time (ours has workers).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from workload.segments import write_logs

HERE = Path(__file__).parent / "workload"
POLL_SECONDS = 0.05


class Cost(NamedTuple):
    """What a process took: wall seconds, seconds of all cores, bytes of memory, and what it printed."""

    seconds: float
    cpu: float
    memory: int
    output: str


def measure(script: str, *arguments: str) -> Cost:
    """Run a script in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    before = os.times()
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603  # our own scripts
        [sys.executable, str(HERE / script), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        memory = 0
        while process.poll() is None:
            memory = max(memory, resident(process.pid))
            time.sleep(POLL_SECONDS)
        output = process.stdout.read() if process.stdout else ""
    seconds = time.perf_counter() - began
    after = os.times()
    if process.returncode:
        sys.exit(f"{script} failed with {process.returncode}")
    cpu = sum(after[2:4]) - sum(before[2:4])
    return Cost(seconds, cpu, memory, output.strip())


def resident(pid: int) -> int:
    """Tell how much memory a process and its children hold, in bytes; Linux only."""
    total = 0
    try:
        status = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        total += int(status[1]) * os.sysconf("SC_PAGE_SIZE")
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                total += resident(int(child))
    except (OSError, ValueError, IndexError):  # it has just ended
        return total
    return total


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measures what analysing costs.")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--directory", type=Path, help="where the logs go (default: a temporary directory)")
    parser.add_argument("--rounds", type=int, default=1, help="take the best of so many")
    parser.add_argument("--no-pandas", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as folder:
        run(Path(folder), options)


def run(folder: Path, options: argparse.Namespace) -> None:
    """Measure in a directory."""
    logs, cache = folder / "logs", folder / "cache"
    size = sum(file.stat().st_size for file in write_logs(logs, options.events))
    print(f"{options.events:,} events, {size / 1e6:,.0f} MB, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")

    def best(script: str, *arguments: str, fresh: bool = False) -> Cost:
        costs = []
        for _ in range(options.rounds):
            if fresh:
                shutil.rmtree(cache, ignore_errors=True)
            costs.append(measure(script, str(logs), *arguments))
        return min(costs)

    floor = best("floor.py", str(folder / "floor.parquet"))
    show("floor: DuckDB read_json to Parquet", floor, floor)
    cold = best("ours.py")
    show("ours, cold, no cache", cold, floor)
    show("ours, cold, filling the cache", best("ours.py", str(cache), fresh=True), floor)
    show("ours, unchanged logs", best("ours.py", str(cache)), floor)
    write_logs(logs / "more", max(1_000, options.events // 100), seed=2)
    show("ours, 1 % added", measure("ours.py", str(logs), str(cache)), floor)
    shutil.rmtree(logs / "more")
    if not options.no_pandas:
        pandas = measure("pandas_pairing.py", str(logs))
        show("pandas", pandas, floor)
        print(f"{'pandas / ours, cold':<36}{pandas.seconds / cold.seconds:8.1f} x")
        print("the same counts" if pandas.output == cold.output else f"counts differ: {pandas.output} {cold.output}")


def show(name: str, cost: Cost, floor: Cost) -> None:
    """Print a line."""
    print(
        f"{name:<36}{cost.seconds:8.2f} s {cost.cpu:8.2f} s cpu {cost.memory / 1e6:8.0f} MB"
        f"{cost.seconds / floor.seconds:8.2f} x the floor",
        flush=True,
    )


if __name__ == "__main__":
    main()
